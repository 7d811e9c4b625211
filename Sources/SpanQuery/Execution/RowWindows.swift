// The rows of a plan in order, where they are too many to lie in memory together: window by window of their order.
// The first pass over them finds places that part them evenly (`OrderSample`), then each window is a pass that
// takes the rows between two places.
// Order of calls: `next` until it is nil; windows before the page are passed over.
// Cost: two scans, and one for each window of `Limits.orderedRowsMax` / 2 rows; row groups that lie apart from a
// window are not read where their zone maps say so.

import SpanColumns
import SpanModel

/// Windows of ordered rows.
struct RowWindows {
    private let plan: Plan
    private let terms: [OrderTerm]
    private let scan: Scan
    private let budget: QueryBudget
    private let bounds: [OrderBound]
    /// Of the first pass.
    let statistics: QueryStatistics
    let page: Page
    /// The next window, and the rows of those before it.
    private var window = 0
    private var passed = 0

    init(
        _ plan: Plan, _ terms: [OrderTerm], _ scan: Scan, _ budget: QueryBudget
    ) throws(StoreError) {
        self.plan = plan
        self.terms = terms
        self.scan = scan
        self.budget = budget
        var parts = try Parallel.map(scan.parts.count) { index throws(StoreError) in
            var part = OrderSample(terms, scan)
            try part.scan(
                scan.parts[index], of: scan, try PredicateFilter(plan.filter, types: scan.types))
            return part
        }
        var sample = parts.removeFirst()
        for part in parts { try sample.append(part) }
        statistics = sample.statistics
        let rowCount = sample.statistics.rowsMatched
        let windowRows = max(1, budget.orderedRowsMax / 2)
        bounds = sample.bounds(windows: (rowCount + windowRows - 1) / windowRows)
        page = Page(count: rowCount, offset: plan.offset, limit: plan.limit)
    }

    /// Whether rows of the page are left.
    var hasNext: Bool { passed < page.range.upperBound }

    /// The next rows of the page; nil: all were taken. Throws `overloaded` after the deadline.
    mutating func next(until deadline: Deadline) throws(StoreError) -> OrderedRows? {
        while hasNext {
            var found = try candidates(until: deadline)
            let rows = passed..<passed + found.statistics.rowsMatched
            (window, passed) = (window + 1, rows.upperBound)
            let wanted = rows.clamped(to: page.range)
            if wanted.isEmpty { continue }
            return try found.ordered(
                wanted.lowerBound - rows.lowerBound..<wanted.upperBound - rows.lowerBound,
                scan.fetcher)
        }
        return nil
    }

    /// The rows of the next window.
    private func candidates(until deadline: Deadline) throws(StoreError) -> RowCandidates {
        let range = OrderWindow(
            lower: window > 0 ? bounds[window - 1] : nil,
            upper: window < bounds.count ? bounds[window] : nil)
        var part = Scan(
            groups: scan.groups, types: scan.types, bounds: range.columnBound.map { [$0] } ?? [],
            budget: budget)
        (part.log, part.deadline) = (scan.log, deadline)
        return try RowCandidates.found(plan, terms, part, budget, window: range)
    }
}

extension RowWindows {
    /// All rows of the page, for a result that is not streamed. Throws `limitExceeded` where numbers of so many
    /// rows are more than a result holds.
    func rows() throws(StoreError) -> OrderedRows {
        let byteCount = page.range.count * plan.outputs.count * MemoryLayout<Int64>.size
        guard byteCount <= budget.resultBytesMax else {
            throw .limitExceeded(
                limit: "result bytes", value: byteCount, maximum: budget.resultBytesMax)
        }
        var windows = self
        var references: [RowReference] = []
        while let rows = try windows.next(until: scan.deadline) { references += rows.references }
        return OrderedRows(references: references, values: [:])
    }
}
