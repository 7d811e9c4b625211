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
        let wanted = try found.ordered(page.range, scan.fetcher)
        return ResultTable(
            columns: try fetch(plan.outputs, of: wanted, scan, budget),
            rowCount: wanted.references.count, isTruncated: page.isTruncated)
    }

    /// The columns of a result; on all cores when there are texts of more than a few rows.
    private static func fetch(
        _ outputs: [Plan.Output], of rows: OrderedRows, _ scan: Scan, _ budget: QueryBudget
    ) throws(StoreError) -> [ResultColumn] {
        let fetched = FetchedRows(rows.references)
        let byteCount = Atomic(0)
        func column(_ index: Int) throws(StoreError) -> ResultColumn {
            try scan.deadline.check()
            let operand = outputs[index].operand
            let known = byteCount.load(ordering: .relaxed)
            var bytes = known
            let values: ColumnVector
            if let known = rows.values[operand] {
                values = known
                bytes += known.count * MemoryLayout<Int64>.size
            } else {
                values = try scan.fetcher.fetch(
                    operand, at: fetched, byteCount: &bytes, bytesMax: budget.resultBytesMax)
            }
            let total = byteCount.add(bytes - known, ordering: .relaxed).newValue
            guard total <= budget.resultBytesMax else {
                throw .limitExceeded(
                    limit: "result bytes", value: total, maximum: budget.resultBytesMax)
            }
            return ResultColumn(
                name: outputs[index].name, type: operand.type(in: scan.types), values: values)
        }
        let texts = outputs.count { $0.operand.type(in: scan.types).form == .text }
        guard texts > 1, budget.threads > 1,
            rows.references.count >= Limits.fetchThreadRowsMin
        else {
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

    /// Whether the values are numbers, which cost little to collect.
    func isNumeric(in types: [ColumnType]) -> Bool {
        switch operand.type(in: types).form {
        case .integer, .float: true
        case .identifier, .string, .text: false
        }
    }

    func rowOrder(_ values: ColumnVector) -> RowOrder.Term {
        sort.map { RowOrder.Term(values, $0) } ?? RowOrder.Term(values, descending: isDescending)
    }
}

/// Rows in the order asked for, and the numbers that put them there, which need not be read again.
private struct OrderedRows {
    let references: [RowReference]
    let values: [Operand: ColumnVector]
}

/// Rows that match, and what they are ordered by; with a limit, from time to time only the first
/// ones of them, so that memory does not grow with the table. Only the leading numbers of the order
/// are collected; what breaks their ties is read for the rows that are tied.
private struct RowCandidates {
    private let leading: ArraySlice<OrderTerm>
    private let breaking: ArraySlice<OrderTerm>
    private let types: [ColumnType]
    private let limit: Int?
    /// Rows from which those beyond the limit are dropped.
    private let keptRowsMin: Int
    private var references: [RowReference] = []
    private var keys: [ColumnCollector]
    private(set) var statistics = QueryStatistics()

    init(_ terms: [OrderTerm], _ types: [ColumnType], limit: Int?, keptRowsMin: Int) {
        let numbers = terms.prefix { $0.isNumeric(in: types) }
        leading = numbers.isEmpty ? terms[...] : numbers
        breaking = terms.dropFirst(leading.count)
        self.keptRowsMin = keptRowsMin
        self.types = types
        self.limit = limit
        keys = Self.collectors(leading, types)
    }

    private static func collectors(
        _ terms: ArraySlice<OrderTerm>, _ types: [ColumnType]
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
            guard let all = try reader.read(morsel) else { continue }
            let evaluator = try promising(all)
            let rows = evaluator.allRows
            references += evaluator.references(rows)
            for (index, term) in leading.enumerated() {
                try keys[index].append(try evaluator.vector(term.operand), rows: rows)
            }
            if let limit, references.count > keptRowsMin, references.count / 4 > limit {
                try keep(limit, scan.fetcher)
            }
        }
        statistics.add(reader.statistics)
    }

    /// The rows that may be among the first, as far as the terms tell that cost little: numbers, and
    /// strings whose codes are in their order.
    private func promising(_ evaluator: RowEvaluator) throws(StoreError) -> RowEvaluator {
        guard let limit, evaluator.rowCount / 4 > limit else { return evaluator }
        var order: [RowOrder.Term] = []
        for term in leading {
            let isNumeric = term.isNumeric(in: types)
            let values =
                isNumeric ? try evaluator.vector(term.operand) : try sorted(term, evaluator)
            guard let values else { break }
            order.append(term.rowOrder(values))
            // Numbers seldom tie, strings often do.
            if isNumeric { break }
        }
        if order.isEmpty { return evaluator }
        let leaders = RowOrder.leaders(count: evaluator.rowCount, by: order, first: limit)
        return evaluator.narrowed(to: leaders.rows.sorted())
    }

    /// The codes of a term whose dictionary is in order; nil when it is anything else.
    private func sorted(
        _ term: OrderTerm, _ evaluator: RowEvaluator
    ) throws(StoreError) -> ColumnVector? {
        guard case .column = term.operand, term.operand.type(in: types).form == .string,
            case .string(let strings) = try evaluator.vector(term.operand),
            strings.dictionary.isSorted
        else { return nil }
        let null = StringVector.nullCode
        return .integer(
            IntegerVector(
                values: strings.codes.map { $0 == null ? 0 : Int64($0) },
                validity: strings.codes.contains(null)
                    ? strings.codes.map { $0 == null ? 0 : 1 } : nil))
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

    /// A page of the rows in order.
    mutating func ordered(
        _ page: Range<Int>, _ fetcher: RowFetcher
    ) throws(StoreError) -> OrderedRows {
        let vectors = keys.indices.map { keys[$0].finish() }
        let leaders = leaders(vectors, first: page.upperBound)
        var rows = leaders.rows
        try breakTies(leaders.ties, in: &rows, fetcher)
        rows = Array(rows[page])
        var values: [Operand: ColumnVector] = [:]
        for (term, vector) in zip(leading, vectors) where term.isNumeric(in: types) {
            values[term.operand] = vector.gathered(rows)
        }
        return OrderedRows(references: rows.map { references[Int($0)] }, values: values)
    }

    private func leaders(_ vectors: [ColumnVector], first: Int) -> RowOrder.Leaders {
        RowOrder.leaders(
            count: references.count, by: zip(vectors, leading).map { $1.rowOrder($0) },
            first: first)
    }

    /// Puts each run of tied rows in order of the terms that were not collected.
    private func breakTies(
        _ ties: [Range<Int>], in rows: inout [UInt32], _ fetcher: RowFetcher
    ) throws(StoreError) {
        if ties.isEmpty || breaking.isEmpty { return }
        let tied = ties.flatMap { rows[$0] }
        let tiedRows = FetchedRows(tied.map { references[Int($0)] })
        let runs = ties.enumerated().flatMap { number, run in
            Array(repeating: Int64(number), count: run.count)
        }
        var terms = [RowOrder.Term(.integer(IntegerVector(values: runs)))]
        var byteCount = 0
        for term in breaking {
            let values = try fetcher.fetch(
                term.operand, at: tiedRows, byteCount: &byteCount,
                bytesMax: Limits.queryMemoryBytesMax)
            terms.append(term.rowOrder(values))
        }
        var order = RowOrder.sorted(count: tied.count, by: terms)[...]
        for run in ties {
            for place in run { rows[place] = tied[Int(order.removeFirst())] }
        }
    }

    /// Drops all but the first rows, and unless they are too many those tied with the last; the others
    /// stay in the source's order.
    private mutating func keep(_ count: Int, _ fetcher: RowFetcher) throws(StoreError) {
        let vectors = keys.indices.map { keys[$0].finish() }
        let leaders = leaders(vectors, first: count)
        var rows = leaders.rows
        if rows.count > keptRowsMin / 2 {
            try breakTies(leaders.ties, in: &rows, fetcher)
            rows.removeLast(rows.count - count)
        }
        rows.sort()
        references = rows.map { references[Int($0)] }
        keys = Self.collectors(leading, types)
        for index in keys.indices { try keys[index].append(vectors[index], rows: rows) }
    }
}
