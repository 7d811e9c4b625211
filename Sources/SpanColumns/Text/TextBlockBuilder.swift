// Collects texts of one column into blocks. Order of calls: append per text, then finish once; or, for a
// caller that holds the open block itself, `reference` per text and `append(block:)` per block.
// A text of a record that turned out bad stays in its block, unreferenced.
// Cost: a copy of the text, and the compression of its share of a block.

import SpanModel

/// Builds the blocks of one text column.
package struct TextBlockBuilder: ~Copyable {
    private static let bytesMin = 1_024
    /// What a text probably takes, as long as nothing else is known of it.
    private static let expectedBytes = 128

    private var blocks: [TextBlock] = []
    /// The number of the open block, whose bytes all together are not more than a text and a block have.
    private var blockNumber: UInt32 = 0
    /// The open block in plain memory: an array checks at each append whether it is shared.
    private var open: UnsafeMutableRawBufferPointer
    /// Bytes of the open block.
    private var count = 0
    private let codec: BlockCodec
    /// Bytes that the first block has room for at first.
    private let bytesMin: Int

    /// Blocks are compressed with `codec`, tiny ones stored; `expectedTexts` saves the first one from
    /// growing.
    package init(codec: BlockCodec = .zstd, expectedTexts: Int = 0) {
        self.codec = codec
        bytesMin = max(
            Self.bytesMin, min(expectedTexts, Limits.recordRowsMax) * Self.expectedBytes)
        open = UnsafeMutableRawBufferPointer(start: nil, count: 0)
    }

    deinit { open.deallocate() }

    /// Adds a text; the open block is closed and compressed first when the text would make it
    /// grow past the limit. An empty text lies nowhere: (0, 0, 0).
    @inline(__always)
    package mutating func append(_ text: UnsafeRawBufferPointer) -> TextReference {
        guard let source = text.baseAddress, text.count > 0 else { return .empty }
        if text.count > open.count &- count { makeRoom(text.count) }
        let reference = TextReference(
            block: blockNumber, offset: UInt32(truncatingIfNeeded: count),
            length: UInt32(text.count))
        open.baseAddress?.advanced(by: count).copyMemory(from: source, byteCount: text.count)
        count &+= text.count
        return reference
    }

    /// A text of the next block that `append(block:)` gets; not for a builder with texts of its own.
    @inline(__always)
    func reference(to range: Range<Int>) -> TextReference {
        TextReference(
            block: blockNumber, offset: UInt32(truncatingIfNeeded: range.lowerBound),
            length: UInt32(truncatingIfNeeded: range.count))
    }

    /// Adds a whole block.
    mutating func append(block: UnsafeRawBufferPointer) {
        precondition(count == 0)
        let isTiny = block.count <= Limits.textBlockStoredBytesMax
        blocks.append(BlockCompressor.compress(block, codec: isTiny ? .stored : codec))
        blockNumber += 1
    }

    /// Closes the open block and returns all blocks.
    package mutating func finish() -> MemoryTextBlocks {
        close()
        defer {
            blocks = []
            blockNumber = 0
        }
        return MemoryTextBlocks(blocks)
    }

    /// Makes room for a text behind those of the open block, or in a new one when both together
    /// are too long for a block.
    @inline(never)
    private mutating func makeRoom(_ added: Int) {
        if count + added > Limits.textBlockBytes { close() }
        if open.count - count >= added { return }
        let doubled = min(max(open.count * 2, bytesMin), Limits.textBlockBytes)
        let larger = UnsafeMutableRawBufferPointer.allocate(
            byteCount: max(doubled, count + added), alignment: 16)
        larger.copyMemory(from: UnsafeRawBufferPointer(rebasing: open[..<count]))
        open.deallocate()
        open = larger
    }

    private mutating func close() {
        guard count > 0 else { return }
        let raw = UnsafeRawBufferPointer(rebasing: open[..<count])
        count = 0
        append(block: raw)
        // A text longer than a block leaves no more behind than others do.
        guard open.count > Limits.textBlockBytes else { return }
        open.deallocate()
        open = UnsafeMutableRawBufferPointer(start: nil, count: 0)
    }
}
