// Rows of a rewrite in order of the text blocks of its input, so that each block is decompressed once
// whatever order the rows are in.

import SpanColumns
import SpanModel

/// The blocks of several sources, numbered through.
struct TextBlockOrder {
    /// The number of the first block of each source.
    private let firsts: [Int]
    let blockCount: Int

    init(_ sources: [any TextBlockSource]) {
        var firsts: [Int] = []
        var blockCount = 0
        for source in sources {
            firsts.append(blockCount)
            blockCount += source.count
        }
        self.firsts = firsts
        self.blockCount = blockCount
    }

    /// The number of a block of a source.
    func block(_ source: Int, _ block: UInt32) -> Int { firsts[source] + Int(block) }

    /// The number of the block of a row that has bytes.
    func block(_ row: TextRewriter.Row) -> Int { block(row.source, row.reference.block) }

    /// Whether a cache of `Limits.textBlocksOpenMax` blocks makes an order of rows cheap: each block
    /// is decompressed at most `repeats` times on average.
    func isCheap(_ order: some Sequence<TextRewriter.Row>, repeats: Int) -> Bool {
        // A block that was used so many blocks ago has been dropped from the cache.
        var lastUse = [Int](repeating: -Limits.textBlocksOpenMax, count: blockCount)
        var (last, uses, misses) = (-1, 0, 0)
        for row in order where row.reference.hasBytes {
            let block = block(row)
            if block == last { continue }
            uses += 1
            if uses - lastUse[block] >= Limits.textBlocksOpenMax { misses += 1 }
            lastUse[block] = uses
            last = block
        }
        return misses <= repeats * blockCount
    }

    /// The rows whose text lies in a block, in order of source and block.
    func rows(_ rows: [TextRewriter.Row]) -> [UInt32] {
        var starts = [Int](repeating: 0, count: blockCount + 1)
        for row in rows where row.reference.hasBytes { starts[block(row) + 1] += 1 }
        for block in 0..<blockCount { starts[block + 1] += starts[block] }
        var order = [UInt32](repeating: 0, count: starts[blockCount])
        for (number, row) in rows.enumerated() where row.reference.hasBytes {
            let block = block(row)
            order[starts[block]] = UInt32(number)
            starts[block] += 1
        }
        return order
    }
}
