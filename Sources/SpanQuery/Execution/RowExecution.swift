// Plans without aggregates: matching rows are ordered by their sort columns alone; only the rows of
// the page are materialised.

import SpanColumns
import SpanModel

enum RowExecution {
    static func run(
        _ plan: Plan, _ scan: inout Scan, _ budget: QueryBudget
    ) throws(StoreError) -> ResultTable {
        let start = ContinuousClock.now
        let filter = try PredicateFilter(plan.filter, types: scan.types)
        let terms = try orderTerms(plan)
        var collectors = terms.map {
            ColumnCollector(
                type: $0.operand.type(in: scan.types), bytesMax: Limits.queryMemoryBytesMax)
        }
        var references: [RowReference] = []
        for index in scan.groups.indices {
            guard let (evaluator, rows) = try scan.rows(of: index, filter) else { continue }
            for row in rows { references.append(RowReference(group: index, row: row)) }
            for (position, term) in terms.enumerated() {
                try collectors[position].append(
                    try evaluator.vector(term.operand, rows: rows), rows: rows)
            }
        }
        scan.statistics.rowsProduced = references.count
        scan.statistics.scanNanoseconds = Deadline.nanoseconds(since: start)

        let order = RowOrder.sorted(
            count: references.count,
            by: terms.indices.map { index in
                let values = collectors[index].finish()
                return index < plan.sort.count
                    ? RowOrder.Term(values, plan.sort[index])
                    : RowOrder.Term(values, descending: terms[index].isDescending)
            })
        let page = Page(count: order.count, offset: plan.offset, limit: plan.limit)
        let wanted = order[page.range].map { references[Int($0)] }
        var columns: [ResultColumn] = []
        var byteCount = 0
        for output in plan.outputs {
            try scan.deadline.check()
            columns.append(
                ResultColumn(
                    name: output.name, type: output.operand.type(in: scan.types),
                    values: try scan.fetcher.fetch(
                        output.operand, at: wanted, byteCount: &byteCount,
                        bytesMax: budget.resultBytesMax)))
        }
        return ResultTable(
            columns: columns, rowCount: wanted.count, isTruncated: page.isTruncated)
    }

    private static func orderTerms(
        _ plan: Plan
    ) throws(StoreError) -> [(operand: Operand, isDescending: Bool)] {
        var terms = plan.sort.map { (operand: $0.operand, isDescending: $0.isDescending) }
        for order in plan.order {
            guard let output = plan.outputs.first(where: { $0.name == order.name }) else {
                throw .unknown(what: "column", name: order.name)
            }
            guard output.operand.type(in: plan.table.columns.map(\.type)).form != .text else {
                throw .notOrderable(order.name)
            }
            terms.append((output.operand, order.isDescending))
        }
        terms += plan.tieBreak.map { ($0, false) }
        return terms + [(.column(SystemColumn.sequence), false)]
    }
}
