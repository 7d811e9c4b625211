// Keys → group numbers 0, 1, 2 … by looking each row up. One key: its code is the group. Several keys:
// codes are combined pair by pair. No key: everything is group 0. The groups of two workers merge by
// grouping the keys of one with the other.
// Cost: that of `KeyEncoder` and `PairTable`, 1 to 5 ns a row and key.

import SpanColumns
import SpanModel

/// Numbers groups that come in any order.
struct HashedGroups {
    private var encoders: [KeyEncoder]
    /// For the second key on.
    private var pairs: [PairTable]
    private var tuples = DictionaryTuples()

    init(_ operands: [Operand], types: [ColumnType]) {
        encoders = operands.map {
            KeyEncoder(type: $0.type(in: types), unit: $0.bucketWidth ?? 1)
        }
        pairs = operands.dropFirst().map { _ in PairTable() }
    }

    /// Groups so far. Without keys there is one group even when there is no row.
    var count: Int { encoders.isEmpty ? 1 : groupCount(through: encoders.count - 1) }

    /// Bytes that all of it takes.
    var heldBytes: Int {
        encoders.reduce(0) { $0 + $1.heldBytes } + pairs.reduce(0) { $0 + $1.heldBytes }
    }

    private func groupCount(through key: Int) -> Int {
        key == 0 ? encoders[0].count : pairs[key - 1].count
    }

    /// Takes in all groups of another worker's by the same keys; returns this one's groups by the
    /// other's.
    mutating func merge(_ other: HashedGroups) -> [UInt32] {
        if encoders.isEmpty { return [0] }
        var merged = encoders[0].merge(other.encoders[0])
        for index in encoders.indices.dropFirst() {
            let pairs = other.pairs[index - 1]
            let parts = pairs.parts(Array(0..<UInt32(pairs.count)))
            merged = merged.gathered(parts.groups)
            combine(
                &merged, encoders[index].merge(other.encoders[index]).gathered(parts.codes),
                key: index)
        }
        return merged
    }

    /// The groups of rows by their keys, a vector for each.
    mutating func groups(_ keys: [ColumnVector], rowCount: Int) -> [UInt32] {
        if tuples.prepare(keys, rowCount: rowCount) {
            let known = tuples.groups(keys)
            if known.isComplete { return known.groups }
            var groups = known.groups
            let unknown = DictionaryTuples.unknownRows(groups)
            // Rows of combinations that are new are looked up as any others are.
            let rest = keys.map { $0.gathered(unknown) }
            let found = lookedUp(rest, rowCount: unknown.count)
            tuples.set(found, for: rest)
            for (row, group) in zip(unknown, found) { groups[Int(row)] = group }
            return groups
        }
        return lookedUp(keys, rowCount: rowCount)
    }

    private mutating func lookedUp(_ keys: [ColumnVector], rowCount: Int) -> [UInt32] {
        guard let first = keys.first else { return Array(repeating: 0, count: rowCount) }
        var groups = encoders[0].codes(first)
        for index in keys.indices.dropFirst() {
            combine(&groups, encoders[index].codes(keys[index]), key: index)
        }
        return groups
    }

    /// Replaces groups by the keys before with those by one more.
    private mutating func combine(_ groups: inout [UInt32], _ codes: [UInt32], key index: Int) {
        pairs[index - 1].combine(
            &groups, groupCount: groupCount(through: index - 1), codes,
            codeCount: encoders[index].count)
    }

    /// The key columns of all groups, in group order.
    func keys() -> [ColumnVector] {
        var groups = Array(0..<UInt32(count))
        var out: [ColumnVector] = []
        for index in encoders.indices.reversed() {
            if index == 0 {
                out.append(encoders[0].values(groups))
            } else {
                let parts = pairs[index - 1].parts(groups)
                out.append(encoders[index].values(parts.codes))
                groups = parts.groups
            }
        }
        return out.reversed()
    }
}
