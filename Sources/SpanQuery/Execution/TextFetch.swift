// Texts of the rows of a result, of all its columns together: a block in which several rows have their
// texts is opened once, and blocks are dealt to all cores, however few columns there are.
// Order of calls: `init`, `add` for each column, `open` once for each of the blocks, on any threads, then
// `vectors`.
// Cost: opening the blocks, 30 to 40 µs each, and a copy of the texts.

import SpanColumns
import SpanModel

/// Texts that are about to be fetched.
struct TextFetch {
    /// A text in a block.
    private struct Piece {
        let column: Int
        /// The place of the row among those that are read.
        let row: Int
        let offset: UInt32
        let length: UInt32
    }

    private struct Block {
        let source: any TextBlockSource
        let number: UInt32
        var pieces: [Piece]
    }

    private struct Key: Hashable {
        let source: TextBlockIdentity
        let number: UInt32
    }

    private let rows: FetchedRows
    private var blocks: [Block] = []
    private var known: [Key: Int] = [:]
    /// By column and place: null, or the length of a text whose place is not known yet.
    private var columns: [[TextReference]] = []
    /// Bytes that the result holds for them.
    private(set) var byteCount = 0

    init(_ rows: FetchedRows) { self.rows = rows }

    /// Blocks to open.
    var blockCount: Int { blocks.count }

    /// Looks up where the texts of a column lie.
    mutating func add(_ operand: Operand, _ fetcher: RowFetcher) throws(StoreError) {
        var references: [TextReference] = []
        for run in rows.runs {
            let (vector, local) = try fetcher.values(operand, of: run)
            guard case .text(let texts) = vector else {
                references += repeatElement(.null, count: run.rows.count)
                continue
            }
            for row in local {
                let reference = texts.references[Int(row)]
                if reference.hasBytes { note(reference, texts.blocks, row: references.count) }
                references.append(reference.isNull ? .null : .empty)
            }
        }
        byteCount += references.count * 8
        columns.append(references)
    }

    private mutating func note(
        _ reference: TextReference, _ source: any TextBlockSource, row: Int
    ) {
        byteCount += Int(reference.length)
        let key = source.identity.map { Key(source: $0, number: reference.block) }
        let block = key.flatMap { known[$0] } ?? blocks.count
        if block == blocks.count {
            blocks.append(Block(source: source, number: reference.block, pieces: []))
            if let key { known[key] = block }
        }
        blocks[block].pieces.append(
            Piece(
                column: columns.count, row: row, offset: reference.offset,
                length: reference.length))
    }

    /// The wanted texts of a block, one behind the other. Throws `corruption` when the block or a
    /// reference is damaged.
    func open(_ index: Int) throws(StoreError) -> TextBlock {
        let block = blocks[index]
        var reader = TextReader(block.source)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(block.pieces.reduce(0) { $0 + Int($1.length) })
        for piece in block.pieces {
            let reference = TextReference(
                block: block.number, offset: piece.offset, length: piece.length)
            if let text = try reader.bytes(reference) { bytes += text }
        }
        return TextBlock(codec: .stored, rawLength: UInt32(bytes.count), bytes: bytes)
    }

    /// The values by column, in the order of the rows' references; `opened` are all blocks.
    consuming func vectors(_ opened: [TextBlock]) -> [ColumnVector] {
        for (index, block) in blocks.enumerated() {
            var offset: UInt32 = 0
            for piece in block.pieces {
                columns[piece.column][piece.row] = TextReference(
                    block: UInt32(index), offset: offset, length: piece.length)
                offset += piece.length
            }
        }
        // An empty text at the end refers to a block of no bytes.
        let blocks = MemoryTextBlocks(
            opened + [TextBlock(codec: .stored, rawLength: 0, bytes: [])])
        return columns.map { references in
            let vector = ColumnVector.text(TextVector(references: references, blocks: blocks))
            return rows.places.map { vector.gathered($0) } ?? vector
        }
    }
}
