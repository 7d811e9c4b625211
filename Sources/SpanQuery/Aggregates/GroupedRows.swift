// Rows with their groups: what aggregates take in. A condition on an aggregate, or the nulls of its
// operand, narrow the rows; aggregates themselves always work on all rows they are given.

import SpanColumns
import SpanModel

/// Some rows of a row group and the group of each.
struct GroupedRows {
    let evaluator: RowEvaluator
    /// By row of the evaluator; all below `groupCount`.
    let groups: [UInt32]
    /// Groups known so far.
    let groupCount: Int
    /// Whether each row is the first of a group, in order of the groups' numbers, the last ones.
    let isNew: Bool

    /// The first group of rows that are each one of their own.
    var firstNew: Int { groupCount - groups.count }

    /// The part whose rows are `rows`, ascending.
    func part(_ rows: [UInt32]) -> GroupedRows {
        if rows.count == groups.count { return self }
        return GroupedRows(
            evaluator: evaluator.narrowed(to: rows), groups: groups.gathered(ascending: rows),
            groupCount: groupCount, isNew: false)
    }

    /// The part where none of `operands` is null.
    func present(_ operands: [Operand]) throws(StoreError) -> GroupedRows {
        var rows: [UInt32]?
        for operand in operands {
            let vector = try evaluator.vector(operand)
            rows = vector.presentRows(among: rows) ?? rows
        }
        return rows.map(part) ?? self
    }
}

extension ColumnVector {
    /// Those of `rows` (nil: all) that have a value; nil when the vector has no nulls.
    fileprivate func presentRows(among rows: [UInt32]?) -> [UInt32]? {
        switch self {
        case .null: return []
        case .integer(let source):
            return source.validity.map { validity in
                kept(rows) { Int(truncatingIfNeeded: validity[$0]) }
            }
        case .float(let source):
            return source.validity.map { validity in
                kept(rows) { Int(truncatingIfNeeded: validity[$0]) }
            }
        case .string(let source):
            return kept(rows) { source.codes[$0] == StringVector.nullCode ? 0 : 1 }
        case .identifier(let source):
            return kept(rows) {
                ($0 == 0 ? 0 : source.ends[$0 - 1]) == source.ends[$0] ? 0 : 1
            }
        case .text(let source): return kept(rows) { source.references[$0].isNull ? 0 : 1 }
        }
    }

    @inline(__always)
    private func kept(_ rows: [UInt32]?, _ isKept: (Int) -> Int) -> [UInt32] {
        RowKernels.select(rows ?? SelectionVector.all(count), of: count, where: isKept)
    }
}

extension Array where Element: BitwiseCopyable {
    /// The elements at `rows`, in that order.
    func gathered(_ rows: [UInt32]) -> [Element] {
        withUnsafeBufferPointer { source in
            [Element](unsafeUninitializedCapacity: rows.count) { out, count in
                for (place, row) in rows.enumerated() { out[place] = source[Int(row)] }
                count = rows.count
            }
        }
    }

    /// The elements at `rows`, which ascend; most often there are few gaps, so neighbours are copied
    /// together.
    func gathered(ascending rows: [UInt32]) -> [Element] {
        let run = 16
        return withUnsafeBufferPointer { source in
            [Element](unsafeUninitializedCapacity: rows.count) { out, count in
                guard let from = source.baseAddress, let to = out.baseAddress else { return }
                var place = 0
                while place + run <= rows.count {
                    let first = Int(rows[place])
                    if Int(rows[place &+ run &- 1]) &- first == run &- 1 {
                        (to + place).update(from: from + first, count: run)
                    } else {
                        for next in place..<place &+ run { to[next] = from[Int(rows[next])] }
                    }
                    place &+= run
                }
                for next in place..<rows.count { to[next] = from[Int(rows[next])] }
                count = rows.count
            }
        }
    }
}
