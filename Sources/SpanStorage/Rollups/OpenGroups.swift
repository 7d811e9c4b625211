// Which entries of a whole rollup hold all rows of their group, at one snapshot. A group is open, and
// read from its rows, when another segment or the memtable may have rows of it, or when one of its
// rows was superseded since its entry was written. Groups are told apart by hash alone: of two that
// share one, both are open, which only costs time.
// Cost: about 20 ns an entry, 100 ns a superseded row.

import SpanColumns
import SpanFormat
import SpanModel

/// Counts in which places the hash of a group occurs.
struct OpenGroups {
    /// A power of two; `hashes[slot]` counts when `states[slot]` is not 0.
    private var hashes: [UInt64]
    private var states: [UInt8]

    private static let seen: UInt8 = 1
    private static let open: UInt8 = 2

    /// Room for `count` groups.
    init(count: Int) {
        var capacity = 16
        while capacity < count * 2 { capacity *= 2 }
        hashes = Array(repeating: 0, count: capacity)
        states = Array(repeating: 0, count: capacity)
    }

    private func slot(_ hash: UInt64) -> Int {
        var slot = Int(truncatingIfNeeded: hash >> 20) & (hashes.count - 1)
        while states[slot] != 0, hashes[slot] != hash { slot = (slot + 1) & (hashes.count - 1) }
        return slot
    }

    /// Notes groups that have an entry in a place; those of one place come in one call, and only
    /// different groups of it may have the same hash.
    mutating func add(entries: [UInt64]) {
        for hash in entries {
            let slot = slot(hash)
            hashes[slot] = hash
            states[slot] = states[slot] == 0 ? Self.seen : Self.open
        }
    }

    /// Notes groups that are open whatever else is known.
    mutating func open(_ opened: [UInt64]) {
        for hash in opened {
            let slot = slot(hash)
            hashes[slot] = hash
            states[slot] = Self.open
        }
    }

    /// The numbers of `entries` that are closed, and of those that are open, ascending.
    func split(_ entries: [UInt64]) -> (closed: [UInt32], open: [UInt32]) {
        var closed: [UInt32] = []
        var open: [UInt32] = []
        closed.reserveCapacity(entries.count)
        for (number, hash) in entries.enumerated() {
            if states[slot(hash)] == Self.seen {
                closed.append(UInt32(number))
            } else {
                open.append(UInt32(number))
            }
        }
        return (closed, open)
    }
}
