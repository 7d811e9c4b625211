// 64-bit integers → codes 0, 1, 2 … in order of first appearance: open addressing with linear
// probing, at most half full. The hash is seeded per process against chosen keys; codes do not
// depend on it.
// Cost: 2–5 ns a look-up while the table is in cache.

import SpanModel

/// Numbers distinct 64-bit values.
struct CodeTable {
    /// The distinct values, by code.
    private(set) var values: [Int64] = []
    private var slots: [UInt32]
    private static let emptySlot = UInt32.max
    private static let largeMin = 1 << 16
    private static let seed = UInt64.random(in: .min ... .max) | 1

    init() { slots = Array(repeating: Self.emptySlot, count: 64) }

    /// Bytes that all of it takes.
    var heldBytes: Int { values.heldBytes + slots.heldBytes }

    /// The code of a value, new or known.
    @inline(__always)
    mutating func code(of value: Int64) -> UInt32 {
        var slot = Self.hash(value) & (slots.count - 1)
        while slots[slot] != Self.emptySlot {
            if values[Int(slots[slot])] == value { return slots[slot] }
            slot = (slot + 1) & (slots.count - 1)
        }
        return insert(value, at: slot)
    }

    /// Adds a value; false when it was there already.
    mutating func insert(_ value: Int64) -> Bool {
        let before = values.count
        _ = code(of: value)
        return values.count > before
    }

    @inline(never)
    private mutating func insert(_ value: Int64, at slot: Int) -> UInt32 {
        let code = UInt32(values.count)
        slots[slot] = code
        values.append(value)
        if values.count * 2 > slots.count { grow() }
        return code
    }

    private mutating func grow() {
        // Large tables grow by less, so that they are not mostly empty.
        let count = slots.count * (slots.count < Self.largeMin ? 4 : 2)
        // Codes say where values belong: the old table need not lie beside the new one.
        slots = []
        slots = Array(repeating: Self.emptySlot, count: count)
        for (code, value) in values.enumerated() {
            var slot = Self.hash(value) & (slots.count - 1)
            while slots[slot] != Self.emptySlot { slot = (slot + 1) & (slots.count - 1) }
            slots[slot] = UInt32(code)
        }
    }

    @inline(__always)
    private static func hash(_ value: Int64) -> Int {
        let product = (UInt64(bitPattern: value) ^ seed)
            .multipliedFullWidth(by: 0x9E37_79B9_7F4A_7C15)
        return Int(truncatingIfNeeded: product.high ^ product.low)
    }
}
