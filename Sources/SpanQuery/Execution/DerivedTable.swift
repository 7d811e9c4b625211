// The result of a question as a table that plans read, such as `sessions`. Arrival is the order of
// its rows.

import SpanColumns
import SpanModel

/// One table of finished rows.
package struct DerivedTable: TableProvider, ColumnSource {
    package let schema: TableSchema
    package let rows: ResultTable
    /// By column of the schema: the column of `rows`; nil: not computed, or a system column.
    private let columns: [Int?]

    /// Columns that `rows` lacks are null.
    package init(schema: TableSchema, rows: ResultTable) {
        self.schema = schema
        self.rows = rows
        columns = schema.columns.map { column in
            rows.columns.firstIndex { $0.name == column.name }
        }
    }

    package var rowCount: Int { rows.rowCount }

    package func source(
        _ table: TableSchema, view: View
    ) throws(StoreError) -> any ColumnSource { self }

    package func rowGroups(within bounds: [ColumnBound]) throws(StoreError) -> [any RowGroup] {
        stride(from: 0, to: rows.rowCount, by: Limits.pageRowsMax).map { start in
            Piece(table: self, range: start..<min(start + Limits.pageRowsMax, rows.rowCount))
        }
    }

    private struct Piece: RowGroup {
        let table: DerivedTable
        let range: Range<Int>

        var rowCount: Int { range.count }
        func selection() throws(StoreError) -> [UInt32]? { nil }
        func zone(_ column: Int) -> ZoneMap? { nil }

        func vector(_ column: Int, rows: Range<Int>) throws(StoreError) -> ColumnVector {
            let places = range.lowerBound + rows.lowerBound..<range.lowerBound + rows.upperBound
            if column == SystemColumn.sequence {
                return .integer(IntegerVector(values: places.map { Int64($0) }))
            }
            guard let number = table.columns[column] else { return .null(count: rows.count) }
            return table.rows.columns[number].values.slice(places)
        }
    }
}
