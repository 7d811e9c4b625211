// Rows → group numbers 0, 1, 2 … One key: its code is the group. Several keys: codes are combined
// pair by pair through a `CodeTable`. No key: everything is group 0.

import SpanColumns
import SpanModel

/// Numbers the groups of a query.
struct Grouping {
    private let operands: [Operand]
    private var encoders: [KeyEncoder]
    /// Pairs (group by the keys before, code of this key), for the second key on.
    private var pairs: [CodeTable]

    init(_ operands: [Operand], types: [ColumnType]) {
        self.operands = operands
        encoders = operands.map { KeyEncoder(type: $0.type(in: types)) }
        pairs = operands.dropFirst().map { _ in CodeTable() }
    }

    /// Groups so far. Without keys there is one group even when there is no row.
    var count: Int {
        operands.isEmpty ? 1 : pairs.last?.values.count ?? encoders[0].count
    }

    /// The groups of `rows`. Throws `limitExceeded` beyond `groupsMax` groups.
    mutating func groups(
        of rows: [UInt32], in evaluator: RowEvaluator, groupsMax: Int
    ) throws(StoreError) -> [UInt32] {
        guard let first = operands.first else { return Array(repeating: 0, count: rows.count) }
        var groups = encoders[0].codes(try evaluator.vector(first, rows: rows), rows: rows)
        for index in operands.indices.dropFirst() {
            let codes = encoders[index].codes(
                try evaluator.vector(operands[index], rows: rows), rows: rows)
            Self.combine(&groups, codes, &pairs[index - 1])
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
                let combined = groups.map { pairs[index - 1].values[Int($0)] }
                out.append(encoders[index].values(combined.map { UInt32(truncatingIfNeeded: $0) }))
                groups = combined.map { UInt32(truncatingIfNeeded: $0 >> 32) }
            }
        }
        return out.reversed()
    }

    private static func combine(
        _ groups: inout [UInt32], _ codes: [UInt32], _ table: inout CodeTable
    ) {
        var lastPair: Int64 = -1
        var lastGroup: UInt32 = 0
        for index in groups.indices {
            let pair = Int64(groups[index]) << 32 | Int64(codes[index])
            if pair != lastPair {
                lastGroup = table.code(of: pair)
                lastPair = pair
            }
            groups[index] = lastGroup
        }
    }
}
