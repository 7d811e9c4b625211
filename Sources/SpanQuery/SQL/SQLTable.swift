// The tables that SQL may name: those of the store in both views, and derived ones, which a layer
// above adds with the question that makes their rows.

import SpanColumns
import SpanModel

/// A table of SQL.
package struct SQLTable: Sendable {
    /// Makes a derived table of those of the store.
    package typealias Derivation =
        @Sendable (_ tables: any TableProvider) throws(StoreError) -> any DetailedTable

    package let name: String
    package let schema: TableSchema
    package let view: View
    let derivation: Derivation?
    /// What orders rows that a query leaves in no order; none: their arrival.
    let order: [Operand]

    private init(
        name: String, schema: TableSchema, view: View, derivation: Derivation?,
        order: [Operand] = []
    ) {
        self.name = name
        self.schema = schema
        self.view = view
        self.derivation = derivation
        self.order = order
    }

    /// A table whose rows a question finds, in order of the columns named.
    package static func derived(
        _ schema: TableSchema, order: [String], derivation: @escaping Derivation
    ) -> SQLTable {
        SQLTable(
            name: schema.name, schema: schema, view: .dedup, derivation: derivation,
            order: order.compactMap { schema.column(named: $0).map { .column($0) } })
    }

    /// The tables of the store; `<name>_raw` is every acknowledged write.
    package static let stored: [SQLTable] = Tables.all.flatMap { schema in
        [
            SQLTable(name: schema.name, schema: schema, view: .dedup, derivation: nil),
            SQLTable(name: schema.name + "_raw", schema: schema, view: .raw, derivation: nil),
        ]
    }
}
