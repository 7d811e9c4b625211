// The order of a dictionary's strings, or of identifiers, as numbers. Names of one kind, and ids of one form, mostly
// begin alike and differ in a few bytes behind that, so that most comparisons are of two integers.
// Cost: nothing to sort where the strings ascend already, else about 50 ns a string, and 36 bytes meanwhile.

import SpanColumns
import SpanModel

extension StringDictionary {
    /// The place of each code in the order of the strings' bytes; equal strings share one.
    func ranks() -> [UInt32] {
        if isSorted { return (0..<UInt32(count)).map { $0 } }
        return bytes.withUnsafeBytes { bytes in
            let slices = (0..<UInt32(count)).map { code in
                UnsafeRawBufferPointer(rebasing: bytes[range(code)])
            }
            return ByteRanks.ranks(slices, from: ByteRanks.sharedCount(slices)) {
                $0.lexicographicallyPrecedes($1)
            }
        }
    }
}

extension IdentifierVector {
    /// The place of each row in the order of the identifiers' texts; equal ones share one.
    func ranks() -> [UInt32] {
        bytes.withUnsafeBytes { bytes in
            let slices = (0..<count).map { UnsafeRawBufferPointer(rebasing: bytes[range($0)]) }
            // Bytes order as texts do where all have one form, which is their first byte.
            let shared = ByteRanks.sharedCount(slices)
            return ByteRanks.ranks(slices, from: shared == 0 ? nil : shared) {
                PackedIdentifier.isLess($0, $1)
            }
        }
    }
}

/// Orders of bytes as numbers.
private enum ByteRanks {
    private struct Entry {
        /// Eight bytes as a number.
        let key: UInt64
        let row: UInt32
    }

    /// The place of each slice in an order; equal ones share one. The order is that of the bytes from `start` on,
    /// before which all are alike; nil: of no bytes.
    @inline(__always)
    static func ranks(
        _ slices: [UnsafeRawBufferPointer], from start: Int?,
        isLess: (UnsafeRawBufferPointer, UnsafeRawBufferPointer) -> Bool
    ) -> [UInt32] {
        var entries = slices.enumerated().map { row, slice in
            Entry(key: start.map { key(slice, from: $0) } ?? 0, row: UInt32(row))
        }
        entries.sort { left, right in
            if left.key != right.key { return left.key < right.key }
            return isLess(slices[Int(left.row)], slices[Int(right.row)])
        }
        var ranks = [UInt32](repeating: 0, count: slices.count)
        var rank: UInt32 = 0
        for (place, entry) in entries.enumerated() {
            if place > 0 {
                let last = slices[Int(entries[place - 1].row)]
                if !last.isEqual(to: slices[Int(entry.row)]) { rank += 1 }
            }
            ranks[Int(entry.row)] = rank
        }
        return ranks
    }

    /// How many bytes all slices begin with alike; empty ones do not count.
    static func sharedCount(_ slices: [UnsafeRawBufferPointer]) -> Int {
        guard let first = slices.first(where: { !$0.isEmpty }) else { return 0 }
        var shared = first.count
        for slice in slices where shared > 0 && !slice.isEmpty {
            var count = 0
            while count < min(shared, slice.count), slice[count] == first[count] { count += 1 }
            shared = count
        }
        return shared
    }

    /// Missing bytes are zeros; what is equal then is compared in full.
    private static func key(_ slice: UnsafeRawBufferPointer, from start: Int) -> UInt64 {
        var key: UInt64 = 0
        for place in start..<start + 8 {
            key = key << 8 | (place < slice.count ? UInt64(slice[place]) : 0)
        }
        return key
    }
}
