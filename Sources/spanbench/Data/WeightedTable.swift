// Draws from a fixed skewed distribution in constant time: a table with as many slots for a choice
// as its weight deserves, at least one.

/// A table of choices 0 ..< n.
struct WeightedTable {
    private let slots: [UInt16]

    /// Choice i has weight 1 ÷ (i + 1) (Zipf’s law).
    init(zipf count: Int, slotCount: Int) {
        precondition(count > 0 && count <= Int(UInt16.max) && slotCount >= count)
        let total = (1...count).reduce(0.0) { $0 + 1 / Double($1) }
        let shared = Double(slotCount - count)
        var slots: [UInt16] = []
        slots.reserveCapacity(slotCount)
        var weight = 0.0
        for choice in 0..<count {
            weight += 1 / Double(choice + 1)
            let end = choice + 1 + Int(shared * weight / total)
            while slots.count < min(end, slotCount) { slots.append(UInt16(choice)) }
        }
        while slots.count < slotCount { slots.append(UInt16(count - 1)) }
        self.slots = slots
    }

    /// A choice for a random word.
    func choice(_ word: UInt64) -> Int {
        Int(slots[Int(word.multipliedFullWidth(by: UInt64(slots.count)).high)])
    }

    /// A random choice.
    func choice(_ random: inout BenchRandom) -> Int { choice(random.next()) }
}
