// Computes the rollups of new segments with the plans of the questions that read them, so that an
// entry is what the question would have answered from the rows.

import SpanColumns
import SpanModel
import SpanQuery

/// The maker of all rollups.
package struct StoreRollups: RollupMaker {
    package init() {}

    package func entries(
        of rollup: RollupSchema, over source: any ColumnSource
    ) throws(StoreError) -> ResultTable {
        switch rollup.number {
        case Rollups.sessions.number:
            var statistics = QueryStatistics()
            return try SessionPlan.sessions(
                view: .dedup, tables: OneSource(source: source), budget: budget,
                statistics: &statistics)
        case Rollups.costs.number:
            return try run(CostPlan.entries(filter: .always), over: source)
        case Rollups.metrics.number:
            return try run(MetricRollup.entries(filter: .always), over: source)
        default: preconditionFailure("rollup \(rollup.name) is not known")
        }
    }

    package func added(
        _ rollup: RollupSchema, _ parts: [ResultTable]
    ) throws(StoreError) -> ResultTable {
        let entries = DerivedTable(
            schema: rollup.table, rows: try ResultTable.concatenated(parts))
        switch rollup.number {
        case Rollups.costs.number: return try run(CostPlan.addedEntries, over: entries)
        case Rollups.metrics.number: return try run(MetricRollup.addedEntries, over: entries)
        default: preconditionFailure("entries of rollup \(rollup.name) are not added up")
        }
    }

    private func run(
        _ plan: Plan, over source: any ColumnSource
    ) throws(StoreError) -> ResultTable {
        var statistics = QueryStatistics()
        return try Executor.run(
            plan, tables: OneSource(source: source), budget: budget, statistics: &statistics)
    }

    /// A seal or a compaction runs beside the store's work: on one thread, and as long as it takes.
    /// Row groups are decoded whole, and a segment has no more groups than rows.
    private var budget: QueryBudget {
        var budget = QueryBudget()
        budget.threads = 1
        budget.morselRows = Limits.pageRowsMax
        (budget.groupsMax, budget.groupBytesMax, budget.lookedUpGroupsMax) = (.max, .max, .max)
        budget.memory = QueryMemory(bytesMax: .max)
        budget.secondsMax = Int(Int32.max)
        return budget
    }
}

/// A provider of one source, for plans over a part of a table.
struct OneSource: TableProvider {
    let source: any ColumnSource

    func source(_ table: TableSchema, view: View) -> any ColumnSource { source }
}
