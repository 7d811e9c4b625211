// Runs a plan over a source: bounds prune row groups, each remaining group is filtered, grouped and
// aggregated with only the columns the plan names, then groups or rows are ordered and paged.
// Row groups are worked in the source's order, so float sums repeat exactly for equal layouts.

import SpanColumns
import SpanModel

/// What one query may use.
package struct QueryBudget: Sendable {
    package var groupsMax = Limits.groupsMax
    package var secondsMax = Limits.querySecondsMax
    package var resultBytesMax = Limits.resultBytesMax

    package init() {}
}

/// Answers plans.
package enum Executor {
    /// The answer to `plan`. Throws `limitExceeded` beyond groups or result bytes, `overloaded`
    /// beyond the time, `unknown` for an order column that the plan does not make.
    package static func run(
        _ plan: Plan, tables: any TableProvider, budget: QueryBudget = QueryBudget(),
        statistics: inout QueryStatistics
    ) throws(StoreError) -> ResultTable {
        let source = try tables.source(plan.table, view: plan.view)
        let types = plan.table.columns.map(\.type)
        let bounds = plan.filter.bounds(in: types)
        let groups = try source.rowGroups(within: bounds)
        var scan = Scan(
            groups: groups, types: types, bounds: bounds, deadline: Deadline(budget.secondsMax))
        let start = ContinuousClock.now
        let result: ResultTable
        if let aggregates = plan.aggregates {
            result = try GroupExecution.run(plan, aggregates, &scan, budget)
        } else {
            result = try RowExecution.run(plan, &scan, budget)
        }
        let total = Deadline.nanoseconds(since: start)
        scan.statistics.finishNanoseconds = max(0, total - scan.statistics.scanNanoseconds)
        statistics.add(scan.statistics)
        return result
    }
}

/// The moment after which a query gives up.
struct Deadline {
    private let end: ContinuousClock.Instant
    private let seconds: Int

    init(_ seconds: Int) {
        self.seconds = seconds
        end = ContinuousClock.now.advanced(by: .seconds(seconds))
    }

    func check() throws(StoreError) {
        guard ContinuousClock.now < end else {
            throw .overloaded(limit: "query time of \(seconds) s", retryAfterSeconds: 1)
        }
    }

    static func nanoseconds(since start: ContinuousClock.Instant) -> Int64 {
        let (seconds, attoseconds) = (ContinuousClock.now - start).components
        return seconds &* 1_000_000_000 &+ attoseconds / 1_000_000_000
    }
}

/// Walks over the row groups of a query.
struct Scan {
    let groups: [any RowGroup]
    let types: [ColumnType]
    let bounds: [ColumnBound]
    let deadline: Deadline
    var statistics = QueryStatistics()

    init(
        groups: [any RowGroup], types: [ColumnType], bounds: [ColumnBound], deadline: Deadline
    ) {
        self.groups = groups
        self.types = types
        self.bounds = bounds
        self.deadline = deadline
        statistics.rowGroupsConsidered = groups.count
    }

    var fetcher: RowFetcher { RowFetcher(groups: groups, types: types) }

    /// An evaluator and the rows of group `index` that pass the filter; nil when none does.
    mutating func rows(
        of index: Int, _ filter: PredicateFilter
    ) throws(StoreError) -> (RowEvaluator, [UInt32])? {
        try deadline.check()
        let group = groups[index]
        guard bounds.allSatisfy({ mayHold($0, group) }) else {
            statistics.rowGroupsPruned += 1
            return nil
        }
        let evaluator = RowEvaluator(group: group, index: index, types: types)
        let all = try group.selection() ?? Array(0..<UInt32(group.rowCount))
        statistics.rowsScanned += all.count
        let rows = try filter.select(all, in: evaluator)
        statistics.rowsMatched += rows.count
        return rows.isEmpty ? nil : (evaluator, rows)
    }

    private func mayHold(_ bound: ColumnBound, _ group: any RowGroup) -> Bool {
        guard case .integerRange(let column, let range) = bound, let zone = group.zone(column)
        else { return true }
        if zone.nullCount == group.rowCount { return false }
        return zone.integers.map { $0.overlaps(range) } ?? true
    }
}
