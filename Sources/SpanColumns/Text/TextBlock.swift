// Text lies in blocks of about 64 KiB, compressed once (zstd, or stored when small) and from then
// on copied verbatim: WAL record → memtable → segment. A row holds (block, offset, length) in the
// decompressed block. A text longer than a block has a block of its own.

import SpanModel

/// Where a row's text lies.
package struct TextReference: Sendable, Equatable, BitwiseCopyable {
    /// The number of the block in its `TextBlockSource`.
    package var block: UInt32
    /// The first byte in the decompressed block.
    package var offset: UInt32
    /// Bytes of text; `nullLength` marks a null.
    package var length: UInt32

    package static let nullLength = UInt32.max
    /// A row without a text.
    package static let null = TextReference(block: 0, offset: 0, length: nullLength)
    /// An empty text: it lies in no block.
    package static let empty = TextReference(block: 0, offset: 0, length: 0)

    package init(block: UInt32, offset: UInt32, length: UInt32) {
        self.block = block
        self.offset = offset
        self.length = length
    }

    package var isNull: Bool { length == Self.nullLength }

    /// Whether the text lies in a block: it is neither null nor empty.
    package var hasBytes: Bool { length &- 1 < Self.nullLength - 1 }
}

/// How a block's bytes are compressed. Raw values are on disk.
package enum BlockCodec: UInt8, Sendable, CaseIterable {
    case stored = 0
    case zstd = 1
    case lz4 = 2
    /// zstd with the dictionary of the block's column.
    case zstdWithDictionary = 3
    /// A residual block of a segment (schemas/segment.md): assembled with its key columns, not
    /// decompressed.
    case residual = 4
}

/// A compressed block of text.
package struct TextBlock: Sendable, Equatable {
    package let codec: BlockCodec
    /// Bytes after decompression.
    package let rawLength: UInt32
    package let bytes: [UInt8]
    /// What the block was compressed with; needed by `zstdWithDictionary` alone.
    package let dictionary: TextDictionary?

    package init(
        codec: BlockCodec, rawLength: UInt32, bytes: [UInt8], dictionary: TextDictionary? = nil
    ) {
        self.codec = codec
        self.rawLength = rawLength
        self.bytes = bytes
        self.dictionary = dictionary
    }
}

/// What tells living block sources apart. Addresses of different kinds of things never mix: an array
/// may lie where arithmetic on an object's address would point.
package enum TextBlockIdentity: Hashable, Sendable {
    /// The address of an array, which copies share.
    case array(UInt)
    /// A column of an object.
    case column(of: ObjectIdentifier, Int)

    /// The identity of an array; nil when it is empty.
    static func of<T>(_ array: [T]) -> TextBlockIdentity? {
        array.withUnsafeBufferPointer { $0.baseAddress.map { .array(UInt(bitPattern: $0)) } }
    }
}

/// Blocks by number: a chunk's in memory, a segment's in its mapping.
package protocol TextBlockSource: Sendable {
    /// Blocks in the source; numbers are 0 ..< count.
    var count: Int { get }
    /// Equal for two living sources that hold the same blocks, such as those of two pages of one
    /// segment; nil when that is not known, which only costs copies.
    var identity: TextBlockIdentity? { get }
    /// The block as it is stored. Throws `corruption` when its checksum fails.
    func block(_ number: UInt32) throws(StoreError) -> TextBlock
}

extension TextBlockSource {
    package var identity: TextBlockIdentity? { nil }
}

/// Blocks held in memory.
package struct MemoryTextBlocks: TextBlockSource {
    package let blocks: [TextBlock]

    package init(_ blocks: [TextBlock]) { self.blocks = blocks }

    package var count: Int { blocks.count }

    package var identity: TextBlockIdentity? { .of(blocks) }

    package func block(_ number: UInt32) throws(StoreError) -> TextBlock {
        guard number < blocks.count else {
            throw .corruption(
                file: "memory", offset: UInt64(number), region: "text block",
                reason: "block number out of range")
        }
        return blocks[Int(number)]
    }
}

/// Reads texts of a vector, decompressing each block once while rows ask for it in a row.
package struct TextReader {
    private let source: any TextBlockSource
    private var openNumber: UInt32?
    private var openBytes: [UInt8] = []

    package init(_ source: any TextBlockSource) { self.source = source }

    /// The UTF-8 bytes of a text; nil when null. Throws `corruption` when a block or reference is
    /// damaged.
    package mutating func bytes(_ reference: TextReference) throws(StoreError) -> ArraySlice<UInt8>?
    {
        if reference.isNull { return nil }
        // An empty text may refer to a block that no other text ever opened.
        if reference.length == 0 { return [] }
        if openNumber != reference.block {
            let block = try source.block(reference.block)
            openBytes = try BlockCompressor.decompress(block)
            openNumber = reference.block
        }
        let end = UInt64(reference.offset) + UInt64(reference.length)
        guard end <= UInt64(openBytes.count) else {
            throw .corruption(
                file: "text", offset: UInt64(reference.block), region: "text reference",
                reason: "text ends at \(end) of a block of \(openBytes.count) bytes")
        }
        return openBytes[Int(reference.offset)..<Int(end)]
    }
}
