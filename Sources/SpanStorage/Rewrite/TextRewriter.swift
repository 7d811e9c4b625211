// Moves the texts of one column into a new segment. A block whose every byte is a text of the output
// is copied verbatim, compressed as it is; texts of other blocks (small batches, late arrivals, those
// shared with another output) are packed into new blocks. So a segment holds the bytes of its own rows
// alone, which is what lets erasing find all of them.
// Order of calls: `add` for every row in output order, then `finish`.
// Cost: a copy per kept block; a decompression and compression per packed one.

import SpanColumns
import SpanFormat
import SpanModel

/// Assigns output blocks to the texts of one column and writes them.
struct TextRewriter {
    /// A text of the input: the source it lies in, and where.
    typealias Row = (source: Int, reference: TextReference)

    private enum OutputBlock {
        case kept(source: Int, block: UInt32)
        case packed(TextBlock)
        case open
    }

    private let sources: [any TextBlockSource]
    private let order: TextBlockOrder
    /// By number in `order`: whether a block is copied, and its number in the output, once it has one.
    private let isKept: [Bool]
    private var keptNumbers: [UInt32?]
    private var readers: [TextReader]
    private var outputs: [OutputBlock] = []
    private var open: [UInt8] = []
    private var openNumber: UInt32?

    /// Decides which blocks are kept. `rows` are all rows of the output.
    init(sources: [any TextBlockSource], rows: [Row]) throws(StoreError) {
        self.sources = sources
        order = TextBlockOrder(sources)
        isKept = try TextBlockUse.wholeBlocks(of: rows, sources: sources, order: order)
        keptNumbers = Array(repeating: nil, count: order.blockCount)
        readers = sources.map { TextReader($0) }
    }

    /// The reference of a row in the output.
    mutating func add(_ row: Row) throws(StoreError) -> TextReference {
        let reference = row.reference
        if reference.isNull || reference.length == 0 {
            return TextReference(block: 0, offset: 0, length: reference.length)
        }
        if isKept[order.block(row)] {
            return TextReference(
                block: keptNumber(row), offset: reference.offset, length: reference.length)
        }
        guard let text = try readers[row.source].bytes(reference) else { return .null }
        if !open.isEmpty, open.count + text.count > Limits.textBlockBytes { close() }
        let number = openNumber ?? reserve(.open)
        openNumber = number
        defer { open.append(contentsOf: text) }
        return TextReference(
            block: number, offset: UInt32(open.count), length: reference.length)
    }

    /// Writes the blocks, in order of their numbers, and then the dictionary of their terms when
    /// one is asked for, which costs a decompression of every block.
    mutating func finish(
        into writer: inout SegmentWriter, column: Int, withTerms: Bool, _ checkpoint: Checkpoint
    ) throws(StoreError) {
        close()
        var terms = TermDictionaryBuilder()
        for output in outputs {
            try checkpoint()
            let block = try self.block(output)
            try writer.append(textBlock: block, column: column)
            guard withTerms else { continue }
            let text = try BlockCompressor.decompress(block)
            text.withUnsafeBytes { terms.append($0) }
        }
        if withTerms, !outputs.isEmpty {
            try writer.append(section: terms.encode(column: column), kind: .termDictionary)
        }
    }

    private func block(_ output: OutputBlock) throws(StoreError) -> TextBlock {
        switch output {
        case .kept(let source, let block): return try sources[source].block(block)
        case .packed(let block): return block
        case .open: preconditionFailure("a text block is still open")
        }
    }

    private mutating func keptNumber(_ row: Row) -> UInt32 {
        let block = order.block(row)
        if let known = keptNumbers[block] { return known }
        let number = reserve(.kept(source: row.source, block: row.reference.block))
        keptNumbers[block] = number
        return number
    }

    private mutating func reserve(_ block: OutputBlock) -> UInt32 {
        outputs.append(block)
        return UInt32(outputs.count - 1)
    }

    private mutating func close() {
        guard let number = openNumber else { return }
        outputs[Int(number)] = .packed(BlockCompressor.compress(open, codec: .zstd))
        open.removeAll(keepingCapacity: true)
        openNumber = nil
    }
}
