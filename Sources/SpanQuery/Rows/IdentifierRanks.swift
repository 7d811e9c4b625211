// The order of identifiers by their text, as integers. Where all have one form, as those of one column mostly do,
// their bytes order as their texts do, and eight of them tell most apart.
// Cost: one sort, mostly of integers; 24 bytes an identifier meanwhile.

import SpanColumns
import SpanModel

extension IdentifierVector {
    private struct Entry {
        let key: UInt64
        let row: UInt32
    }

    /// The place of each row in the order of the identifiers' texts; equal ones share one.
    func ranks() -> [Int64] {
        bytes.withUnsafeBytes { bytes in
            let shared = sharedCount(bytes)
            var entries = (0..<count).map { row in
                Entry(
                    key: shared.map { Self.key(bytes[range(row)].dropFirst($0)) } ?? 0,
                    row: UInt32(row))
            }
            entries.sort { left, right in
                if left.key != right.key { return left.key < right.key }
                return PackedIdentifier.isLess(
                    identifier(bytes, left.row), identifier(bytes, right.row))
            }
            var ranks = [Int64](repeating: 0, count: count)
            var rank: Int64 = 0
            for (place, entry) in entries.enumerated() {
                if place > 0 {
                    let last = identifier(bytes, entries[place - 1].row)
                    if !last.elementsEqual(identifier(bytes, entry.row)) { rank += 1 }
                }
                ranks[Int(entry.row)] = rank
            }
            return ranks
        }
    }

    /// How many bytes all identifiers begin with alike, their form among them; nil: they have several forms.
    /// Nulls do not count.
    private func sharedCount(_ bytes: UnsafeRawBufferPointer) -> Int? {
        guard let first = (0..<count).first(where: { !range($0).isEmpty }) else { return 0 }
        let identifier = bytes[range(first)]
        var shared = identifier.count
        for row in first + 1..<count where !range(row).isEmpty {
            shared = zip(identifier.prefix(shared), bytes[range(row)]).prefix { $0 == $1 }.count
            if shared == 0 { return nil }
        }
        return shared
    }

    private func identifier(
        _ bytes: UnsafeRawBufferPointer, _ row: UInt32
    ) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: bytes[range(Int(row))])
    }

    /// Eight bytes in their order; missing ones are zeros, and what is equal then is compared in full.
    private static func key(_ bytes: Slice<UnsafeRawBufferPointer>) -> UInt64 {
        var key: UInt64 = 0
        var place = 0
        for byte in bytes.prefix(8) {
            key |= UInt64(byte) << UInt64(56 - 8 * place)
            place += 1
        }
        return key
    }
}
