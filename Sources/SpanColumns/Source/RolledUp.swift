// A source's rollup: entries that stand for rows, and the rows that no entry stands for. A question
// that knows the rollup reads both; any other reads all rows.

import SpanModel

/// The rows of a table with entries in place of those they stand for.
package struct RolledUp: Sendable {
    /// Row groups of `RollupSchema.table`.
    package let entries: [any RowGroup]
    /// The rows that no entry stands for.
    package let rest: any ColumnSource
    /// Entries that count.
    package let entryCount: Int

    package init(entries: [any RowGroup], rest: any ColumnSource) throws(StoreError) {
        self.entries = entries
        self.rest = rest
        entryCount = try entries.selectedCount()
    }
}

extension [any RowGroup] {
    /// Rows that belong to the view. Throws `corruption`.
    func selectedCount() throws(StoreError) -> Int {
        var count = 0
        for group in self { count += try group.selection()?.count ?? group.rowCount }
        return count
    }
}

/// Computes rollups; storage calls it for the rows that it writes.
package protocol RollupMaker: Sendable {
    /// One row per group of the rows of `source`: the columns of the rollup, in any order of rows.
    func entries(
        of rollup: RollupSchema, over source: any ColumnSource
    ) throws(StoreError) -> ResultTable

    /// The entries of rows that several tables of entries stand for, of a rollup whose entries are
    /// added up.
    func added(_ rollup: RollupSchema, _ parts: [ResultTable]) throws(StoreError) -> ResultTable
}
