// Writes one output of a rewrite as a segment: column by column, a page per 65,536 rows, live
// region first. It holds the decoded pages of one column at a time.

import SpanColumns
import SpanFormat
import SpanModel

/// A segment that has been written, not yet in the manifest.
struct BuiltSegment {
    let footer: SegmentFooter
    let byteCount: UInt64
    let sequences: ClosedRange<UInt64>
    let times: ClosedRange<Int64>?
    /// What the identity index needs to find the segment's rows, sorted.
    let runPairs: [RunPair]
}

/// Builds segments from the rows of an input.
struct SegmentBuilder {
    private let input: RewriteInput
    private let rows: [RewriteRow]
    /// Whether any of the rows lies in a row group of the input: a day of a wide input lies in few.
    private let isUsed: [Bool]
    /// The rows of each row group, as ranges of `rows`.
    private let slices: [Range<Int>]
    private let liveSliceCount: Int
    private let liveCount: Int
    /// Whether indexed columns get their indexes: not at seal, which ingest waits for.
    private let isIndexed: Bool
    /// Whether texts are packed anew.
    private let isDense: Bool
    private let rollupMaker: (any RollupMaker)?
    private let checkpoint: Checkpoint

    init(
        _ input: RewriteInput, _ output: RewriteOutput, level: SegmentLevel,
        rollupMaker: (any RollupMaker)?, checkpoint: @escaping Checkpoint
    ) {
        self.input = input
        isIndexed = level != .sealed
        isDense = level == .dense
        self.rollupMaker = rollupMaker
        self.checkpoint = checkpoint
        rows = output.live + output.history
        var isUsed = [Bool](repeating: false, count: input.groups.count)
        for row in rows { isUsed[Int(row.group)] = true }
        self.isUsed = isUsed
        liveCount = output.live.count
        let live = Self.slices(0..<output.live.count)
        liveSliceCount = live.count
        slices = live + Self.slices(output.live.count..<rows.count)
    }

    /// Writes the segment to a sink.
    func build(
        file: UInt64, hasher: IdentityHasher, sink: @escaping ([UInt8]) throws(StoreError) -> Void
    ) throws(StoreError) -> BuiltSegment {
        var writer = try SegmentWriter(
            file: file, table: input.schema, groupRows: slices.map { UInt32($0.count) },
            liveGroupCount: liveSliceCount, sink: sink)
        var lengths = LengthColumns(rowCount: rows.count)
        for (number, column) in input.schema.columns.enumerated() {
            try checkpoint()
            let vectors = try inputs(number)
            if vectors.allSatisfy(\.isAllNull) { continue }
            if let interval = input.schema.interval, number == interval.end {
                lengths.ranks = try writeInterval(interval, ends: vectors, into: &writer)
                continue
            }
            if isIndexed, let reference = input.schema.reference, number == reference.column {
                try writeReferences(reference, vectors, into: &writer)
                continue
            }
            switch column.type.form {
            case .string:
                let strings = try writeStrings(number, vectors, into: &writer)
                if number == input.schema.lengths?.key { lengths.keys = strings }
                if number == input.schema.lengths?.condition { lengths.conditions = strings }
            case .text: try writeTexts(number, vectors, into: &writer)
            case .integer, .float, .identifier: try writeValues(number, vectors, into: &writer)
            }
        }
        let runPairs = try writeIdentity(hasher, file: file, into: &writer)
        if let rollupMaker {
            let builder = RollupBuilder(maker: rollupMaker, seed: hasher.seed)
            let sections = try builder.sections(
                of: input, live: rows[..<liveCount], history: rows[liveCount...])
            for (kind, section) in sections { try writer.append(section: section, kind: kind) }
        }
        if let section = lengths.section(input.schema, liveCount: liveCount) {
            try writer.append(section: section, kind: .lengths)
        }
        let times = try self.times()
        let (footer, byteCount) = try writer.finish()
        return BuiltSegment(
            footer: footer, byteCount: byteCount, sequences: sequences(), times: times,
            runPairs: runPairs)
    }

    /// A column of the input by row group, null where no row of the output lies.
    private func inputs(_ column: Int) throws(StoreError) -> [ColumnVector] {
        var vectors: [ColumnVector] = []
        for (group, isUsed) in zip(input.groups, isUsed) {
            vectors.append(isUsed ? try group.vector(column) : .null(count: group.rowCount))
        }
        return vectors
    }

    private static func slices(_ range: Range<Int>) -> [Range<Int>] {
        stride(from: range.lowerBound, to: range.upperBound, by: Limits.pageRowsMax).map {
            $0..<min($0 + Limits.pageRowsMax, range.upperBound)
        }
    }

    private func writeValues(
        _ column: Int, _ vectors: [ColumnVector], into writer: inout SegmentWriter
    ) throws(StoreError) {
        let form = input.schema.columns[column].type.form
        var sums: [BlockSums] = []
        for slice in slices {
            let picks: [RowPick] = rows[slice].map { (source: $0.group, row: $0.row) }
            let vector = try ColumnVector.gather(vectors, picks, form: form)
            let page = PageEncoder.encode(vector, series: seriesStarts(slice))
            try writer.append(page: page, column: column)
            if column == input.schema.summed, case .float(let values) = vector {
                sums.append(
                    BlockSummer.blocks(
                        values, steps: rows[slice].map(\.key1), series: seriesStarts(slice) ?? []))
            }
        }
        // A row group without any value has none, and then no row group has.
        if !sums.isEmpty, sums.count == slices.count {
            let section = BlockSumSection.encode(column: column, groups: sums)
            try writer.append(section: section, kind: .blockSums)
        }
    }

