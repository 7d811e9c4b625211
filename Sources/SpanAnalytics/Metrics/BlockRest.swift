// Which blocks of rows can be taken as a whole, and the rows of those that cannot. What is known of a
// block's steps are its first one and that of the next block, so that the last block of a series is read
// row by row. A block that spans as many steps as it has rows has every step: none of them is read.

import SpanColumns
import SpanModel
import SpanQuery

/// Collects the rows that are left of a morsel when whole blocks are taken. Blocks are appended in order
/// of rows.
struct BlockRest {
    private let blocks: BlockSums
    /// Rows of a block.
    let size = Limits.summedRows
    /// Whether a step has one row.
    private let isStrict: Bool
    private(set) var pieces = LinePieces()

    init(_ blocks: BlockSums, isStrict: Bool) {
        self.blocks = blocks
        self.isStrict = isStrict
        pieces.reserveCapacity(blocks.sums.count / 2)
    }

    /// The blocks that hold some rows.
    func blocks(of rows: Range<Int>) -> Range<Int> {
        (rows.lowerBound + blocks.offset) / size..<(rows.upperBound - 1 + blocks.offset) / size + 1
    }

    /// The first row of a block; below 0 when it lies before the morsel.
    func start(of block: Int) -> Int { block &* size &- blocks.offset }

    /// Steps between which all of a block lie, if its sums are known and all its rows are meant.
    func steps(of block: Int, in run: LineRun) -> ClosedRange<Int64>? {
        let start = start(of: block)
        guard start >= run.rows.lowerBound, start &+ size <= run.rows.upperBound,
            blocks.others[block] != BlockSums.unknown, let next = next(block, in: run)
        else { return nil }
        let first = blocks.firstSteps[block]
        return first...max(first, isStrict ? next &- 1 : next)
    }

    /// Adds the rows of a block that are meant.
    mutating func append(_ block: Int, of run: LineRun) {
        let start = start(of: block)
        let rows = (start..<start + size).clamped(to: run.rows)
        var every: Int64?
        let first = blocks.firstSteps[block]
        if isStrict, start >= run.neighbours.lowerBound, let next = next(block, in: run),
            next &- first == Int64(size)
        {
            every = first &- Int64(start)
        }
        pieces.append(rows, of: run.line, every: every)
    }

    /// The first step of the block behind, if that begins in the series.
    private func next(_ block: Int, in run: LineRun) -> Int64? {
        start(of: block &+ 1) < run.neighbours.upperBound
            ? blocks.firstSteps[block &+ 1] : nil
    }
}
