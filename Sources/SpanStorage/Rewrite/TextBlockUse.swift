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
    /// A block of one of the sources.
    struct Key: Hashable {
        let source: Int
        let block: UInt32
    }

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

    /// The blocks that can be copied: worth it, used in every byte, compressed, and readable without
    /// another segment's dictionary. Throws `corruption`.
    static func wholeBlocks(
        of rows: [TextRewriter.Row], sources: [any TextBlockSource]
    ) throws(StoreError) -> Set<Key> {
        var uses: [Key: TextBlockUse] = [:]
        for row in rows where row.reference.hasBytes {
            let key = Key(source: row.source, block: row.reference.block)
            uses[key, default: TextBlockUse()].add(row.reference)
        }
        var whole: Set<Key> = []
        var shared: [Key: UInt32] = [:]
        for (key, use) in uses where use.byteCount >= Limits.textBlockKeptBytesMin {
            let block = try sources[key.source].block(key.block)
            // One that lies there as it is may have been assembled from key columns.
            guard block.codec != .zstdWithDictionary, block.codec != .stored else { continue }
            if use.tiles(block.rawLength) {
                whole.insert(key)
            } else if use.byteCount >= Int(block.rawLength) {
                shared[key] = block.rawLength
            }
        }
        return shared.isEmpty ? whole : whole.union(covered(shared, by: rows))
    }

    /// Those of some blocks that the texts of the rows cover, whoever shares them.
    private static func covered(
        _ blocks: [Key: UInt32], by rows: [TextRewriter.Row]
    ) -> [Key] {
        var texts: [Key: [Range<UInt64>]] = [:]
        for row in rows where row.reference.hasBytes {
            let key = Key(source: row.source, block: row.reference.block)
            guard blocks[key] != nil else { continue }
            let start = UInt64(row.reference.offset)
            texts[key, default: []].append(start..<start + UInt64(row.reference.length))
        }
        return texts.compactMap { key, ranges in
            var end: UInt64 = 0
            for range in ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) {
                if range.lowerBound > end { return nil }
                end = max(end, range.upperBound)
            }
            return end == blocks[key].map(UInt64.init) ? key : nil
        }
    }
}
