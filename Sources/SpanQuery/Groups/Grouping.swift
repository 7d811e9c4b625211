// Rows → group numbers 0, 1, 2 … One key: its code is the group. Several keys: codes are combined
// pair by pair. No key: everything is group 0. Groupings of two workers merge by grouping the keys
// of one with the other.

import SpanColumns
import SpanModel

/// Numbers the groups of a query.
struct Grouping {
    private let operands: [Operand]
    private var encoders: [KeyEncoder]
    /// For the second key on.
    private var pairs: [PairTable]

    init(_ operands: [Operand], types: [ColumnType]) {
        self.operands = operands
        encoders = operands.map { KeyEncoder(type: $0.type(in: types)) }
        pairs = operands.dropFirst().map { _ in PairTable() }
    }

    /// Groups so far. Without keys there is one group even when there is no row.
    var count: Int { operands.isEmpty ? 1 : groupCount(through: operands.count - 1) }

    private func groupCount(through key: Int) -> Int {
        key == 0 ? encoders[0].count : pairs[key - 1].count
    }

    /// The groups of an evaluator's rows. Throws `limitExceeded` beyond `groupsMax` groups.
    mutating func groups(
        in evaluator: RowEvaluator, groupsMax: Int
    ) throws(StoreError) -> [UInt32] {
        var keys: [ColumnVector] = []
        for operand in operands { keys.append(try evaluator.vector(operand)) }
        return try groups(keys, rowCount: evaluator.rowCount, groupsMax: groupsMax)
    }

    /// Takes in all groups of another grouping by the same keys; returns this one's groups by the
    /// other's. Throws `limitExceeded` beyond `groupsMax` groups.
    mutating func merge(_ other: Grouping, groupsMax: Int) throws(StoreError) -> [UInt32] {
        try groups(other.keys(), rowCount: other.count, groupsMax: groupsMax)
    }

    /// The groups of rows by their keys, a vector for each. Throws `limitExceeded` beyond `groupsMax`
    /// groups.
    mutating func groups(
        _ keys: [ColumnVector], rowCount: Int, groupsMax: Int
    ) throws(StoreError) -> [UInt32] {
        guard let first = keys.first else { return Array(repeating: 0, count: rowCount) }
        var groups = encoders[0].codes(first)
        for index in keys.indices.dropFirst() {
            let codes = encoders[index].codes(keys[index])
            pairs[index - 1].combine(
                &groups, groupCount: groupCount(through: index - 1), codes,
                codeCount: encoders[index].count)
        }
        guard count <= groupsMax else {
            throw .limitExceeded(limit: "groups", value: count, maximum: groupsMax)
        }
        let byteCount = encoders.reduce(0) { $0 + $1.byteCount }
        guard byteCount <= Limits.queryMemoryBytesMax else {
            throw .limitExceeded(
                limit: "bytes of group keys", value: byteCount,
                maximum: Limits.queryMemoryBytesMax)
        }
        return groups
    }

    /// The key columns of all groups, in group order.
    func keys() -> [ColumnVector] {
        var groups = Array(0..<UInt32(count))
        var out: [ColumnVector] = []
        for index in operands.indices.reversed() {
            if index == 0 {
                out.append(encoders[0].values(groups))
            } else {
                let parts = groups.map { pairs[index - 1].pair($0) }
                out.append(encoders[index].values(parts.map(\.code)))
                groups = parts.map(\.group)
            }
        }
        return out.reversed()
    }
}
