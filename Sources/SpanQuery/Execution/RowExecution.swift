// Plans without aggregates: matching rows are ordered by their sort columns alone; only the rows of
// the page are materialised. Rows that are too many to be ordered together are ordered window by window.

import SpanColumns
import SpanModel

enum RowExecution {
    static func run(
        _ plan: Plan, _ scan: inout Scan, _ budget: QueryBudget
    ) throws(StoreError) -> ResultTable {
        let start = ContinuousClock.now
        let terms = try orderTerms(plan)
        let found = try RowCandidates.found(plan, terms, scan, budget)
        scan.statistics.add(found.statistics)
        let rows =
            found.isFull
            ? try windows(plan, terms, &scan, budget)
            : try Self.rows(consume found, plan, scan)
        scan.statistics.rowsProduced = scan.statistics.rowsMatched
        scan.statistics.scanNanoseconds = Deadline.nanoseconds(since: start)
        return try table(rows, plan, scan, budget)
    }

    /// The rows of a page in order: all of them, or window by window.
    private struct Rows {
        var ordered = OrderedRows.none
        var windows: RowWindows?
        let page: Page
    }

    private static func rows(
        _ found: consuming RowCandidates, _ plan: Plan, _ scan: Scan
    ) throws(StoreError) -> Rows {
        let page = Page(
            count: found.statistics.rowsMatched, offset: plan.offset, limit: plan.limit)
        return Rows(ordered: try found.ordered(page.range, scan.fetcher), page: page)
    }

    /// What was found up to now was in vain.
    private static func windows(
        _ plan: Plan, _ terms: [OrderTerm], _ scan: inout Scan, _ budget: QueryBudget
    ) throws(StoreError) -> Rows {
        let windows = try RowWindows(plan, terms, scan, budget)
        scan.statistics.rowsRescanned = scan.statistics.rowsScanned
        scan.statistics.rowsScanned = windows.statistics.rowsScanned
        scan.statistics.rowsMatched = windows.statistics.rowsMatched
        return Rows(windows: windows, page: windows.page)
    }

    private static func table(
        _ rows: Rows, _ plan: Plan, _ scan: Scan, _ budget: QueryBudget
    ) throws(StoreError) -> ResultTable {
        if budget.isStreamed {
            var table = try StreamedRows(
                rows.ordered, rows.windows, scan, plan.outputs, budget
            ).rows()
            table.isTruncated = rows.page.isTruncated
            return table
        }
        let ordered =
            try rows.windows?.rows() ?? rows.ordered
        var table = ResultTable(
            columns: try ResultFetch(ordered, scan, budget).columns(plan.outputs),
            rowCount: ordered.references.count)
        table.isTruncated = rows.page.isTruncated
        if plan.tellsLastArrival, table.isTruncated, let last = ordered.references.last {
            table.lastArrival = try arrival(of: last, scan)
        }
        return table
    }

    private static func arrival(
        of row: RowReference, _ scan: Scan
    ) throws(StoreError) -> Int64? {
        var byteCount = 0
        let values = try scan.fetcher.fetch(
            .arrival, at: FetchedRows([row]), byteCount: &byteCount)
        if case .integer(let vector) = values { return vector.values.first }
        return nil
    }

    private static func orderTerms(_ plan: Plan) throws(StoreError) -> [OrderTerm] {
        var terms = plan.sort.map {
            OrderTerm(operand: $0.operand, isDescending: $0.isDescending, sort: $0)
        }
        for order in plan.order {
            guard let output = plan.outputs.first(where: { $0.name == order.name }) else {
                throw .unknown(what: "column", name: order.name)
            }
            guard output.operand.type(in: plan.table.columns.map(\.type)).form != .text else {
                throw .notOrderable(order.name)
            }
            terms.append(OrderTerm(operand: output.operand, isDescending: order.isDescending))
        }
        let ties = plan.tieBreak + [.column(SystemColumn.sequence)]
        return terms + ties.map { OrderTerm(operand: $0, isDescending: false) }
    }
}

extension RowCandidates {
    /// The rows that match, or those of them that lie in `window`, in the source's order.
    static func found(
        _ plan: Plan, _ terms: [OrderTerm], _ scan: Scan, _ budget: QueryBudget,
        window: OrderWindow? = nil
    ) throws(StoreError) -> RowCandidates {
        let wanted = window == nil ? Page.end(offset: plan.offset, limit: plan.limit) : nil
        let carried = carriesNumbers(plan, scan, wanted) ? numbers(plan.outputs, scan) : nil
        let rowsMax = window == nil ? budget.orderedRowsMax / scan.parts.count : .max
        var parts = try Parallel.map(scan.parts.count) { index throws(StoreError) in
            var part = RowCandidates(
                terms, carried: carried, rowCount: scan.rowCount, scan.types, limit: wanted,
                rowsMax: rowsMax, budget)
            let filter = try PredicateFilter(plan.filter, types: scan.types)
            try part.scan(scan.parts[index], of: scan, filter, in: window)
            return part
        }
        var all = parts.removeFirst()
        for part in parts { try all.append(part) }
        return all
    }

    /// Whether the numbers of a result are read with those that order it: where most of few rows are
    /// wanted, reading them apart costs more than the values of the others. Beside texts, which are
    /// fetched on all cores, they cost nothing.
    private static func carriesNumbers(_ plan: Plan, _ scan: Scan, _ wanted: Int?) -> Bool {
        scan.rowCount <= Limits.queryCarriedRowsMax
            && wanted.map { $0 >= scan.rowCount / 4 } ?? true
            && plan.outputs.allSatisfy { $0.operand.type(in: scan.types).form != .text }
    }

    private static func numbers(_ outputs: [Plan.Output], _ scan: Scan) -> [Operand] {
        outputs.map(\.operand).filter {
            guard case .column = $0 else { return false }
            return $0.isNumeric(in: scan.types)
        }
    }
}
