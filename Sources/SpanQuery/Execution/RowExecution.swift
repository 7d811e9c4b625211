// Plans without aggregates: matching rows are ordered by their sort columns alone; only the rows of
// the page are materialised.

import SpanColumns
import SpanModel
import Synchronization

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
        let wanted = found.first(page.range.upperBound)[page.range]
        return ResultTable(
            columns: try fetch(plan.outputs, at: Array(wanted), scan, budget),
            rowCount: wanted.count, isTruncated: page.isTruncated)
    }

    /// The columns of a result; on all cores when there are texts of more than a few rows.
    private static func fetch(
        _ outputs: [Plan.Output], at rows: [RowReference], _ scan: Scan, _ budget: QueryBudget
    ) throws(StoreError) -> [ResultColumn] {
        let byteCount = Atomic(0)
        func column(_ index: Int) throws(StoreError) -> ResultColumn {
            try scan.deadline.check()
            let operand = outputs[index].operand
            let known = byteCount.load(ordering: .relaxed)
            var bytes = known
            let values = try scan.fetcher.fetch(
                operand, at: rows, byteCount: &bytes, bytesMax: budget.resultBytesMax)
            let total = byteCount.add(bytes - known, ordering: .relaxed).newValue
            guard total <= budget.resultBytesMax else {
                throw .limitExceeded(
                    limit: "result bytes", value: total, maximum: budget.resultBytesMax)
            }
            return ResultColumn(
                name: outputs[index].name, type: operand.type(in: scan.types), values: values)
        }
        let texts = outputs.count { $0.operand.type(in: scan.types).form == .text }
        guard texts > 1, budget.threads > 1, rows.count >= Limits.fetchThreadRowsMin else {
            var columns: [ResultColumn] = []
            for index in outputs.indices { columns.append(try column(index)) }
            return columns
        }
        return try Parallel.map(outputs.count, column)
    }

    /// The rows that match, in the source's order.
    private static func candidates(
        _ plan: Plan, _ terms: [OrderTerm], _ scan: Scan, _ budget: QueryBudget
    ) throws(StoreError) -> RowCandidates {
        let limit = plan.limit.map { plan.offset.addingReportingOverflow($0) }
        let wanted = limit.map { $0.overflow ? .max : $0.partialValue }
        var parts = try Parallel.map(scan.parts.count) { index throws(StoreError) in
            var part = RowCandidates(
                terms, scan.types, limit: wanted, keptRowsMin: budget.keptRowsMin)
            let filter = try PredicateFilter(plan.filter, types: scan.types)
            try part.scan(scan.parts[index], of: scan, filter)
            return part
        }
        var all = parts.removeFirst()
        for part in parts { try all.append(part) }
        return all
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

/// What rows are ordered by.
private struct OrderTerm {
    let operand: Operand
    let isDescending: Bool
    /// What SQL states; nil for the order of a named question.
    var sort: Plan.Sort?

    func rowOrder(_ values: ColumnVector) -> RowOrder.Term {
        sort.map { RowOrder.Term(values, $0) } ?? RowOrder.Term(values, descending: isDescending)
    }
}

/// Rows that match, and what they are ordered by; with a limit, from time to time only the first
/// ones of them, so that memory does not grow with the table.
private struct RowCandidates {
    private let terms: [OrderTerm]
    private let types: [ColumnType]
    private let limit: Int?
    /// Rows from which those beyond the limit are dropped.
    private let keptRowsMin: Int
    private var references: [RowReference] = []
    private var keys: [ColumnCollector]
    private(set) var statistics = QueryStatistics()

    init(_ terms: [OrderTerm], _ types: [ColumnType], limit: Int?, keptRowsMin: Int) {
        self.terms = terms
        self.keptRowsMin = keptRowsMin
        self.types = types
        self.limit = limit
        keys = Self.collectors(terms, types)
    }

    private static func collectors(
        _ terms: [OrderTerm], _ types: [ColumnType]
    ) -> [ColumnCollector] {
        terms.map {
            ColumnCollector(
                type: $0.operand.type(in: types), bytesMax: Limits.queryMemoryBytesMax)
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
            for (index, term) in terms.enumerated() {
                try keys[index].append(try evaluator.vector(term.operand), rows: rows)
            }
            if let limit, references.count > keptRowsMin, references.count / 4 > limit {
                try keep(limit)
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

    /// The first rows in order.
    mutating func first(_ count: Int) -> [RowReference] {
        order(keys.indices.map { keys[$0].finish() }, first: count).map { references[Int($0)] }
    }

    private func order(_ vectors: [ColumnVector], first: Int) -> [UInt32] {
        RowOrder.sorted(
            count: references.count,
            by: zip(vectors, terms).map { $1.rowOrder($0) },
            first: first)
    }

    /// Drops all but the first rows; the others stay in the source's order.
    private mutating func keep(_ count: Int) throws(StoreError) {
        let vectors = keys.indices.map { keys[$0].finish() }
        let rows = order(vectors, first: count).sorted()
        references = rows.map { references[Int($0)] }
        keys = Self.collectors(terms, types)
        for index in keys.indices { try keys[index].append(vectors[index], rows: rows) }
    }
}
