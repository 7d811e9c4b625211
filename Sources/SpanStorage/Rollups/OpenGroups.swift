// Which entries of a whole rollup hold all rows of their group, at one snapshot. A group is open, and
// read from its rows, when another segment or the memtable may have rows of it, or when one of its
// rows was superseded since its entry was written. Groups are told apart by 62 bits of a hash alone: of
// two that share them, both are open, which only costs time.
// Cost: about 10 ns an entry where hashes ascend, as the table is then walked in order.

import SpanColumns
import SpanFormat
import SpanModel

/// Counts in which places the hash of a group occurs; of parts of groups and their traits likewise.
struct OpenGroups {
    /// By place: a hash with a state in its last bits; 0: none. As many as a power of two.
    private var slots: [UInt64]
    /// From the first bits of a hash to its place.
    private let shift: UInt64

    private static let states: UInt64 = 3
    private static let seen: UInt64 = 1
    private static let repeated: UInt64 = 2
    private static let open: UInt64 = 3

    /// Room for `count` groups.
    init(count: Int) {
        var bits: UInt64 = 4
        while 1 << bits < count * 2 { bits += 1 }
        slots = Array(repeating: 0, count: 1 << bits)
        shift = 64 - bits
    }

    /// Where a hash is, or would be.
    private func place(_ hash: UInt64) -> Int {
        var place = Int(truncatingIfNeeded: hash >> shift)
        while slots[place] != 0, (slots[place] ^ hash) > Self.states {
            place = (place + 1) & (slots.count - 1)
        }
        return place
    }

    /// Notes groups that have an entry in a place; those of one place come in one call, and only
    /// different groups of it may have the same hash.
    mutating func add(entries: [UInt64]) {
        for hash in entries {
            let place = place(hash)
            let state = slots[place] & Self.states
            slots[place] = hash & ~Self.states | max(state, min(state + 1, Self.repeated))
        }
    }

    /// Notes groups that are open whatever else is known.
    mutating func open(_ opened: [UInt64]) {
        for hash in opened { slots[place(hash)] = hash & ~Self.states | Self.open }
    }

    /// Whether a group is open.
    func isOpen(_ hash: UInt64) -> Bool { slots[place(hash)] & Self.states > Self.seen }

    /// Whether a group is open only because it has several entries.
    func isRepeated(_ hash: UInt64) -> Bool {
        slots[place(hash)] & Self.states == Self.repeated
    }

    /// The numbers of `entries` that are closed, and of those that are open, ascending.
    func split(_ entries: [UInt64]) -> (closed: [UInt32], open: [UInt32]) {
        var closed: [UInt32] = []
        var open: [UInt32] = []
        closed.reserveCapacity(entries.count)
        for (number, hash) in entries.enumerated() {
            if isOpen(hash) {
                open.append(UInt32(number))
            } else {
                closed.append(UInt32(number))
            }
        }
        return (closed, open)
    }
}