    /// Identifiers as references to rows that have them.
    private func writeReferences(
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
    private func writeInterval(
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
    private func writeStrings(
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

    private func writeTexts(
        _ column: Int, _ vectors: [ColumnVector], into writer: inout SegmentWriter
    ) throws(StoreError) {
        let texts = TextSources(input, vectors)
        let located = rows.map { texts.row(group: Int($0.group), row: Int($0.row)) }
        let schema = input.schema.columns[column]
        let isIndexed = isIndexed && schema.isIndexed
        if isIndexed, schema.type == .json {
            let keys = try KeyShredder(sources: texts.sources, rows: located)
                .keys(of: column, groups: slices)
            for key in keys { try writer.append(section: key.section, kind: .keyColumn) }
            let packer = ResidualPacker(
                sources: texts.sources, rows: located, keys: keys,
                level: isDense ? Limits.textDenseLevel : Limits.textLevel, checkpoint: checkpoint)
            if let packer {
                let references = try packer.pack(into: &writer, column: column)
                return try writeReferences(references, column, into: &writer)
            }
        }
        let withTerms = isIndexed && schema.type == .text
        if isDense {
            let packer = DenseTextPacker(
                sources: texts.sources, rows: located, checkpoint: checkpoint)
            let references = try packer.pack(into: &writer, column: column, withTerms: withTerms)
            try writeReferences(references, column, into: &writer)
        } else {
            var rewriter = try TextRewriter(sources: texts.sources, rows: located)
            var references: [TextReference] = []
            references.reserveCapacity(rows.count)
            for row in located { references.append(try rewriter.add(row)) }
            try writeReferences(references, column, into: &writer)
            try rewriter.finish(
                into: &writer, column: column, withTerms: withTerms, checkpoint)
        }
    }

    private func writeReferences(
        _ references: [TextReference], _ column: Int, into writer: inout SegmentWriter
    ) throws(StoreError) {
        for slice in slices {
            let vector = TextVector(
                references: Array(references[slice]), blocks: MemoryTextBlocks([]))
            try writer.append(page: PageEncoder.encode(.text(vector)), column: column)
        }
    }

    private func writeIdentity(
        _ hasher: IdentityHasher, file: UInt64, into writer: inout SegmentWriter
    ) throws(StoreError) -> [RunPair] {
        var hashes: [[IdentityHash]] = []
        for (group, isUsed) in zip(input.groups, isUsed) {
            guard isUsed else {
                hashes.append([])
                continue
            }
            var columns = [ColumnVector](
                repeating: .null(count: group.rowCount), count: input.schema.columns.count)
            for column in input.schema.identity { columns[column] = try group.vector(column) }
            hashes.append(hasher.hashes(of: columns, rowCount: group.rowCount))
        }
        let inOrder = rows.map { hashes[Int($0.group)][Int($0.row)] }
        switch input.schema.lookup {
        case .hashed:
            let order = IdentityOrder(inOrder)
            for page in order.pages { try writer.append(identityPage: page) }
            return order.runPairs(segment: file)
        case .sorted:
            let directory = SeriesDirectory(
                try SeriesScan(input, rows: rows, liveCount: liveCount, hashes: inOrder).entries())
            try writer.append(section: directory.encode(), kind: .seriesDirectory)
            return []
        }
    }

    private func sequences() -> ClosedRange<UInt64> {
        var least = UInt64.max
        var greatest = UInt64.min
        for row in rows {
            least = min(least, row.sequence)
            greatest = max(greatest, row.sequence)
        }
        return least...max(least, greatest)
    }

    private func times() throws(StoreError) -> ClosedRange<Int64>? {
        guard let column = input.schema.time else { return nil }
        let vectors = try inputs(column).map(\.integers)
        var range: ClosedRange<Int64>?
        for row in rows {
            let vector = vectors[Int(row.group)]
            if vector.validity.map({ $0[Int(row.row)] == 0 }) ?? false { continue }
            let time = vector.values[Int(row.row)]
            range =
                range.map { min($0.lowerBound, time)...max($0.upperBound, time) }
                ?? time...time
        }
        return range
    }
}

/// The texts of a column over all groups, with one source per container: the row groups of a
/// segment share their blocks.
private struct TextSources {
    private(set) var sources: [any TextBlockSource] = []
    private var sourceOfGroup: [Int] = []
    private let references: [[TextReference]]

    init(_ input: RewriteInput, _ vectors: [ColumnVector]) {
        var numbers: [ObjectIdentifier: Int] = [:]
        var references: [[TextReference]] = []
        for (group, vector) in zip(input.groups, vectors) {
            guard case .text(let texts) = vector else {
                sourceOfGroup.append(0)
                references.append([])
                continue
            }
            let identifier = ObjectIdentifier(group.container)
            if numbers[identifier] == nil {
                numbers[identifier] = sources.count
                sources.append(texts.blocks)
            }
            sourceOfGroup.append(numbers[identifier] ?? 0)
            references.append(texts.references)
        }
        self.references = references
    }

    func row(group: Int, row: Int) -> TextRewriter.Row {
        let reference = references[group].isEmpty ? .null : references[group][row]
        return (sourceOfGroup[group], reference)
    }
}

extension ColumnVector {
    /// The integers of an integer column; all null when there are none.
    fileprivate var integers: IntegerVector {
        if case .integer(let vector) = self { return vector }
        return IntegerVector(
            values: Array(repeating: 0, count: count), validity: Array(repeating: 0, count: count))
    }

    /// Whether the vector says by its form that no row has a value.
    var isAllNull: Bool {
        if case .null = self { return true }
        return false
    }
}
