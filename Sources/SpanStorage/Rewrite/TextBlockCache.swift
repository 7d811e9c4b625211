// Decompressed input blocks of a rewrite that reads texts in order of rows, the least recently used
// one going first. Cost: 16 MiB, and a decompression for each block that was not kept.

import SpanColumns
import SpanModel

/// Texts of several sources, by reference.
struct TextBlockCache {
    private struct Entry {
        let block: Int
        let bytes: [UInt8]
        var lastUse: Int
    }

    private let sources: [any TextBlockSource]
    private let order: TextBlockOrder
    private var entries: [Entry] = []
    /// By block: its place among the entries, -1 when it is not there.
    private var places: [Int32]
    private var uses = 0
    private var last = 0

    init(_ sources: [any TextBlockSource], _ order: TextBlockOrder) {
        self.sources = sources
        self.order = order
        places = Array(repeating: -1, count: order.blockCount)
    }

    /// The bytes of a row's text. Throws `corruption`.
    mutating func bytes(_ row: TextRewriter.Row) throws(StoreError) -> ArraySlice<UInt8> {
        let block = order.block(row)
        if entries.isEmpty || entries[last].block != block { last = try place(block, row) }
        let start = Int(row.reference.offset)
        let end = start + Int(row.reference.length)
        guard end <= entries[last].bytes.count else {
            throw .corruption(
                file: "text", offset: UInt64(row.reference.block), region: "text reference",
                reason: "a text lies outside its block")
        }
        return entries[last].bytes[start..<end]
    }

    private mutating func place(
        _ block: Int, _ row: TextRewriter.Row
    ) throws(StoreError) -> Int {
        uses += 1
        var place = Int(places[block])
        if place < 0 {
            let bytes = try BlockCompressor.decompress(
                try sources[row.source].block(row.reference.block))
            place = free()
            let entry = Entry(block: block, bytes: bytes, lastUse: uses)
            if place == entries.count { entries.append(entry) } else { entries[place] = entry }
            places[block] = Int32(place)
        }
        entries[place].lastUse = uses
        return place
    }

    /// A place for another block.
    private mutating func free() -> Int {
        if entries.count < Limits.textBlocksOpenMax { return entries.count }
        var oldest = 0
        for place in entries.indices where entries[place].lastUse < entries[oldest].lastUse {
            oldest = place
        }
        places[entries[oldest].block] = -1
        return oldest
    }
}
