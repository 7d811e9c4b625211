// The tables that SQL may name: those of the store in both views, and derived ones, which a layer
// above adds with the question that makes their rows.

import SpanColumns
import SpanModel

/// A table of SQL.
package struct SQLTable: Sendable {
    /// Makes the rows of a derived table: the columns named, at least.
    package typealias Rows =
        @Sendable (
            _ columns: Set<String>, _ tables: any TableProvider, _ statistics: inout QueryStatistics
        ) throws(StoreError) -> ResultTable

    package let name: String
    package let schema: TableSchema
    package let view: View
    let rows: Rows?

    private init(name: String, schema: TableSchema, view: View, rows: Rows?) {
        self.name = name
        self.schema = schema
        self.view = view
        self.rows = rows
    }

    /// A table whose rows a question makes.
    package static func derived(
        _ name: String, columns: [ColumnSchema], rows: @escaping Rows
    ) -> SQLTable {
        SQLTable(
            name: name, schema: .derived(name: name, columns: columns), view: .dedup, rows: rows)
    }

    /// The tables of the store; `<name>_raw` is every acknowledged write.
    package static let stored: [SQLTable] = Tables.all.flatMap { schema in
        [
            SQLTable(name: schema.name, schema: schema, view: .dedup, rows: nil),
            SQLTable(name: schema.name + "_raw", schema: schema, view: .raw, rows: nil),
        ]
    }
}
