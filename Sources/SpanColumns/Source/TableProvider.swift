// What a question asks of a store: the tables of one workspace as of one snapshot.

import SpanModel

/// The tables of one workspace; every source it gives out sees the same moment.
package protocol TableProvider: Sendable {
    /// The rows of a table in a view.
    func source(_ table: TableSchema, view: View) throws(StoreError) -> any ColumnSource
}
