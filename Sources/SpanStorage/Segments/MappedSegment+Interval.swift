// The interval that a table measures: ends kept as distances from the starts, and rank codes.

import SpanColumns
import SpanFormat
import SpanModel

extension MappedSegment {
    /// End − start in some rows of a row group; nil unless the page of the ends holds just that.
    func distances(
        _ interval: ColumnInterval, group: Int, rows: Range<Int>
    ) throws(StoreError) -> IntegerVector? {
        // Without a start there is no distance, whatever the page says.
        guard interval == schema.interval, zone(interval.start, group: group).nullCount == 0,
            let reader = try pageReader(interval.end, group: group)
        else { return nil }
        return try distances(reader, of: interval.end, rows: rows)
    }

    /// What a page of distances holds for `rows`; nil for any other page.
    func distances(
        _ reader: PageReader, of column: Int, rows: Range<Int>
    ) throws(StoreError) -> IntegerVector? {
        try located(schema.columns[column].name) { () throws(StoreError) in
            try reader.distances(rows)
        }
    }

    /// The integers of a column, 0 where there is none.
    func integers(
        _ column: Int, group: Int, rows: Range<Int>
    ) throws(StoreError) -> IntegerVector {
        guard case .integer(let vector) = try vector(column, group: group, rows: rows) else {
            return IntegerVector(values: Array(repeating: 0, count: rows.count))
        }
        return vector
    }

    /// The rank codes of the segment; nil when it has none.
    private func rankSection() throws(StoreError) -> RankSection? {
        try ranks.value { () throws(StoreError) in
            guard let section = footer.section(.ranks) else { return nil }
            return try RankSection(
                try reader(of: section, region: "ranks"), rowCount: footer.rowCount)
        }
    }

    /// The rank codes of end − start in some rows of a row group; nil when none are kept.
    func ranks(
        _ interval: ColumnInterval, group: Int, rows: Range<Int>
    ) throws(StoreError) -> RankCodes? {
        guard let ranks = try rankSection(), ranks.interval == interval,
            let section = footer.section(.ranks)
        else { return nil }
        let first = groupStarts[group]
        return ranks.codes(
            first + rows.lowerBound..<first + rows.upperBound,
            section: try bytes(of: section, region: "ranks"))
    }

    /// The pages of end − start and of string columns in some rows of a row group; nil unless they
    /// can be read in place.
    func rankedPages(
        _ interval: ColumnInterval, keys columns: [Int], group: Int, rows: Range<Int>
    ) throws(StoreError) -> RankedPages? {
        guard interval == schema.interval, zone(interval.start, group: group).nullCount == 0,
            let ranks = try rankSection(), ranks.interval == interval,
            let section = footer.section(.ranks),
            let distances = try pageReader(interval.end, group: group)?.packedDistances
        else { return nil }
        var keys: [KeyPage] = []
        for column in columns {
            guard let reader = try pageReader(column, group: group) else {
                keys.append(.null)
                continue
            }
            let dictionary = try dictionary(column)
            let page = try located(schema.columns[column].name) { () throws(StoreError) in
                try reader.keys(dictionary)
            }
            guard let page else { return nil }
            keys.append(page)
        }
        let first = groupStarts[group]
        return RankedPages(
            bounds: ranks.bounds, keys: keys, distances: distances,
            codes: ranks.bytes(
                first + rows.lowerBound..<first + rows.upperBound,
                section: try bytes(of: section, region: "ranks")),
            firstRow: rows.lowerBound, owner: self)
    }

    /// The lengths of the live rows by group, as they were written; nil when none are kept.
    func lengthGroups() throws(StoreError) -> LengthGroups? {
        guard let interval = schema.interval, let rollup = schema.lengths,
            let section = footer.section(.lengths)
        else { return nil }
        let reader = try reader(of: section, region: "lengths")
        let (keys, conditions) = (
            try dictionary(rollup.key), try dictionary(rollup.condition)
        )
        return try located("lengths") { () throws(StoreError) in
            try LengthSection.open(
                reader, LengthSection.Columns(interval, rollup), keys: keys,
                conditions: conditions, rowCount: footer.liveRows, owner: self)
        }
    }
}
