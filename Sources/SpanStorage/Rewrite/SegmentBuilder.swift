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
    let input: RewriteInput
    let rows: [RewriteRow]
    /// Whether any of the rows lies in a row group of the input: a day of a wide input lies in few.
    let isUsed: [Bool]
    /// The rows of each row group, as ranges of `rows`.
    let slices: [Range<Int>]
    let liveSliceCount: Int
    let liveCount: Int
    /// Whether indexed columns get their indexes: not at seal, which ingest waits for.
    let isIndexed: Bool
    /// Whether texts are packed anew.
    let isDense: Bool
    let rollupMaker: (any RollupMaker)?
    let checkpoint: Checkpoint

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
    func inputs(_ column: Int) throws(StoreError) -> [ColumnVector] {
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

extension ColumnVector {
    /// The integers of an integer column; all null when there are none.
    var integers: IntegerVector {
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
