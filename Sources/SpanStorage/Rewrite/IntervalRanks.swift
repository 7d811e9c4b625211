// What a segment that is being written keeps of its interval beside the ends themselves: rank codes, and
// the lengths by group.
// Order of calls: `IntervalRanks.add` per row group, `ranked`; `LengthColumns.section` when all its
// columns are there.

import SpanColumns
import SpanFormat
import SpanModel

/// Collects the lengths of intervals to rank them.
struct IntervalRanks {
    /// Lengths with their codes, by row.
    struct Ranked {
        let bounds: RankBounds
        let codes: [UInt8]
        let lengths: [Int64]
    }

    private let liveCount: Int
    private var lengths: [Int64] = []
    private var validity: [UInt8] = []
    /// Whether a length does not fit in 64 bits: then there are no ranks.
    private var isTooLong = false

    init(liveCount: Int) { self.liveCount = liveCount }

    mutating func add(start: IntegerVector, end: IntegerVector) {
        guard let lengths = IntegerVector(distanceOf: end, from: start) else {
            isTooLong = true
            return
        }
        self.lengths += lengths.values
        for row in lengths.values.indices {
            validity.append((start.validity?[row] ?? 1) & (end.validity?[row] ?? 1))
        }
    }

    /// The codes of all rows; the live ones decide the boundaries.
    func ranked() -> Ranked? {
        if isTooLong { return nil }
        let bounds = RankBounds(
            parting: Array(lengths[..<liveCount]), Array(validity[..<liveCount]))
        return Ranked(bounds: bounds, codes: bounds.codes(lengths, validity), lengths: lengths)
    }
}

/// The columns that the lengths by group are made of.
struct LengthColumns {
    var ranks: IntervalRanks.Ranked?
    var keys: StringVector
    var conditions: StringVector

    /// All null.
    init(rowCount: Int) {
        let null = StringVector(
            codes: Array(repeating: StringVector.nullCode, count: rowCount), dictionary: .empty)
        (keys, conditions) = (null, null)
    }

    /// The section of a table that keeps one; nil when there are no ranks, or too many groups.
    func section(_ schema: TableSchema, liveCount: Int) -> [UInt8]? {
        guard let interval = schema.interval, let rollup = schema.lengths, let ranks else {
            return nil
        }
        return LengthSection.encode(
            LengthSection.Columns(interval, rollup),
            LengthRows(
                lengths: ranks.lengths[..<liveCount], ranks: ranks.codes[..<liveCount],
                bounds: ranks.bounds, keys: keys.codes[..<liveCount],
                conditions: conditions.codes[..<liveCount]),
            keyCount: keys.dictionary.count, conditionCount: conditions.dictionary.count)
    }
}
