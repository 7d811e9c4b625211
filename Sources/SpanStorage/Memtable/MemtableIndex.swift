// The identities that memtable rows mention, with what decides the next write of each. Only the
// writer looks here: readers scan. Cost: one probe of an open-addressing table per row, and 48
// bytes per identity.

import SpanModel

/// What the writer knows of one identity.
struct IdentityState: Sendable {
    /// Where the row lies that the dedup view shows.
    enum Live: UInt8, Sendable {
        case none, older, write, merged
    }

    /// `IdentityHash.whole`.
    let hash: UInt64
    /// A write of the identity in this memtable, to tell identities of one hash apart.
    let firstSequence: UInt64
    /// Version of the last complete or tombstone in the order of writes.
    var baseVersion: Int64 = 0
    /// The row that `live` means, when it is in the memtable.
    var liveSequence: UInt64 = 0
    var live = Live.none
    /// Whether there is a complete or tombstone at all.
    var hasBase = false
    /// Whether there was ever a patch, so that states are folded and not just replaced.
    var hasPatches = false

    init(hash: UInt64, firstSequence: UInt64) {
        self.hash = hash
        self.firstSequence = firstSequence
    }
}

/// Finds the state of an identity.
struct MemtableIndex: Sendable {
    /// States, numbered in order of first appearance.
    var states: [IdentityState] = []
    /// The writes of an identity after its first, by number of its state.
    private var laterWrites: [Int: [UInt64]] = [:]
    private var slots: [UInt32]

    private static let emptySlot = UInt32.max
    /// Bytes per identity, for the memtable's account.
    static let stateBytes = MemoryLayout<IdentityState>.stride + 8

    init() { slots = Array(repeating: Self.emptySlot, count: 64) }

    /// A search for the states of one hash.
    struct Probe {
        fileprivate let hash: UInt64
        fileprivate var slot: Int
    }

    /// Begins a search. Almost every identity is new, so a search costs no closure.
    func probe(_ hash: UInt64) -> Probe {
        Probe(hash: hash, slot: Int(truncatingIfNeeded: hash) & (slots.count - 1))
    }

    /// The number of the next state with the hash, nil when there is no more.
    func next(_ probe: inout Probe) -> Int? {
        while slots[probe.slot] != Self.emptySlot {
            let number = Int(slots[probe.slot])
            probe.slot = (probe.slot + 1) & (slots.count - 1)
            if states[number].hash == probe.hash { return number }
        }
        return nil
    }

    /// Adds a state and returns its number.
    mutating func insert(_ state: IdentityState) -> Int {
        if (states.count + 1) * 2 > slots.count { grow() }
        let number = states.count
        states.append(state)
        place(UInt32(number), state.hash)
        return number
    }

    /// Remembers another write of an identity.
    mutating func addWrite(_ sequence: UInt64, to number: Int) {
        laterWrites[number, default: []].append(sequence)
    }

    /// The sequences of an identity's writes in this memtable, oldest first.
    func writes(of number: Int) -> [UInt64] {
        [states[number].firstSequence] + (laterWrites[number] ?? [])
    }

    private mutating func grow() {
        slots = Array(repeating: Self.emptySlot, count: slots.count * 4)
        for (number, state) in states.enumerated() { place(UInt32(number), state.hash) }
    }

    private mutating func place(_ number: UInt32, _ hash: UInt64) {
        var slot = Int(truncatingIfNeeded: hash) & (slots.count - 1)
        while slots[slot] != Self.emptySlot { slot = (slot + 1) & (slots.count - 1) }
        slots[slot] = number
    }
}
