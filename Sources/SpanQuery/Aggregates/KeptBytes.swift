// Some bytes for each group, which may be replaced by others: one behind the other, with those that are
// replaced left behind until they are as many as the others.

/// Bytes by group.
struct KeptBytes {
    /// Of fewer than 4 GiB, which is more than a query holds.
    private var ranges: [Range<UInt32>] = []
    private var bytes: [UInt8] = []
    /// Bytes that no group refers to any more.
    private var unusedCount = 0
    private static let unusedMax = 1 << 20

    /// Bytes that are held.
    var heldBytes: Int { ranges.heldBytes + bytes.heldBytes }

    /// Makes room for groups, which have no bytes yet.
    mutating func grow(to count: Int) { ranges.grow(to: count, with: 0..<0) }

    /// The bytes of a group.
    subscript(group: Int) -> ArraySlice<UInt8> {
        bytes[Int(ranges[group].lowerBound)..<Int(ranges[group].upperBound)]
    }

    /// Replaces the bytes of a group by those that `append` adds.
    mutating func replace(_ group: Int, _ append: (inout [UInt8]) -> Void) {
        unusedCount += ranges[group].count
        let start = UInt32(bytes.count)
        append(&bytes)
        ranges[group] = start..<UInt32(bytes.count)
        if unusedCount > max(Self.unusedMax, bytes.count / 2) { compact() }
    }

    private mutating func compact() {
        var kept: [UInt8] = []
        kept.reserveCapacity(bytes.count - unusedCount)
        for group in ranges.indices {
            let start = UInt32(kept.count)
            kept.append(contentsOf: self[group])
            ranges[group] = start..<UInt32(kept.count)
        }
        bytes = kept
        unusedCount = 0
    }
}
