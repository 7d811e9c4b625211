// Packs the objects of a JSON column without what its key columns hold, in order of rows.
// Cost: a decompression of each input block, a walk over each object.

import SpanColumns
import SpanFormat
import SpanModel

/// Packs the residual blocks of one column of a rewrite's output.
struct ResidualPacker {
    private let sources: [any TextBlockSource]
    private let rows: [TextRewriter.Row]
    private let keys: [ShreddedKey]
    private let level: Int32
    private let checkpoint: Checkpoint
    private let order: TextBlockOrder

    /// How often an input block may be decompressed on average: rows are sorted by project, so a block
    /// of the log's order is come to once for each. Objects are small beside texts.
    private static let repeatsMax = 32

    /// `rows` are the objects of all rows of the output, `keys` the key columns in the order in which
    /// the segment has them, `level` that of zstd. Nil when there is nothing to leave out, or rows
    /// are scattered over too many input blocks to be read in order.
    init?(
        sources: [any TextBlockSource], rows: [TextRewriter.Row], keys: [ShreddedKey],
        level: Int32, checkpoint: @escaping Checkpoint
    ) {
        order = TextBlockOrder(sources)
        if keys.isEmpty || !order.isCheap(rows, repeats: Self.repeatsMax) { return nil }
        self.sources = sources
        self.rows = rows
        self.keys = keys
        self.level = level
        self.checkpoint = checkpoint
    }

    /// Writes the blocks and returns where each row's text lies.
    func pack(
        into writer: inout SegmentWriter, column: Int
    ) throws(StoreError) -> [TextReference] {
        var references = rows.map {
            $0.reference.isNull ? TextReference.null : TextReference.empty
        }
        var names = KeyNames(keys.map(\.key))
        let present = ShreddedKey.present(keys, rowCount: rows.count)
        var cache = TextBlockCache(sources, order)
        var block = ResidualWriter()
        var (number, rawLength) = (UInt32(0), 0)
        for (row, source) in rows.enumerated() {
            guard source.reference.hasBytes else {
                if rawLength > 0, block.rows.count < Limits.residualRowsMax {
                    block.appendNothing()
                }
                continue
            }
            let length = Int(source.reference.length)
            if rawLength > 0,
                rawLength + length > Limits.textBlockBytes || block.rows.upperBound != row
                    || block.rows.count == Limits.residualRowsMax
            {
                try checkpoint()
                try writer.append(
                    residualBlock: block.finish(level: level), rawLength: rawLength, column: column)
                (number, rawLength) = (number + 1, 0)
            }
            if rawLength == 0 { block.start(at: row) }
            references[row] = TextReference(
                block: number, offset: UInt32(rawLength), length: UInt32(length))
            rawLength += length
            let object = try cache.bytes(source)
            let keysOfRow = present[row]
            names.start()
            object.withUnsafeBytes { object in
                block.append(object) { name in
                    guard let key = names.find(name), keysOfRow & 1 << UInt32(key) != 0 else {
                        return nil
                    }
                    return key
                }
            }
        }
        if rawLength > 0 {
            try writer.append(
                residualBlock: block.finish(level: level), rawLength: rawLength, column: column)
        }
        return references
    }
}
