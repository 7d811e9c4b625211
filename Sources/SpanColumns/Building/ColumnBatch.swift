// Rows of one table as columns: what a decoder hands to the store, what a WAL record holds, and
// what a memtable chunk is made of. Immutable.

import SpanModel

/// One vector per schema column, all of `rowCount` rows.
package struct ColumnBatch: Sendable {
    package let schema: TableSchema
    package let rowCount: Int
    /// By column number.
    package let columns: [ColumnVector]

    package init(schema: TableSchema, rowCount: Int, columns: [ColumnVector]) {
        precondition(columns.count == schema.columns.count)
        precondition(columns.allSatisfy { $0.count == rowCount })
        self.schema = schema
        self.rowCount = rowCount
        self.columns = columns
    }
}
