// Packs all texts of one column anew, as small as idle time allows: in order of rows, so that a page
// needs lengths alone and a trace's texts lie together, and with a dictionary of the column. Where
// rows are scattered over too many input blocks, the order stays that of the blocks.
// Cost: DenseCompressor's; output blocks are written as they fill.

import SpanColumns
import SpanFormat
import SpanModel

/// Packs the texts of one column of a rewrite's output.
struct DenseTextPacker {
    private let sources: [any TextBlockSource]
    private let rows: [TextRewriter.Row]
    private let blocks: TextBlockOrder
    private let checkpoint: Checkpoint

    /// How often an input block may be decompressed on average for the order of rows.
    private static let repeatsMax = 8

    /// `rows` are the texts of all rows of the output.
    init(
        sources: [any TextBlockSource], rows: [TextRewriter.Row],
        checkpoint: @escaping Checkpoint
    ) {
        self.sources = sources
        self.rows = rows
        self.checkpoint = checkpoint
        blocks = TextBlockOrder(sources)
    }

    /// Writes the blocks and what belongs to them, and returns where each row's text lies.
    func pack(
        into writer: inout SegmentWriter, column: Int, withTerms: Bool
    ) throws(StoreError) -> [TextReference] {
        let order = inOrder()
        let rawBytes = rows.reduce(0) { $0 + ($1.reference.isNull ? 0 : Int($1.reference.length)) }
        let compressor = DenseCompressor.best(for: try samples(), rawBytes: rawBytes)
        var output = Output(compressor: compressor)
        var terms = TermDictionaryBuilder()
        var references = rows.map {
            $0.reference.isNull ? TextReference.null : TextReference.empty
        }
        var cache = TextBlockCache(sources, blocks)
        for row in order {
            let length = Int(rows[Int(row)].reference.length)
            if output.isFull(for: length) {
                try checkpoint()
                try output.close(&writer, column) { if withTerms { terms.append($0) } }
            }
            references[Int(row)] = output.place(length)
            output.append(try cache.bytes(rows[Int(row)]))
        }
        try output.close(&writer, column) { if withTerms { terms.append($0) } }
        if let dictionary = compressor.dictionary {
            try writer.append(section: Self.section(dictionary, column), kind: .textDictionary)
        }
        if withTerms, output.blockCount > 0 {
            try writer.append(section: terms.encode(column: column), kind: .termDictionary)
        }
        return references
    }

    /// The rows that have bytes, in the order their texts are packed.
    private func inOrder() -> [UInt32] {
        if !blocks.isCheap(rows, repeats: Self.repeatsMax) { return blocks.rows(rows) }
        return rows.indices.lazy.filter { rows[$0].reference.hasBytes }.map { UInt32($0) }
    }

    /// Texts of blocks from all over the column; those of the rows alone, because a dictionary is made
    /// of them.
    private func samples() throws(StoreError) -> [[UInt8]] {
        let inBlocks = blocks.rows(rows)
        var starts: [Int] = []
        for (index, row) in inBlocks.enumerated()
        where index == 0
            || blocks.block(rows[Int(row)]) != blocks.block(rows[Int(inBlocks[index - 1])])
        {
            starts.append(index)
        }
        let wanted = max(1, Limits.textSampleBytesMax / Limits.textBlockBytes)
        let step = max(1, starts.count / wanted)
        var cache = TextBlockCache(sources, blocks)
        var samples: [[UInt8]] = []
        for number in stride(from: 0, to: starts.count, by: step) {
            let end = number + 1 < starts.count ? starts[number + 1] : inBlocks.count
            let texts = inBlocks[starts[number]..<end].map { rows[Int($0)] }
                .sorted { $0.reference.offset < $1.reference.offset }
            var sample: [UInt8] = []
            var last = UInt32.max
            for text in texts where text.reference.offset != last {
                last = text.reference.offset
                sample += try cache.bytes(text)
                if sample.count >= Limits.textBlockBytes { break }
            }
            samples.append(Array(sample.prefix(Limits.textBlockBytes)))
        }
        return samples
    }

    /// The text dictionary section of schemas/segment.md.
    private static func section(_ dictionary: TextDictionary, _ column: Int) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.put(UInt32(column))
        bytes.append(contentsOf: dictionary.bytes)
        return bytes
    }

    /// The block being filled, and those before it.
    private struct Output {
        let compressor: DenseCompressor
        private var open: [UInt8] = []
        private(set) var blockCount: UInt32 = 0

        init(compressor: DenseCompressor) { self.compressor = compressor }

        func isFull(for length: Int) -> Bool {
            !open.isEmpty && open.count + length > Limits.textBlockBytes
        }

        /// Where the next text will lie.
        func place(_ length: Int) -> TextReference {
            TextReference(
                block: blockCount, offset: UInt32(open.count), length: UInt32(length))
        }

        mutating func append(_ text: ArraySlice<UInt8>) { open.append(contentsOf: text) }

        /// Writes the block; `body` sees its bytes.
        mutating func close(
            _ writer: inout SegmentWriter, _ column: Int, _ body: (UnsafeRawBufferPointer) -> Void
        ) throws(StoreError) {
            if open.isEmpty { return }
            try writer.append(textBlock: compressor.compress(open), column: column)
            open.withUnsafeBytes(body)
            open.removeAll(keepingCapacity: true)
            blockCount += 1
        }
    }
}
