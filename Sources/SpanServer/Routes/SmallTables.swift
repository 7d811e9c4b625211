// Tables for a question that is answered on the event loop, where only a small one may be: they give it up
// before it has read anything when it needs more rows than that, and it is asked again elsewhere.
// Cost of giving up: looking up which rows may be meant, some microseconds.

import SpanColumns
import SpanModel

/// Tables of which a question gets few rows at a time.
struct SmallTables: TableProvider {
    let tables: any TableProvider

    func source(_ table: TableSchema, view: View) throws(StoreError) -> any ColumnSource {
        SmallSource(source: try tables.source(table, view: view))
    }
}

/// A table, or a part of it, that refuses to give many rows.
private struct SmallSource: ColumnSource {
    let source: any ColumnSource

    var schema: TableSchema { source.schema }
    var rowCount: Int { source.rowCount }

    func rowGroups(within bounds: [ColumnBound]) throws(StoreError) -> [any RowGroup] {
        let groups = try source.rowGroups(within: bounds)
        try check(groups.reduce(0) { $0 + $1.rowCount })
        return groups
    }

    func rolledUp(
        _ rollup: RollupSchema, within bounds: [ColumnBound]
    ) throws(StoreError) -> RolledUp? {
        guard let rolled = try source.rolledUp(rollup, within: bounds) else { return nil }
        try check(rolled.entryCount)
        return try RolledUp(entries: rolled.entries, rest: SmallSource(source: rolled.rest))
    }

    /// Entries that stand alone are compared with those of all segments first, which is no small thing.
    func rolledGroups(_ rollup: RollupSchema) throws(StoreError) -> RolledGroups? {
        throw Self.tooMany
    }

    func rolledLengths(
        _ rollup: LengthRollup, within bounds: [ColumnBound]
    ) throws(StoreError) -> RolledLengths? {
        throw Self.tooMany
    }

    private func check(_ rowCount: Int) throws(StoreError) {
        let hasTexts = schema.columns.contains { $0.type.form == .text }
        guard rowCount <= (hasTexts ? Limits.loopTextRowsMax : Limits.loopRowsMax) else {
            throw Self.tooMany
        }
    }

    private static let tooMany = StoreError.overloaded(
        limit: "rows on the event loop", retryAfterSeconds: 0)
}
