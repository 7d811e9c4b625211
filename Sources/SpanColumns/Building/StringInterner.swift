// Distinct byte strings → codes 0, 1, 2 …: an open-addressing table over one byte arena.
// Cost: 6–15 ns a look-up. The seed is random per process against hash flooding; codes depend on
// order of appearance alone.

import SpanModel

/// Numbers distinct strings in order of first appearance.
package struct StringInterner {
    /// Codes by hash, a power of two of them; empty until the first string.
    private var slots: [UInt32] = []
    private var hashes: [UInt64] = []
    private var ends: [UInt32] = []
    private var bytes: [UInt8] = []

    private static let emptySlot = UInt32.max
    private static let seed = UInt64.random(in: .min ... .max)

    package init() {}

    /// Strings so far.
    package var count: Int { ends.count }

    /// Bytes of all strings so far.
    package var byteCount: Int { bytes.count }

    /// The code of `string`, new or known.
    package mutating func intern(_ string: UnsafeRawBufferPointer) -> UInt32 {
        if slots.isEmpty { grow() }
        let hash = Hash64.hash(string, seed: Self.seed)
        var slot = Int(truncatingIfNeeded: hash) & (slots.count - 1)
        while slots[slot] != Self.emptySlot {
            let code = slots[slot]
            if hashes[Int(code)] == hash, isEqual(code, string) { return code }
            slot = (slot + 1) & (slots.count - 1)
        }
        let code = UInt32(ends.count)
        slots[slot] = code
        hashes.append(hash)
        bytes.append(contentsOf: string)
        ends.append(UInt32(bytes.count))
        if ends.count * 2 > slots.count { grow() }
        return code
    }

    /// The code of `string`, new or known.
    package mutating func intern(_ string: String) -> UInt32 {
        var copy = string
        return copy.withUTF8 { intern(UnsafeRawBufferPointer($0)) }
    }

    /// The strings so far, as a dictionary.
    package func dictionary() -> StringDictionary {
        StringDictionary(ends: ends.fitted, bytes: bytes.fitted)
    }

    private func isEqual(_ code: UInt32, _ string: UnsafeRawBufferPointer) -> Bool {
        let start = code == 0 ? 0 : Int(ends[Int(code) - 1])
        let end = Int(ends[Int(code)])
        guard end - start == string.count else { return false }
        return bytes.withUnsafeBytes { areEqual($0, from: start, string) }
    }

    private mutating func grow() {
        slots = Array(repeating: Self.emptySlot, count: max(16, slots.count * 4))
        for (code, hash) in hashes.enumerated() {
            var slot = Int(truncatingIfNeeded: hash) & (slots.count - 1)
            while slots[slot] != Self.emptySlot { slot = (slot + 1) & (slots.count - 1) }
            slots[slot] = UInt32(code)
        }
    }
}

/// Whether `string` lies at `start` of `bytes`, which reach at least as far. Eight bytes at a time;
/// the last eight overlap those before.
@inline(__always)
private func areEqual(
    _ bytes: UnsafeRawBufferPointer, from start: Int, _ string: UnsafeRawBufferPointer
) -> Bool {
    func differs(at offset: Int) -> Bool {
        bytes.loadUnaligned(fromByteOffset: start &+ offset, as: UInt64.self)
            != string.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
    }
    guard string.count >= 8 else {
        for index in 0..<string.count where bytes[start &+ index] != string[index] { return false }
        return true
    }
    var offset = 0
    while offset &+ 8 < string.count {
        if differs(at: offset) { return false }
        offset &+= 8
    }
    return !differs(at: string.count &- 8)
}
