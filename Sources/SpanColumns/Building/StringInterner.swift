// Distinct byte strings → codes 0, 1, 2 …: an open-addressing table over one byte arena. Short strings
// are hashed and compared as a whole (`ShortString`).
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

    /// A place of the table: all that a look-up needs lies together.
    private struct Slot {
        /// The upper half of the string's hash above its length; `emptyKey` where there is none.
        var key = StringInterner.emptyKey
        var start: UInt32 = 0
        var code: UInt32 = 0
    }

    /// By hash, a power of two of them; empty until the first string.
    private var slots: [Slot] = []
    /// By code.
    private var entries: [Entry] = []
    /// The strings, one behind the other, in the first `byteCount` bytes; `ShortString.bytesMax` or more
    /// are readable behind the start of each.
    private var bytes: [UInt8] = []
    private let seed = Self.seed

    private static let entriesMin = 16
    private static let largeMin = 1 << 16
    /// Longer than any string.
    private static var emptyKey: UInt64 { .max }
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
    package private(set) var byteCount = 0

    /// Bytes that all of it takes.
    package var heldBytes: Int {
        slots.capacity * MemoryLayout<Slot>.stride + entries.capacity * MemoryLayout<Entry>.stride
            + bytes.capacity
    }

    /// The code of `string`, new or known.
    package mutating func intern(_ string: UnsafeRawBufferPointer) -> UInt32 { code(of: string) }

    /// The same within a loop.
    @inline(__always)
    mutating func code(of string: UnsafeRawBufferPointer) -> UInt32 {
        let hash = Self.hash(string, seed)
        return find(string, hash) ?? insert(string, hash)
    }

    /// The same for one of which all is loaded, at `start`; no branch depends on its length.
    @inline(__always)
    mutating func code(of string: ShortString, at start: UnsafeRawPointer) -> UInt32 {
        let hash = string.hash(seed)
        return find(string, hash)
            ?? insert(UnsafeRawBufferPointer(start: start, count: string.count), hash)
    }

    /// The code of `string`, new or known.
    package mutating func intern(_ string: String) -> UInt32 {
        var copy = string
        return copy.withUTF8 { intern(UnsafeRawBufferPointer($0)) }
    }

    /// The strings so far, as a dictionary.
    package func dictionary() -> StringDictionary {
        StringDictionary(
            ends: entries.map { UInt32($0.end) },
            bytes: bytes.withUnsafeBufferPointer {
                Array(UnsafeBufferPointer(rebasing: $0[..<byteCount]))
            })
    }

    @inline(__always)
    private func find(_ string: UnsafeRawBufferPointer, _ hash: UInt64) -> UInt32? {
        find(string.count, hash) { known in
            guard let start = string.baseAddress else { return true }
            return known.isEqual(to: start, count: string.count)
        }
    }

    @inline(__always)
    private func find(_ string: ShortString, _ hash: UInt64) -> UInt32? {
        find(string.count, hash) { string.isEqual(to: $0) }
    }

    /// The code of the string of this length and hash that `isEqual` accepts.
    @inline(__always)
    private func find(
        _ count: Int, _ hash: UInt64, _ isEqual: (UnsafeRawPointer) -> Bool
    ) -> UInt32? {
        let key = Self.key(hash, count)
        return slots.withUnsafeBufferPointer { slots in
            bytes.withUnsafeBytes { bytes in
                guard !slots.isEmpty, let base = bytes.baseAddress else { return nil }
                var place = Int(truncatingIfNeeded: hash) & (slots.count &- 1)
                while true {
                    let slot = slots[place]
                    if slot.key == key, isEqual(base + Int(slot.start)) { return slot.code }
                    if slot.key == Self.emptyKey { return nil }
                    place = (place &+ 1) & (slots.count &- 1)
                }
            }
        }
    }

    @inline(__always)
    private static func key(_ hash: UInt64, _ count: Int) -> UInt64 {
        hash & ~UInt64(UInt32.max) | UInt64(UInt32(truncatingIfNeeded: count))
    }

    @inline(never)
    private mutating func insert(_ string: UnsafeRawBufferPointer, _ hash: UInt64) -> UInt32 {
        let code = entries.count
        let start = byteCount
        if code == 0 { entries.reserveCapacity(entriesMin) }
        let needed = string.count + ShortString.bytesMax
        if bytes.count - start < needed {
            let added = max(bytes.count, needed, entriesMin * Self.expectedBytes)
            bytes.append(contentsOf: repeatElement(0, count: added))
        }
        bytes.withUnsafeMutableBytes { bytes in
            guard let base = bytes.baseAddress, let source = string.baseAddress else { return }
            (base + start).copyMemory(from: source, byteCount: string.count)
        }
        byteCount += string.count
        entries.append(Entry(hash: hash, start: start, end: byteCount))
        if entries.count * 2 > slots.count {
            // Large tables grow by less, so that they are not mostly empty.
            let count = slots.count * (slots.count < Self.largeMin ? 4 : 2)
            // Entries say where strings belong: the old table need not lie beside the new one.
            slots = []
            slots = Array(repeatElement(Slot(), count: max(entriesMin * 2, count)))
            for known in entries.indices { link(known) }
        } else {
            link(code)
        }
        return UInt32(truncatingIfNeeded: code)
    }

    private mutating func link(_ code: Int) {
        let entry = entries[code]
        let slot = Slot(
            key: Self.key(entry.hash, entry.end - entry.start), start: UInt32(entry.start),
            code: UInt32(truncatingIfNeeded: code))
        slots.withUnsafeMutableBufferPointer { slots in
            var place = Int(truncatingIfNeeded: entry.hash) & (slots.count &- 1)
            while slots[place].key != Self.emptyKey { place = (place &+ 1) & (slots.count &- 1) }
            slots[place] = slot
        }
    }

    /// A hash for this table alone, with fewer steps than `Hash64` for the short strings that most are.
    @inline(__always)
    private static func hash(_ string: UnsafeRawBufferPointer, _ seed: UInt64) -> UInt64 {
        guard string.count <= ShortString.bytesMax else {
            return Hash64.hash(string, seed: seed)
        }
        return ShortString.hash(of: string, seed)
    }
}
