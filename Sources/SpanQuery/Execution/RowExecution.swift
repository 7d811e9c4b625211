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
        var found = try candidates(plan, terms.map(\.operand), scan)
        scan.statistics.add(found.statistics)
        scan.statistics.rowsProduced = found.references.count
        scan.statistics.scanNanoseconds = Deadline.nanoseconds(since: start)

        let references = found.references
        let order = RowOrder.sorted(
            count: references.count,
            by: terms.indices.map { index in
                let values = found.keys[index].finish()
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

    /// The rows that match, in the source's order.
    private static func candidates(
        _ plan: Plan, _ keys: [Operand], _ scan: Scan
    ) throws(StoreError) -> RowCandidates {
        var parts = try Parallel.map(scan.parts.count) { index throws(StoreError) in
            var part = RowCandidates(keys, scan.types)
            let filter = try PredicateFilter(plan.filter, types: scan.types)
            try part.scan(scan.parts[index], of: scan, filter)
            return part
        }
        var all = parts.removeFirst()
        for part in parts { try all.append(part) }
        return all
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

/// Rows that match, and what they are ordered by.
private struct RowCandidates {
    private let operands: [Operand]
    private(set) var references: [RowReference] = []
    var keys: [ColumnCollector]
    private(set) var statistics = QueryStatistics()

    init(_ operands: [Operand], _ types: [ColumnType]) {
        self.operands = operands
        keys = operands.map {
            ColumnCollector(type: $0.type(in: types), bytesMax: Limits.queryMemoryBytesMax)
        }
    }

    mutating func scan(
        _ morsels: ArraySlice<Morsel>, of scan: Scan, _ filter: PredicateFilter
    ) throws(StoreError) {
        var reader = MorselReader(scan, filter)
        for morsel in morsels {
            guard let evaluator = try reader.read(morsel) else { continue }
            let rows = evaluator.allRows
            for row in rows { references.append(evaluator.reference(row)) }
            for (index, operand) in operands.enumerated() {
                try keys[index].append(try evaluator.vector(operand), rows: rows)
            }
        }
        statistics.add(reader.statistics)
    }

    /// Appends rows that lie behind these.
    mutating func append(_ other: RowCandidates) throws(StoreError) {
        var other = other
        let rows = SelectionVector.all(other.references.count)
        references += other.references
        for index in keys.indices {
            try keys[index].append(other.keys[index].finish(), rows: rows)
        }
        statistics.add(other.statistics)
    }
}
