// The sums that a segment keeps of a column: by blocks of all rows, and by runs of the superseded ones.
// Order of calls: `add` for each row group in order, `sections`.

import SpanColumns
import SpanFormat

/// Collects the sums of a column that is being written.
struct ColumnSums {
    /// Those of the segment, live ones first.
    private let rows: [RewriteRow]
    private let liveCount: Int
    private let runSummer: RunSummer
    /// By row group.
    private var blocks: [BlockSums] = []
    /// By row group of the history region.
    private var runs: [[RunSum]] = []

    init(_ rows: [RewriteRow], liveCount: Int) {
        self.rows = rows
        self.liveCount = liveCount
        runSummer = RunSummer(rows, liveCount: liveCount)
    }

    /// Adds the values of the row group of some rows; `series` are those where series start, counted from
    /// its first.
    mutating func add(_ vector: ColumnVector, _ slice: Range<Int>, series: [Int]) {
        guard case .float(let values) = vector else { return }
        blocks.append(
            BlockSummer.blocks(values, steps: rows[slice].map(\.key1), series: series))
        if slice.lowerBound >= liveCount { runs.append(runSummer.runs(values, slice)) }
    }

    /// The sections of a segment of so many row groups. A row group without any value has no sums, and
    /// then no row group has.
    func sections(_ column: Int, groupCount: Int) -> [(kind: SectionKind, bytes: [UInt8])] {
        guard !blocks.isEmpty, blocks.count == groupCount else { return [] }
        let sums = BlockSumSection.encode(column: column, groups: blocks)
        if runs.isEmpty { return [(.blockSums, sums)] }
        return [
            (.blockSums, sums), (.runSums, RunSumSection.encode(column: column, groups: runs)),
        ]
    }
}
