// Which text blocks of a rewrite's input belong to its output wholly: every byte is part of a text of
// some row. Only those may be copied; a byte of any other row would outlive it.
// Texts of a block are disjoint or the same. Where each is used once they tile the block, and the sum
// of mix(end) − mix(start) over them is mix(length) − mix(0), which costs no memory per text. Blocks
// whose texts have several rows (patched states share the text of the write below) are looked at text
// by text. Cost: a few nanoseconds a row.

import SpanColumns
import SpanModel

/// The use of one block by the rows of an output.
struct TextBlockUse {
    private var byteCount = 0
    private var seam: UInt64 = 0

    private mutating func add(_ reference: TextReference) {
        byteCount += Int(reference.length)
        let end = UInt64(reference.offset) + UInt64(reference.length)
        seam &+= Self.mix(end) &- Self.mix(UInt64(reference.offset))
    }

    /// Whether the texts are the block, each used once.
    private func tiles(_ rawLength: UInt32) -> Bool {
        byteCount == Int(rawLength) && seam == Self.mix(UInt64(rawLength)) &- Self.mix(0)
    }

    private static func mix(_ offset: UInt64) -> UInt64 { Hash64.combine(offset, offset) }

    /// By number of the block in `order`, whether it can be copied: worth it, used in every byte,
    /// compressed, and readable without another segment's dictionary. Throws `corruption`.
    static func wholeBlocks(
        of rows: [TextRewriter.Row], sources: [any TextBlockSource], order: TextBlockOrder
    ) throws(StoreError) -> [Bool] {
        var uses = [TextBlockUse](repeating: TextBlockUse(), count: order.blockCount)
        for row in rows where row.reference.hasBytes {
            uses[order.block(row)].add(row.reference)
        }
        var isWhole = [Bool](repeating: false, count: order.blockCount)
        var shared: [Int: UInt32] = [:]
        for (source, blocks) in sources.enumerated() {
            for block in 0..<UInt32(blocks.count) {
                let number = order.block(source, block)
                let use = uses[number]
                if use.byteCount < Limits.textBlockKeptBytesMin { continue }
                let stored = try blocks.block(block)
                // One that lies there as it is may have been assembled from key columns.
                guard stored.codec != .zstdWithDictionary, stored.codec != .stored else { continue }
                isWhole[number] = use.tiles(stored.rawLength)
                if !isWhole[number], use.byteCount >= Int(stored.rawLength) {
                    shared[number] = stored.rawLength
                }
            }
        }
        if !shared.isEmpty {
            for number in covered(shared, by: rows, order) { isWhole[number] = true }
        }
        return isWhole
    }

    /// Those of some blocks that the texts of the rows cover, whoever shares them.
    private static func covered(
        _ blocks: [Int: UInt32], by rows: [TextRewriter.Row], _ order: TextBlockOrder
    ) -> [Int] {
        var texts: [Int: [Range<UInt64>]] = [:]
        for row in rows where row.reference.hasBytes {
            let number = order.block(row)
            guard blocks[number] != nil else { continue }
            let start = UInt64(row.reference.offset)
            texts[number, default: []].append(start..<start + UInt64(row.reference.length))
        }
        return texts.compactMap { number, ranges in
            var end: UInt64 = 0
            for range in ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) {
                if range.lowerBound > end { return nil }
                end = max(end, range.upperBound)
            }
            return end == blocks[number].map(UInt64.init) ? number : nil
        }
    }
}
