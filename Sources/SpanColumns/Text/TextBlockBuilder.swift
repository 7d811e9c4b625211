// Collects texts of one column into blocks. Order of calls: append per text, then finish once.
// `truncate` undoes texts of a record that turned out bad, while its block is still open.

import SpanModel

/// Builds the blocks of one text column.
struct TextBlockBuilder {
    private var blocks: [TextBlock] = []
    private var open: [UInt8] = []

    /// Adds a text; its block is closed and compressed first when it would grow past the limit.
    mutating func append(_ text: UnsafeRawBufferPointer) -> TextReference {
        if !open.isEmpty, open.count + text.count > Limits.textBlockBytes { close() }
        let reference = TextReference(
            block: UInt32(blocks.count), offset: UInt32(open.count), length: UInt32(text.count))
        open.append(contentsOf: text)
        return reference
    }

    /// Closes the open block and returns all blocks.
    mutating func finish() -> MemoryTextBlocks {
        close()
        defer { blocks = [] }
        return MemoryTextBlocks(blocks)
    }

    private mutating func close() {
        guard !open.isEmpty else { return }
        let codec: BlockCodec = open.count <= Limits.textBlockStoredBytesMax ? .stored : .zstd
        blocks.append(BlockCompressor.compress(open, codec: codec))
        open.removeAll(keepingCapacity: true)
    }
}
