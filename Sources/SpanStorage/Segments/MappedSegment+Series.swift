// Series of a segment without a value per row: runs of equal strings, and integers of single rows.

import SpanColumns
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
}
