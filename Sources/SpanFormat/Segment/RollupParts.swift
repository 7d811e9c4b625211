// The parts of the groups of a rollup ↔ bytes (schemas/segment.md): the hash of each, and the entry that
// stands for its rows. Read in place. Cost: 12 bytes a part.

import SpanModel

/// Which parts the entries of a rollup have.
package struct RollupParts: Sendable {
    /// A part of a group.
    package struct Part: Sendable, Equatable {
        /// Of the group and of what parts it.
        package let hash: UInt64
        package let entry: UInt32

        package init(hash: UInt64, entry: UInt32) {
            self.hash = hash
            self.entry = entry
        }
    }

    package let count: Int
    private let start: Int

    /// The section's bytes; `parts` ascend by hash.
    package static func encode(_ rollup: RollupSchema, _ parts: [Part]) -> [UInt8] {
        var out: [UInt8] = []
        out.reserveCapacity(6 + parts.count * 12)
        out.put(rollup.number)
        out.put(rollup.version)
        out.put(UInt32(parts.count))
        for part in parts { out.put(part.hash) }
        for part in parts { out.put(part.entry) }
        return out
    }

    /// The parts of a section that is of `rollup`, as it is now. Throws `corruption`.
    package init(_ reader: ByteReader, _ rollup: RollupSchema) throws(StoreError) {
        var reader = reader
        guard try RollupSection.Kind(&reader) == RollupSection.Kind(rollup) else {
            throw reader.damage("parts of another rollup")
        }
        count = Int(try reader.uint32())
        start = 6
        guard reader.remaining == count * 12 else {
            throw reader.damage("\(count) parts in \(reader.remaining) bytes")
        }
    }

    /// The parts of entries that `isWanted` marks, in the order of the section. A part of an entry beyond
    /// these counts as of none.
    package func parts(of isWanted: [Bool], section: UnsafeRawBufferPointer) -> [Part] {
        (0..<count).compactMap { number in
            let entry = UInt32(
                littleEndian: section.loadUnaligned(
                    fromByteOffset: start + count * 8 + number * 4, as: UInt32.self))
            guard entry < isWanted.count, isWanted[Int(entry)] else { return nil }
            let hash = UInt64(
                littleEndian: section.loadUnaligned(
                    fromByteOffset: start + number * 8, as: UInt64.self))
            return Part(hash: hash, entry: entry)
        }
    }
}
