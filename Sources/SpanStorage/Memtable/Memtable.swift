// Rows that are not in segments yet. A table writes to one memtable; while a seal turns it into a
// segment it is frozen, and a new one takes its place. Frozen rows can still be superseded: their
// kills go to the chunks' lists, and the seal's install applies them to the segment.

import SpanColumns
import SpanModel

/// The unsealed rows of one table.
struct Memtable: Sendable {
    /// Every write.
    var writes = ChunkList()
    /// The folded states of identities with patches.
    var merged = ChunkList()
    var index = MemtableIndex()

    /// Bytes held, roughly.
    var byteCount: Int {
        writes.byteCount + merged.byteCount + index.states.count * MemtableIndex.stateBytes
    }

    /// Rows, merged ones included.
    var rowCount: Int { writes.rowCount + merged.rowCount }

    /// All rows of an identity; `key` makes its bytes (`identityKey`).
    func rows(of hash: IdentityHash, key: () -> [UInt8]) -> [FoundRow] {
        var probe = index.probe(hash.whole)
        while let number = index.next(&probe) {
            guard let first = writes.locate(index.states[number].firstSequence),
                first.chunk.identityKey(first.row) == key()
            else { continue }
            return rows(of: number)
        }
        return []
    }

    private func rows(of number: Int) -> [FoundRow] {
        var places = index.writes(of: number).map { writes.locate($0) }
        if index.states[number].live == .merged {
            places.append(merged.locate(index.states[number].liveSequence))
        }
        return places.compactMap { place in
            place.flatMap { try? FoundRow($0.chunk, row: $0.row) }
        }
    }
}
