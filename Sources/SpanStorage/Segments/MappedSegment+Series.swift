// Series of a segment without a value per row: runs of equal strings, and values of some rows.

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
}
