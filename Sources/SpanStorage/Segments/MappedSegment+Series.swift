// Series of a segment without a value per row: runs of equal strings, sums of blocks and runs of rows, and
// values of some rows.

import SpanColumns
import SpanFormat
import SpanModel

extension MappedSegment {
    /// The strings of some rows of a row group as runs of equal ones; nil when the page has none.
    func stringRuns(
        _ column: Int, group: Int, rows: Range<Int>
    ) throws(StoreError) -> StringRuns? {
        guard schema.columns[column].type.form == .string,
            let reader = try pageReader(column, group: group)
        else { return nil }
        let dictionary = try dictionary(column)
        return try located(schema.columns[column].name) { () throws(StoreError) in
            try reader.stringRuns(rows, dictionary: dictionary)
        }
    }

    /// The integers of single rows of a row group, 0 for null; nil when the page does not tell alone.
    func integers(
        _ column: Int, group: Int, at rows: [Int]
    ) throws(StoreError) -> [Int64]? {
        guard let reader = try pageReader(column, group: group) else { return nil }
        return try located(schema.columns[column].name) { () throws(StoreError) in
            try reader.integers(at: rows)
        }
    }

    /// The integers of some runs of rows of a row group; nil when the page does not tell alone.
    func integers(
        _ column: Int, group: Int, in runs: [Range<Int>]
    ) throws(StoreError) -> [Int64]? {
        guard let reader = try pageReader(column, group: group) else { return nil }
        return try located(schema.columns[column].name) { () throws(StoreError) in
            try reader.integers(in: runs)
        }
    }

    /// The doubles of some runs of rows of a row group.
    func floats(
        _ column: Int, group: Int, in runs: [Range<Int>]
    ) throws(StoreError) -> [Double]? {
        guard let reader = try pageReader(column, group: group) else { return nil }
        return try located(schema.columns[column].name) { () throws(StoreError) in
            try reader.floats(in: runs)
        }
    }

    /// Sums of a column by blocks of some rows of a row group; nil when none are kept.
    func blockSums(
        _ column: Int, group: Int, rows: Range<Int>
    ) throws(StoreError) -> BlockSums? {
        guard column == schema.summed, let sums = try blockSumSection(), sums.column == column,
            let section = footer.section(.blockSums)
        else { return nil }
        let bytes = try bytes(of: section, region: "block sums")
        return try located("block sums") { () throws(StoreError) in
            try sums.blocks(group: group, rows: rows, section: bytes)
        }
    }

    /// Sums of a column by runs of some rows of a row group of superseded rows; nil when none are kept.
    func runSums(
        _ column: Int, group: Int, rows: Range<Int>
    ) throws(StoreError) -> RunSums? {
        guard column == schema.summed, isHistory(group: group), let sums = try runSumSection(),
            sums.column == column, let section = footer.section(.runSums)
        else { return nil }
        let bytes = try bytes(of: section, region: "run sums")
        return sums.runs(
            group: group - footer.liveGroupCount, rows: rows, section: bytes, owner: self)
    }
}
