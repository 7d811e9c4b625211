// The tables that SQL may name: those of the store in both views, and derived ones, which a layer
// above adds with the question that makes their rows.

import SpanColumns
import SpanModel

/// A table of SQL.
package struct SQLTable: Sendable {
    /// Finds the rows of a derived table: the columns named, at least.
    package typealias Rows =
        @Sendable (
            _ columns: Set<String>, _ tables: any TableProvider, _ statistics: inout QueryStatistics
        ) throws(StoreError) -> any TableProvider

    package let name: String
    package let schema: TableSchema
    package let view: View
    let rows: Rows?
    /// What orders rows that a query leaves in no order; none: their arrival.
    let order: [Operand]

    private init(
        name: String, schema: TableSchema, view: View, rows: Rows?, order: [Operand] = []
    ) {
        self.name = name
        self.schema = schema
        self.view = view
        self.rows = rows
        self.order = order
    }

    /// A table whose rows a question finds, in order of the columns named.
    package static func derived(
        _ name: String, columns: [ColumnSchema], order: [String], rows: @escaping Rows
    ) -> SQLTable {
        let schema = TableSchema.derived(name: name, columns: columns)
        return SQLTable(
            name: name, schema: schema, view: .dedup, rows: rows,
            order: order.compactMap { schema.column(named: $0).map { .column($0) } })
    }

    /// The tables of the store; `<name>_raw` is every acknowledged write.
    package static let stored: [SQLTable] = Tables.all.flatMap { schema in
        [
            SQLTable(name: schema.name, schema: schema, view: .dedup, rows: nil),
            SQLTable(name: schema.name + "_raw", schema: schema, view: .raw, rows: nil),
        ]
    }
}
