// A table through a rollup whose entries are added up: the entries that storage keeps, and those
// that a plan makes of the rows which they do not stand for.

import SpanColumns
import SpanModel
import SpanQuery

/// All entries of a rollup within some bounds; plans add them up.
struct RollupEntries: TableProvider, ColumnSource {
    let schema: TableSchema
    private let groups: [any RowGroup]
    var rowCount: Int { groups.reduce(0) { $0 + $1.rowCount } }

    /// Nil when the table keeps no such rollup in this view. `plan` makes the columns of the rollup
    /// from rows.
    init?(
        _ rollup: RollupSchema, plan: Plan, _ inquiry: inout Inquiry
    ) throws(StoreError) {
        guard let rolled = try inquiry.rolledUp(rollup, within: plan) else { return nil }
        schema = rollup.table
        let rest = try inquiry.run(plan, over: OneSource(source: rolled.rest))
        inquiry.statistics.notes.append(
            "rollup \(rollup.name): \(rolled.entryCount) entries read, \(rest.rowCount) made of rows"
        )
        groups =
            rolled.entries
            + (try DerivedTable(schema: schema, rows: rest).rowGroups(within: []))
    }

    /// The entries alone.
    init(_ rollup: RollupSchema, _ rolled: RolledUp, _ inquiry: inout Inquiry) {
        schema = rollup.table
        groups = rolled.entries
        inquiry.statistics.notes.append(
            "rollup \(rollup.name): \(rolled.entryCount) entries read")
    }

    func source(_ table: TableSchema, view: View) -> any ColumnSource { self }

    func rowGroups(within bounds: [ColumnBound]) -> [any RowGroup] { groups }
}

extension Inquiry {
    /// The rows that may be a plan's through a rollup; nil when the table keeps no such rollup in the
    /// plan's view.
    func rolledUp(_ rollup: RollupSchema, within plan: Plan) throws(StoreError) -> RolledUp? {
        try tables.source(plan.table, view: plan.view).rolledUp(
            rollup, within: plan.filter.bounds(in: plan.table.columns.map(\.type)))
    }
}
