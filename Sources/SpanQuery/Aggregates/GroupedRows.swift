// The rows of one row group that aggregates take in, with their groups. Aggregates over the same
// operand share the rows that have a value.

import SpanColumns
import SpanModel

/// Row numbers of one row group and the group of each.
final class GroupedRows {
    /// Ascending.
    let rows: [UInt32]
    /// The group of each of `rows`.
    let groups: [UInt32]
    /// Groups known so far.
    let groupCount: Int
    private var presentRows: [Operand: GroupedRows] = [:]

    init(rows: [UInt32], groups: [UInt32], groupCount: Int) {
        self.rows = rows
        self.groups = groups
        self.groupCount = groupCount
    }

    /// The part whose rows are `subset`, ascending and all among `rows`.
    func part(_ subset: [UInt32]) -> GroupedRows {
        var next = 0
        let groups = subset.map { row in
            while rows[next] != row { next += 1 }
            return self.groups[next]
        }
        return GroupedRows(rows: subset, groups: groups, groupCount: groupCount)
    }

    /// The part where `operand`, whose values are `vector`, is not null.
    func present(_ operand: Operand, _ vector: ColumnVector) -> GroupedRows {
        if let known = presentRows[operand] { return known }
        guard let part = present(vector) else { return self }
        presentRows[operand] = part
        return part
    }

    /// Nil: all rows.
    private func present(_ vector: ColumnVector) -> GroupedRows? {
        switch vector {
        case .null: filtered { _ in false }
        case .integer(let source):
            source.validity.map { validity in filtered { validity[$0] != 0 } }
        case .float(let source):
            source.validity.map { validity in filtered { validity[$0] != 0 } }
        case .string(let source): filtered { source.codes[$0] != StringVector.nullCode }
        case .identifier(let source):
            filtered { ($0 == 0 ? 0 : source.ends[$0 - 1]) != source.ends[$0] }
        case .text(let source): filtered { !source.references[$0].isNull }
        }
    }

    @inline(__always)
    private func filtered(_ test: (Int) -> Bool) -> GroupedRows {
        var keptGroups: [UInt32] = []
        let keptRows = [UInt32](unsafeUninitializedCapacity: rows.count) { outRows, count in
            var kept = 0
            keptGroups = [UInt32](unsafeUninitializedCapacity: rows.count) { outGroups, count in
                for index in rows.indices {
                    outRows[kept] = rows[index]
                    outGroups[kept] = groups[index]
                    kept &+= Int(
                        truncatingIfNeeded: unsafeBitCast(
                            test(Int(rows[index])), to: UInt8.self))
                }
                count = kept
            }
            count = kept
        }
        return GroupedRows(rows: keptRows, groups: keptGroups, groupCount: groupCount)
    }
}
