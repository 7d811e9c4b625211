// A set of block numbers of one text column: a bit per block.

/// Blocks of a text column.
package struct BlockSet: Sendable, Equatable {
    /// Blocks that the column has.
    package let blockCount: Int
    private var words: [UInt64]

    /// No block, or every one.
    package init(blockCount: Int, all: Bool = false) {
        self.blockCount = blockCount
        words = Array(repeating: all ? .max : 0, count: (blockCount + 63) / 64)
        if all, blockCount % 64 > 0 { words[words.count - 1] = 1 << UInt64(blockCount % 64) &- 1 }
    }

    /// Blocks in the set.
    package var count: Int { words.reduce(0) { $0 + $1.nonzeroBitCount } }

    package var isEmpty: Bool { words.allSatisfy { $0 == 0 } }

    /// Whether a block, which need not exist, is in the set.
    package func contains(_ block: UInt32) -> Bool {
        block < blockCount && words[Int(block) / 64] >> UInt64(block % 64) & 1 == 1
    }

    /// Adds a block below `blockCount`.
    package mutating func insert(_ block: Int) {
        precondition(block < blockCount)
        words[block / 64] |= 1 << UInt64(block % 64)
    }

    /// Adds the blocks whose bits are set, a byte for eight blocks; bits beyond the last block
    /// count for nothing.
    package mutating func formUnion(bitmap: UnsafeRawBufferPointer) {
        for (index, byte) in bitmap.enumerated() where byte != 0 && index * 8 < blockCount {
            let kept = min(8, blockCount - index * 8)
            words[index / 8] |= (UInt64(byte) & (1 << UInt64(kept) - 1)) << UInt64(index % 8 * 8)
        }
    }

    /// Adds the blocks of a set over the same column.
    package mutating func formUnion(_ other: BlockSet) {
        precondition(blockCount == other.blockCount)
        for index in words.indices { words[index] |= other.words[index] }
    }

    /// Keeps the blocks that are in `other` too, a set over the same column.
    package mutating func formIntersection(_ other: BlockSet) {
        precondition(blockCount == other.blockCount)
        for index in words.indices { words[index] &= other.words[index] }
    }
}
