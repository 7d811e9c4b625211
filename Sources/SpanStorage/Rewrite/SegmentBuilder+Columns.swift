// The columns of a segment that are not texts: a page per row group and, where the table says so,
// what is kept beside the pages (dictionaries, sums, rank codes). Called by `build`, once a column.

import SpanColumns
import SpanFormat
import SpanModel

extension SegmentBuilder {
    func writeValues(
        _ column: Int, _ vectors: [ColumnVector], into writer: inout SegmentWriter
    ) throws(StoreError) {
        let form = input.schema.columns[column].type.form
        var sums =
            column == input.schema.summed ? ColumnSums(rows, liveCount: liveCount) : nil
        for slice in slices {
            let picks: [RowPick] = rows[slice].map { (source: $0.group, row: $0.row) }
            let vector = try ColumnVector.gather(vectors, picks, form: form)
            let series = seriesStarts(slice)
            let page = PageEncoder.encode(vector, series: series)
            try writer.append(page: page, column: column)
            sums?.add(vector, slice, series: series ?? [])
        }
        for (kind, bytes) in sums?.sections(column, groupCount: slices.count) ?? [] {
            try writer.append(section: bytes, kind: kind)
        }
    }

    /// Identifiers as references to rows that have them.
    func writeReferences(
        _ reference: ColumnReference, _ vectors: [ColumnVector], into writer: inout SegmentWriter
    ) throws(StoreError) {
        let targets = try inputs(reference.target)
        for slice in slices {
            let picks: [RowPick] = rows[slice].map { (source: $0.group, row: $0.row) }
            let vector = try ColumnVector.gather(vectors, picks, form: .identifier)
            let target = try ColumnVector.gather(targets, picks, form: .identifier)
            guard case .identifier(let identifiers) = vector, case .identifier(let all) = target
            else {
                try writer.append(page: PageEncoder.encode(vector), column: reference.column)
                continue
            }
            try writer.append(
                page: PageEncoder.encode(identifiers, over: all), column: reference.column)
        }
    }

    /// Where series start in a row group of a table that is sorted by them, counted from its first
    /// row.
    private func seriesStarts(_ slice: Range<Int>) -> [Int]? {
        guard input.schema.trailingInteger != nil else { return nil }
        return slice.filter { $0 == slice.lowerBound || rows[$0].key0 != rows[$0 - 1].key0 }
            .map { $0 - slice.lowerBound }
    }

    /// Writes the ends of an interval, near their starts, and the rank codes; nil when there are none.
    func writeInterval(
        _ interval: ColumnInterval, ends: [ColumnVector], into writer: inout SegmentWriter
    ) throws(StoreError) -> IntervalRanks.Ranked? {
        let starts = try inputs(interval.start)
        var ranks = IntervalRanks(liveCount: liveCount)
        for slice in slices {
            let picks: [RowPick] = rows[slice].map { (source: $0.group, row: $0.row) }
            let start = try ColumnVector.gather(starts, picks, form: .integer).integers
            let end = try ColumnVector.gather(ends, picks, form: .integer).integers
            try writer.append(
                page: PageEncoder.encode(end, near: start), column: interval.end)
            ranks.add(start: start, end: end)
        }
        guard let ranked = ranks.ranked() else { return nil }
        let section = RankSection.encode(interval, bounds: ranked.bounds, codes: ranked.codes)
        try writer.append(section: section, kind: .ranks)
        return ranked
    }

    /// Returns the codes of all rows.
    func writeStrings(
        _ column: Int, _ vectors: [ColumnVector], into writer: inout SegmentWriter
    ) throws(StoreError) -> StringVector {
        let union = DictionaryUnion.of(rows, in: vectors.map(\.strings))
        let translations = vectors.map { vector in
            vector.strings.map { union.translation($0.dictionary) } ?? []
        }
        let codes = vectors.map { $0.strings?.codes ?? [] }
        try writer.append(dictionary: union.dictionary, column: column)
        let translated = rows.map { row -> UInt32 in
            let group = Int(row.group)
            if codes[group].isEmpty { return StringVector.nullCode }
            let code = codes[group][Int(row.row)]
            return code == StringVector.nullCode ? code : translations[group][Int(code)]
        }
        for slice in slices {
            let vector = StringVector(
                codes: Array(translated[slice]), dictionary: union.dictionary)
            try writer.append(page: PageEncoder.encode(.string(vector)), column: column)
        }
        return StringVector(codes: translated, dictionary: union.dictionary)
    }
}
