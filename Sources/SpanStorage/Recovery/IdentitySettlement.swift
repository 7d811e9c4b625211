// Brings the rows of a segment together with what was written while they could not be read: each of
// their identities is folded again over all its rows in segments. What the dedup view shows is then
// what it would show had the segment always been there. Kills go to the segments' lists, folded
// states become merged rows for a segment of their own.
// Order of calls: `settle` per segment, `mergedRows` at the end; nothing may be in a memtable.
// Cost: a look-up in the identity index for every row, a few microseconds.

import SpanColumns
import SpanFormat
import SpanModel

/// Settles identities of one table.
struct IdentitySettlement {
    let table: Table
    private var folds: [(sequence: UInt64, fold: IdentityFold)] = []

    init(table: Table) { self.table = table }

    /// Settles every identity that the segment holds. Throws `corruption` when it cannot be read.
    mutating func settle(_ segment: MappedSegment) throws(StoreError) {
        for group in segment.groupRows.indices {
            let rowCount = segment.groupRows[group]
            let hashes = try segment.identityHashes(group, table.hasher)
            let trailing = try table.schema.trailingInteger.map { column throws(StoreError) in
                try segment.vector(column, group: group)
            }
            for row in 0..<rowCount {
                let number = segment.groupStarts[group] + row
                let key = try segment.identityKey(row: number)
                let rows = table.index.find(
                    hashes[row], key: { key }, trailing: trailing?.integer(row))
                // An identity is settled once, at its first row here.
                guard rows.count > 1, rows.first(where: { $0.container === segment })?.row == number
                else { continue }
                settle(rows)
            }
        }
    }

    /// The folded states, nil when there are none.
    func mergedRows() -> MemtableChunk? {
        folds.isEmpty
            ? nil
            : MergedRowBuilder(schema: table.schema)
                .build(folds.sorted { $0.sequence < $1.sequence })
    }

    /// Kills what the dedup view must not show of an identity, and keeps its folded state if it has
    /// patches.
    private mutating func settle(_ rows: [FoundRow]) {
        let fold = IdentityFold(rows)
        let last = rows.reduce(0) { max($0, $1.sequence) }
        let hasState = fold.base?.kind == .complete
        let isFolded = hasState && !fold.patches.isEmpty
        for row in rows where row.isLive {
            let isState = row.kind == .complete && row.sequence == fold.base?.sequence
            if hasState, !isFolded, isState { continue }
            row.container.kills.add(row: UInt32(row.row), sequence: last)
        }
        if isFolded { folds.append((last, fold)) }
    }
}

extension MappedSegment {
    /// The identity hashes of the rows of a row group.
    func identityHashes(
        _ group: Int, _ hasher: IdentityHasher
    ) throws(StoreError) -> [IdentityHash] {
        var columns = [ColumnVector](
            repeating: .null(count: groupRows[group]), count: schema.columns.count)
        for column in schema.identity { columns[column] = try vector(column, group: group) }
        return hasher.hashes(of: columns, rowCount: groupRows[group])
    }
}

extension ColumnVector {
    /// The integer of a row; nil when it is null or this is no vector of integers.
    fileprivate func integer(_ row: Int) -> Int64? {
        guard case .integer(let vector) = self, vector.validity.map({ $0[row] != 0 }) ?? true
        else { return nil }
        return vector.values[row]
    }
}
