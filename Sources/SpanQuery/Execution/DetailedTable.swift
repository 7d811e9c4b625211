// Tables whose columns are made by queries of their own, such as `traces`. A plan about rows first finds
// out which it wants, with the columns that decide that; the others are made for the rows of its page.
// Cost: where a page is large, or no costly column is left, one query makes the whole table.

import SpanColumns
import SpanModel

/// A table that is made when a plan reads it.
package protocol DetailedTable: Sendable {
    var schema: TableSchema { get }
    /// The columns that tell rows apart.
    var keys: [Int] { get }
    /// The columns that are better made for few rows.
    var costly: Set<Int> { get }
    /// All rows, with these columns at least.
    func rows(
        with columns: Set<Int>, _ statistics: inout QueryStatistics
    ) throws(StoreError) -> any TableProvider
    /// The rows that `page`, a result whose first columns are `keys`, names, with these columns at least.
    func rows(
        of page: ResultTable, with columns: Set<Int>, _ statistics: inout QueryStatistics
    ) throws(StoreError) -> any TableProvider
}

extension Executor {
    /// The answer to a plan over a table that is made for it; `totalCount` is that of all rows that match.
    /// Throws what plans and the making of the table throw.
    package static func run(
        _ plan: Plan, over table: any DetailedTable, budget: QueryBudget = QueryBudget(),
        statistics: inout QueryStatistics
    ) throws(StoreError) -> ResultTable {
        if let aggregates = plan.aggregates {
            let columns = plan.filter.columns
                .union(plan.outputs.flatMap(\.operand.columns))
                .union(aggregates.flatMap(\.columns))
            return try run(
                plan, tables: table.rows(with: columns, &statistics), budget: budget,
                statistics: &statistics)
        }
        let deciding = plan.decidingColumns.union(table.keys)
        let columns = deciding.union(plan.outputs.flatMap(\.operand.columns))
        let isWhole = plan.limit == nil && plan.filter.isTrivial
        if !isWhole, !columns.subtracting(deciding).isDisjoint(with: table.costly) {
            let page = try runCounted(
                plan.finding(table.keys), tables: table.rows(with: deciding, &statistics),
                budget: budget, statistics: &statistics)
            if page.rowCount <= Limits.detailedRowsMax {
                var details = plan
                (details.filter, details.offset, details.limit) = (.always, 0, nil)
                var result = try run(
                    details, tables: table.rows(of: page, with: columns, &statistics),
                    budget: budget, statistics: &statistics)
                result.isTruncated = page.isTruncated
                result.totalCount = page.totalCount
                return result
            }
        }
        return try runCounted(
            plan, tables: table.rows(with: columns, &statistics), budget: budget,
            statistics: &statistics)
    }
}

extension Plan {
    /// The same rows, of which only the keys are wanted and what orders them.
    fileprivate func finding(_ keys: [Int]) -> Plan {
        var plan = self
        plan.outputs =
            keys.map { Output(table.columns[$0].name, .column($0)) }
            + orderedOutputs.filter { output in
                !keys.contains { table.columns[$0].name == output.name }
            }
        return plan
    }
}
