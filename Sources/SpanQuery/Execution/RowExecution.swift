// Plans without aggregates: matching rows are ordered by their sort columns alone; only the rows of
// the page are materialised.

import SpanColumns
import SpanModel

enum RowExecution {
    static func run(
        _ plan: Plan, _ scan: inout Scan, _ budget: QueryBudget
    ) throws(StoreError) -> ResultTable {
        let start = ContinuousClock.now
        let terms = try orderTerms(plan)
        var found = try candidates(plan, terms, scan, budget)
        scan.statistics.add(found.statistics)
        scan.statistics.rowsProduced = found.statistics.rowsMatched
        scan.statistics.scanNanoseconds = Deadline.nanoseconds(since: start)

        let page = Page(
            count: found.statistics.rowsMatched, offset: plan.offset, limit: plan.limit)
        let wanted = try found.ordered(page.range, scan.fetcher)
        var table =
            budget.isStreamed
            ? try StreamedRows(wanted, scan, plan.outputs, budget).rows()
            : ResultTable(
                columns: try ResultFetch(wanted, scan, budget).columns(plan.outputs),
                rowCount: wanted.references.count)
        table.isTruncated = page.isTruncated
        if plan.tellsLastArrival, page.isTruncated, let last = wanted.references.last {
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

    /// The rows that match, in the source's order.
    private static func candidates(
        _ plan: Plan, _ terms: [OrderTerm], _ scan: Scan, _ budget: QueryBudget
    ) throws(StoreError) -> RowCandidates {
        let limit = plan.limit.map { plan.offset.addingReportingOverflow($0) }
        let wanted = limit.map { $0.overflow ? .max : $0.partialValue }
        let carried = carriesNumbers(plan, scan, wanted) ? numbers(plan.outputs, scan) : nil
        var parts = try Parallel.map(scan.parts.count) { index throws(StoreError) in
            var part = RowCandidates(
                terms, carried: carried, rowCount: scan.rowCount, scan.types, limit: wanted,
                keptRowsMin: budget.keptRowsMin)
            let filter = try PredicateFilter(plan.filter, types: scan.types)
            try part.scan(scan.parts[index], of: scan, filter)
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
