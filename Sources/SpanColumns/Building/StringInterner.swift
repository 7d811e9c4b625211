// Distinct byte strings → codes 0, 1, 2 …: an open-addressing table over one byte arena.
// Cost: 6–15 ns a look-up. The seed is random per process against hash flooding; codes depend on order
// of appearance alone.

import SpanModel

/// Numbers distinct strings in order of first appearance.
package struct StringInterner {
    private struct Entry {
        let hash: UInt64
        let start: Int
        let end: Int
    }

    /// A place of the table: a code below the upper half of its string's hash.
    private typealias Slot = UInt64

    /// By hash, a power of two of them; empty until the first string.
    private var slots: [Slot] = []
    /// By code.
    private var entries: [Entry] = []
    private var bytes: [UInt8] = []
    private let seed = Self.seed

    private static let entriesMin = 16
    private static let emptySlot = Slot.max
    private static let seed = UInt64.random(in: .min ... .max)

    /// Bytes that a string probably takes.
    private static let expectedBytes = 16
    private let entriesMin: Int

    package init() { entriesMin = Self.entriesMin }

    /// Has room for `expectedCount` strings, as soon as there is one.
    init(expectedCount: Int) { entriesMin = max(expectedCount, Self.entriesMin) }

    /// Strings so far.
    package var count: Int { entries.count }

    /// Bytes of all strings so far.
    package var byteCount: Int { bytes.count }

    /// The code of `string`, new or known.
    package mutating func intern(_ string: UnsafeRawBufferPointer) -> UInt32 { code(of: string) }

    /// The same within a loop.
    @inline(__always)
    mutating func code(of string: UnsafeRawBufferPointer) -> UInt32 {
        let hash = Self.hash(string, seed)
        return find(string, hash) ?? insert(string, hash)
    }

    /// The code of `string`, new or known.
    package mutating func intern(_ string: String) -> UInt32 {
        var copy = string
        return copy.withUTF8 { intern(UnsafeRawBufferPointer($0)) }
    }

    /// The strings so far, as a dictionary.
    package func dictionary() -> StringDictionary {
        StringDictionary(ends: entries.map { UInt32($0.end) }, bytes: bytes.fitted)
    }

    @inline(__always)
    private func find(_ string: UnsafeRawBufferPointer, _ hash: UInt64) -> UInt32? {
        slots.withUnsafeBufferPointer { slots in
            if slots.isEmpty { return nil }
            var place = Int(truncatingIfNeeded: hash) & (slots.count &- 1)
            while true {
                let slot = slots[place]
                if slot == Self.emptySlot { return nil }
                if (slot ^ hash) &>> 32 == 0 {
                    let code = UInt32(truncatingIfNeeded: slot)
                    if isEqual(Int(code), string) { return code }
                }
                place = (place &+ 1) & (slots.count &- 1)
            }
        }
    }

    /// Whether the string of `code` is `string`.
    @inline(__always)
    private func isEqual(_ code: Int, _ string: UnsafeRawBufferPointer) -> Bool {
        entries.withUnsafeBufferPointer { entries in
            let (start, end) = (entries[code].start, entries[code].end)
            guard end &- start == string.count else { return false }
            return bytes.withUnsafeBytes { bytes in
                guard let base = bytes.baseAddress, let other = string.baseAddress else {
                    return true
                }
                return (base + start).isEqual(to: other, count: string.count)
            }
        }
    }

    @inline(never)
    private mutating func insert(_ string: UnsafeRawBufferPointer, _ hash: UInt64) -> UInt32 {
        let code = entries.count
        let start = bytes.count
        if code == 0 {
            entries.reserveCapacity(entriesMin)
            bytes.reserveCapacity(entriesMin * Self.expectedBytes)
        }
        string.withMemoryRebound(to: UInt8.self) { bytes.append(contentsOf: $0) }
        entries.append(Entry(hash: hash, start: start, end: bytes.count))
        if entries.count * 2 > slots.count {
            slots = Array(
                repeatElement(Self.emptySlot, count: max(entriesMin * 2, slots.count * 4)))
            for known in entries.indices { link(known) }
        } else {
            link(code)
        }
        return UInt32(truncatingIfNeeded: code)
    }

    private mutating func link(_ code: Int) {
        let hash = entries[code].hash
        var place = Int(truncatingIfNeeded: hash) & (slots.count - 1)
        while slots[place] != Self.emptySlot { place = (place + 1) & (slots.count - 1) }
        slots[place] = hash & ~Slot(UInt32.max) | Slot(UInt32(truncatingIfNeeded: code))
    }

    /// A hash for this table alone: strings of up to 16 bytes take one product, of up to 32 two.
    @inline(__always)
    private static func hash(_ string: UnsafeRawBufferPointer, _ seed: UInt64) -> UInt64 {
        let count = string.count
        let factor = 0x9E37_79B9_7F4A_7C15 &* UInt64(truncatingIfNeeded: count | 1)
        if count <= 16 {
            let words = string.shortWords
            return mix(words.low ^ seed, (words.high &+ factor) ^ seed.byteSwapped)
        }
        guard count <= 32, let base = string.baseAddress else {
            return Hash64.hash(string, seed: seed)
        }
        let first = base.loadUnaligned(as: SIMD2<UInt64>.self)
        let last = base.loadUnaligned(fromByteOffset: count &- 16, as: SIMD2<UInt64>.self)
        let state = mix(first[0] ^ seed, first[1] ^ seed.byteSwapped)
        return mix(last[0] ^ state, (last[1] &+ factor) ^ seed)
    }

    @inline(__always)
    private static func mix(_ left: UInt64, _ right: UInt64) -> UInt64 {
        let product = left.multipliedFullWidth(by: right)
        return product.high ^ product.low
    }
}
