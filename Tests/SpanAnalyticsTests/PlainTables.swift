// A store's tables as rows alone, for tests that compare what segments keep per group with them.

import SpanColumns
import SpanModel

/// The tables of a store without what segments keep per group.
struct PlainTables: TableProvider {
    let base: any TableProvider

    func source(_ table: TableSchema, view: View) throws(StoreError) -> any ColumnSource {
        PlainSource(base: try base.source(table, view: view))
    }
}

struct PlainSource: ColumnSource {
    let base: any ColumnSource

    var schema: TableSchema { base.schema }
    var rowCount: Int { base.rowCount }

    func rowGroups(within bounds: [ColumnBound]) throws(StoreError) -> [any RowGroup] {
        try base.rowGroups(within: bounds)
    }
}
