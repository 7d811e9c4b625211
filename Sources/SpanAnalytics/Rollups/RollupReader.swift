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
        let rest = FoundGroups(
            schema: plan.table, rowCount: rolled.rest.rowCount,
            groups: try rolled.rest.rowGroups(
                within: plan.filter.bounds(in: plan.table.columns.map(\.type))))
        var groups = rolled.entries
        var made = 0
        // Mostly nothing is left, and then a plan costs more than reading the entries.
        if rest.groups.isEmpty {
            inquiry.statistics.rowsSkipped += rest.rowCount
        } else {
            let rows = try inquiry.run(plan, over: rest)
            groups += try DerivedTable(schema: schema, rows: rows).rowGroups(within: [])
            made = rows.rowCount
        }
        inquiry.statistics.notes.append(
            "rollup \(rollup.name): \(rolled.entryCount) entries read, \(made) made of rows")
        self.groups = groups
    }

    /// The entries alone.
    init(_ rollup: RollupSchema, _ rolled: RolledUp, _ inquiry: inout Inquiry) {
        schema = rollup.table
        groups = rolled.entries
        inquiry.statistics.notes.append(
            "rollup \(rollup.name): \(rolled.entryCount) entries read")
    }

    /// Whether they are one run of the entries of one segment, or none.
    var areOneRun: Bool { groups.count <= 1 }

    func source(_ table: TableSchema, view: View) -> any ColumnSource { self }

    func rowGroups(within bounds: [ColumnBound]) -> [any RowGroup] { groups }
}

/// Row groups that were looked up for one plan.
private struct FoundGroups: TableProvider, ColumnSource {
    let schema: TableSchema
    let rowCount: Int
    let groups: [any RowGroup]

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
