// Distinct tuples of values by group, as pairs of numbers: that of the tuple, that of the group.
// Cost: 2–10 ns a row; for each distinct tuple its key (`Grouping`), and 20 bytes for each pair.

import SpanColumns
import SpanModel

/// Distinct tuples of some operands.
struct DistinctCodes {
    private let operands: [Operand]
    private var tuples: Grouping
    /// The pairs: a tuple's number above that of a group.
    private var members = CodeTable()
    /// By tuple: the last group it was counted for, which answers most repeats without a look-up.
    private var lastGroups: [UInt32] = []
    /// By group.
    private(set) var counts: [Int64] = []

    init(_ operands: [Operand], types: [ColumnType]) {
        self.operands = operands
        tuples = Grouping(operands, types: types)
    }

    /// Pairs so far.
    var count: Int { members.values.count }

    /// Bytes that are held.
    var heldBytes: Int {
        tuples.heldBytes + members.heldBytes + lastGroups.heldBytes + counts.heldBytes
    }

    /// Takes in rows in which all operands have a value.
    mutating func add(_ present: GroupedRows) throws(StoreError) {
        let codes = try tuples.groups(in: present.evaluator, groupsMax: .max)
        count(codes, present.groups, groupCount: present.groupCount)
    }

    /// Takes in tuples, by a vector for each operand.
    mutating func add(
        _ values: [ColumnVector], _ groups: [UInt32], groupCount: Int
    ) throws(StoreError) {
        let codes = try tuples.groups(values, rowCount: groups.count, groupsMax: .max)
        count(codes, groups, groupCount: groupCount)
    }

    /// Takes in those of another, whose groups are called otherwise here.
    mutating func merge(_ other: DistinctCodes, _ mapping: GroupMapping) throws(StoreError) {
        let codes = try tuples.merge(other.tuples, groupsMax: .max)
        let pairs = other.members.values
        count(
            pairs.map { codes[Int($0 >> 32)] },
            pairs.map { mapping.groups[Int($0 & 0xFFFF_FFFF)] }, groupCount: mapping.groupCount)
    }

    private mutating func count(_ codes: [UInt32], _ groups: [UInt32], groupCount: Int) {
        counts.grow(to: groupCount, with: 0)
        lastGroups.grow(to: tuples.count, with: .max)
        for (code, group) in zip(codes, groups) where lastGroups[Int(code)] != group {
            lastGroups[Int(code)] = group
            if members.insert(Int64(code) << 32 | Int64(group)) { counts[Int(group)] += 1 }
        }
    }

    /// The operands' values, and the group, of each pair.
    func pairs() -> (values: [ColumnVector], groups: [UInt32]) {
        let codes = members.values.map { UInt32(truncatingIfNeeded: $0 >> 32) }
        return (
            tuples.keys().map { $0.gathered(codes) },
            members.values.map { UInt32(truncatingIfNeeded: $0) }
        )
    }
}
