// Runs a plan over a source: bounds prune row groups, the morsels of the others are filtered,
// grouped and aggregated on all cores with only the columns the plan names, then groups or rows are
// ordered and paged. Each worker takes a contiguous part in the source's order, so answers repeat
// exactly for equal layouts and thread counts.

import SpanColumns
import SpanModel
import SpanPlatform

/// What one query may use.
package struct QueryBudget: Sendable {
    package var groupsMax = Limits.groupsMax
    /// What it holds, those parts of it included that are run with copies of this.
    package var memory = QueryMemory()
    /// Bytes of the groups of all threads, from which they are made in several passes.
    package var groupBytesMax = Limits.groupBytesMax
    /// Groups told apart by the order of rows that may be looked up from then on.
    package var lookedUpGroupsMax = Limits.lookedUpGroupsMax
    /// Distinct values of a thread from which they are kept as they are.
    package var distinctCodesMax = Limits.distinctCodesMax
    package var secondsMax = Limits.querySecondsMax
    package var resultBytesMax = Limits.resultBytesMax
    /// Whether a result of many rows is read while it is encoded; then its bytes have no bound.
    package var isStreamed = false
    /// Rows and bytes of such a result that are read at a time.
    package var streamedRowsMax = Limits.streamedRowsMax
    package var streamedBytesMax = Limits.streamedBytesMax
    /// Threads that may work on the query; a small one uses fewer.
    package var threads = Processors.count
    /// Rows from which another thread is worth waking.
    package var threadRowsMin = Limits.queryThreadRowsMin
    /// Rows that are decoded and worked on at a time.
    package var morselRows = Limits.morselRows
    /// Rows of a thread from which those beyond a limit are dropped.
    package var keptRowsMin = Limits.queryKeptRowsMin
    /// Rows of an ordered result from which they are ordered window by window.
    package var orderedRowsMax = Limits.orderedRowsMax
    /// Values of a thread from which quantiles of few groups take a second scan.
    package var quantileValuesMax = Limits.quantileValuesMax
    /// Collected values from which those of quantiles are narrowed before they are laid out.
    package var narrowedValuesMin = Limits.narrowedValuesMin

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
        // A table that was made for the query counts as its memory.
        let share = MemoryShare(of: budget.memory)
        defer { withExtendedLifetime(share) {} }
        try share.set((tables as? DerivedTable)?.rows.heldBytes ?? 0)
        let begin = ContinuousClock.now
        let lengths = try LengthPass.find(plan, tables: tables, budget: budget)
        let lookup = Deadline.nanoseconds(since: begin)
        var scan = try Self.scan(plan, tables: lengths?.rest ?? tables, budget: budget)
        scan.statistics.pruneNanoseconds += lookup
        let start = ContinuousClock.now
        let result: ResultTable
        if let aggregates = plan.aggregates {
            result = try GroupExecution.run(plan, aggregates, lengths, &scan, tables, budget)
        } else {
            result = try RowExecution.run(plan, &scan, budget)
        }
        let total = Deadline.nanoseconds(since: start)
        scan.statistics.finishNanoseconds = max(0, total - scan.statistics.scanNanoseconds)
        scan.countReads()
        statistics.add(scan.statistics)
        return result
    }

    /// The same, with the count of all rows that match.
    package static func runCounted(
        _ plan: Plan, tables: any TableProvider, budget: QueryBudget = QueryBudget(),
        statistics: inout QueryStatistics
    ) throws(StoreError) -> ResultTable {
        var found = QueryStatistics()
        var result = try run(plan, tables: tables, budget: budget, statistics: &found)
        result.totalCount = found.rowsMatched
        statistics.add(found)
        return result
    }

    /// The row groups that a plan reads.
    static func scan(
        _ plan: Plan, tables: any TableProvider, budget: QueryBudget
    ) throws(StoreError) -> Scan {
        let begin = ContinuousClock.now
        let types = plan.table.columns.map(\.type)
        let bounds = plan.filter.bounds(in: types)
        let source = try tables.source(plan.table, view: plan.view)
        let groups = try source.rowGroups(within: bounds)
        var scan = Scan(groups: groups, types: types, bounds: bounds, budget: budget)
        scan.statistics.rowsSkipped += source.rowCount - groups.reduce(0) { $0 + $1.rowCount }
        scan.statistics.pruneNanoseconds = Deadline.nanoseconds(since: begin)
        return scan
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
