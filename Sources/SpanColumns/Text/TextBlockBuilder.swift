// Collects texts of one column into blocks. Order of calls: append per text, then finish once.
// A text of a record that turned out bad stays in its block, unreferenced.

import SpanModel

/// Builds the blocks of one text column.
package struct TextBlockBuilder {
    private var blocks: [TextBlock] = []
    private var open: [UInt8] = []
    private let codec: BlockCodec

    /// Blocks are compressed with `codec`, tiny ones stored.
    package init(codec: BlockCodec = .zstd) { self.codec = codec }

    /// Adds a text; the open block is closed and compressed first when the text would make it
    /// grow past the limit. An empty text lies nowhere: (0, 0, 0).
    package mutating func append(_ text: UnsafeRawBufferPointer) -> TextReference {
        if text.isEmpty { return .empty }
        if !open.isEmpty, open.count + text.count > Limits.textBlockBytes { close() }
        let reference = TextReference(
            block: UInt32(blocks.count), offset: UInt32(open.count), length: UInt32(text.count))
        open.append(contentsOf: text)
        return reference
    }

    /// Closes the open block and returns all blocks.
    package mutating func finish() -> MemoryTextBlocks {
        close()
        defer { blocks = [] }
        return MemoryTextBlocks(blocks)
    }

    private mutating func close() {
        guard !open.isEmpty else { return }
        let codec = open.count <= Limits.textBlockStoredBytesMax ? .stored : codec
        blocks.append(BlockCompressor.compress(open, codec: codec))
        open.removeAll(keepingCapacity: true)
    }
}
