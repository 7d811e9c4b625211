// The lengths of an interval by group, of the live rows of one segment: what a question about
// percentiles needs, without a row read. Counts by group and rank code as a scan would have made them,
// and the values of any code of a group.
// Order of calls: `remove` for each row that was superseded since, `settle`; then the others.

import SpanModel

/// What a segment's rollup of lengths says.
package struct LengthGroups {
    /// What is known of the lengths of a group.
    package struct Summary: Sendable {
        package var sum: Int128
        /// The extremes; without meaning when there is no length.
        package var least: Int64
        package var greatest: Int64

        package init(sum: Int128, least: Int64, greatest: Int64) {
            self.sum = sum
            self.least = least
            self.greatest = greatest
        }
    }

    package let bounds: RankBounds
    /// The keys: null is that of the first group, the strings are those of the others.
    private let keys: StringDictionary
    /// Rows of all groups.
    package private(set) var rowCount: Int
    /// By group.
    package private(set) var summaries: [Summary]
    /// By group × `RankBounds.codeCount` + code: rows.
    package private(set) var counts: [UInt32]
    /// By group: rows with a length.
    package private(set) var lengthCounts: [Int]
    private let conditions: StringDictionary
    /// By group, then by value of the condition's column, null first: rows.
    private var conditionCounts: [UInt32]
    private let cells: LengthCells
    /// By group × `RankBounds.codeCount` + code: values of rows that are no longer there.
    private var removed: [Int: [Int64]] = [:]
    /// Groups whose extremes are to be looked for.
    private var unsettled: Set<Int> = []
    /// Keeps the bytes of the cells where they are.
    private let owner: AnyObject

    /// Groups by the null and the strings of `keys`. Counts are by group and code of `bounds`, with
    /// that of rows without a length behind them, and by group and value of the condition.
    package init(
        bounds: RankBounds, keys: StringDictionary, summaries: [Summary],
        lengthCounts: [Int], counts: [UInt32], conditions: StringDictionary,
        conditionCounts: [UInt32], cells: LengthCells,
        owner: AnyObject
    ) {
        precondition(
            summaries.count == keys.count + 1 && lengthCounts.count == summaries.count
                && counts.count == summaries.count * RankBounds.codeCount
                && conditionCounts.count == summaries.count * (conditions.count + 1))
        self.bounds = bounds
        self.keys = keys
        rowCount = stride(
            from: Int(RankBounds.null), to: counts.count, by: RankBounds.codeCount
        ).reduce(lengthCounts.reduce(0, +)) { $0 + Int(counts[$1]) }
        self.summaries = summaries
        self.lengthCounts = lengthCounts
        self.counts = counts
        self.conditions = conditions
        self.conditionCounts = conditionCounts
        self.cells = cells
        self.owner = owner
    }

    package var groupCount: Int { summaries.count }

    /// Cells of all groups: what is kept in memory is about 15 bytes for each.
    package var cellCount: Int { cells.count }

    /// The keys of some groups.
    package func keys(_ groups: [Int]) -> StringVector {
        // The first one's wraps to that of null.
        StringVector(codes: groups.map { UInt32($0) &- 1 }, dictionary: keys)
    }

    /// Rows of a group.
    package func rowCount(_ group: Int) -> Int {
        lengthCounts[group]
            + Int(counts[group * RankBounds.codeCount + Int(RankBounds.null)])
    }

    /// Rows of a group whose condition's column is `text`.
    package func rowCount(_ group: Int, where text: String) -> Int {
        guard let code = conditions.code(of: text) else { return 0 }
        return Int(conditionCounts[group * (conditions.count + 1) + Int(code) + 1])
    }

    /// The lengths of a group whose codes are flagged, by code. Throws `corruption`.
    package func lengths(
        _ flags: ArraySlice<UInt8>, of group: Int
    ) throws(StoreError) -> [Int64] {
        let codes = flags.withUnsafeBufferPointer { flags in
            (0...bounds.values.count).filter { flags[$0] != 0 }
        }
        guard removed.isEmpty else {
            var values: [Int64] = []
            for code in codes { values += try lengths(group, code) }
            return values
        }
        let start = group * RankBounds.codeCount
        let count = codes.reduce(0) { $0 + Int(counts[start + $1]) }
        return [Int64](unsafeUninitializedCapacity: count) { out, initialized in
            guard var next = out.baseAddress else { return }
            for code in codes {
                cells.copy(group: group, code: code, into: next)
                next += Int(counts[start + code])
            }
            initialized = count
        }
    }

    /// The lengths of a group with a code, ascending. Throws `corruption`.
    private func lengths(_ group: Int, _ code: Int) throws(StoreError) -> [Int64] {
        let place = group * RankBounds.codeCount + code
        let gone = removed[place] ?? []
        let count = Int(counts[place]) + gone.count
        let kept = [Int64](unsafeUninitializedCapacity: count) { out, initialized in
            if count > 0, let out = out.baseAddress {
                cells.copy(group: group, code: code, into: out)
            }
            initialized = count
        }
        return gone.isEmpty ? kept : try Self.without(gone.sorted(), kept)
    }

    /// `values` without one of each of `gone`; both ascend.
    private static func without(
        _ gone: [Int64], _ values: [Int64]
    ) throws(StoreError) -> [Int64] {
        var left: [Int64] = []
        left.reserveCapacity(values.count)
        var next = 0
        for value in values {
            if next < gone.count, gone[next] == value { next += 1 } else { left.append(value) }
        }
        guard next == gone.count else { throw damage() }
        return left
    }

    // MARK: - Superseded rows

    /// Takes a row out, by its codes in the dictionaries. Throws `corruption` when there is none.
    package mutating func remove(
        key: UInt32?, condition: UInt32?, length: Int64?
    ) throws(StoreError) {
        let group = key.map { Int($0) + 1 } ?? 0
        let value = condition.map { Int($0) + 1 } ?? 0
        guard group < groupCount, value <= conditions.count else { throw Self.damage() }
        let code = length.map(bounds.code(of:)) ?? Int(RankBounds.null)
        try Self.takeOne(from: &counts, group * RankBounds.codeCount + code)
        try Self.takeOne(from: &conditionCounts, group * (conditions.count + 1) + value)
        rowCount -= 1
        guard let length else { return }
        lengthCounts[group] -= 1
        removed[group * RankBounds.codeCount + code, default: []].append(length)
        summaries[group].sum -= Int128(length)
        if length <= summaries[group].least || length >= summaries[group].greatest {
            unsettled.insert(group)
        }
    }

    private static func takeOne(
        from counts: inout [UInt32], _ place: Int
    ) throws(StoreError) {
        guard counts[place] > 0 else { throw damage() }
        counts[place] -= 1
    }

    /// Ends the removals. Throws `corruption`.
    package mutating func settle() throws(StoreError) {
        for group in unsettled {
            let start = group * RankBounds.codeCount
            let codes = (0...bounds.values.count).filter { counts[start + $0] > 0 }
            guard let first = codes.first, let last = codes.last else { continue }
            guard let least = try lengths(group, first).first,
                let greatest = try lengths(group, last).last
            else { throw Self.damage() }
            (summaries[group].least, summaries[group].greatest) = (least, greatest)
        }
        unsettled = []
    }

    private static func damage() -> StoreError {
        .corruption(
            file: "segment", offset: 0, region: "lengths",
            reason: "a superseded row is not among those counted")
    }
}

/// A table with the lengths of segments in place of their rows.
package struct RolledLengths {
    package let entries: [LengthGroups]
    /// The rows that none stands for.
    package let rest: any ColumnSource

    package init(entries: [LengthGroups], rest: any ColumnSource) {
        self.entries = entries
        self.rest = rest
    }
}
