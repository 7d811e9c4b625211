// Rows of a plan without aggregates while they are found: what they are called, and the numbers that order
// them; then a page of them in order.
// Order of calls: `scan` for each part of the rows, `append` of the others to the first, then `ordered`.

import SpanColumns
import SpanModel

/// What rows are ordered by.
struct OrderTerm {
    let operand: Operand
    let isDescending: Bool
    /// What SQL states; nil for the order of a named question.
    var sort: Plan.Sort?

    /// Whether the values are numbers, which cost little to collect.
    func isNumeric(in types: [ColumnType]) -> Bool { operand.isNumeric(in: types) }

    func rowOrder(_ values: ColumnVector) -> RowOrder.Term {
        sort.map { RowOrder.Term(values, $0) } ?? RowOrder.Term(values, descending: isDescending)
    }
}

extension Operand {
    /// Whether the values are numbers.
    func isNumeric(in types: [ColumnType]) -> Bool {
        switch type(in: types).form {
        case .integer, .float: true
        case .identifier, .string, .text: false
        }
    }
}

/// Rows in the order asked for, and the numbers that put them there, which need not be read again.
struct OrderedRows {
    let references: [RowReference]
    let values: [Operand: ColumnVector]
}

/// Rows that match, and what they are ordered by; with a limit, from time to time only the first
/// ones of them, so that memory does not grow with the table. Only the leading numbers of the order
/// are collected; what breaks their ties is read for the rows that are tied.
struct RowCandidates {
    private let leading: ArraySlice<OrderTerm>
    private let breaking: ArraySlice<OrderTerm>
    /// What is collected: the leading terms, and behind them the carried numbers.
    private let collected: [Operand]
    private let types: [ColumnType]
    private let limit: Int?
    /// Rows from which those beyond the limit are dropped.
    private let keptRowsMin: Int
    /// Rows from which no more are looked for.
    private let rowsMax: Int
    private let share: MemoryShare
    private var references: [RowReference] = []
    private var keys: [ColumnCollector]
    private(set) var statistics = QueryStatistics()
    /// Whether there are more rows than may be ordered together; then these are not all of them.
    private(set) var isFull = false

    /// `carried`: numbers of the result that are read as well, of up to `rowCount` rows; nil: of rows that
    /// may be many.
    init(
        _ terms: [OrderTerm], carried: [Operand]?, rowCount: Int, _ types: [ColumnType],
        limit: Int?, rowsMax: Int, _ budget: QueryBudget
    ) {
        var count = terms.prefix { $0.isNumeric(in: types) }.count
        // Of few rows, arrival is read for those that nothing else tells apart.
        if carried != nil, count == terms.count, count > 1 { count -= 1 }
        leading = count == 0 ? terms[...] : terms[..<count]
        breaking = terms.dropFirst(leading.count)
        keptRowsMin = budget.keptRowsMin
        self.rowsMax = rowsMax
        share = MemoryShare(of: budget.memory)
        self.types = types
        self.limit = limit
        let ordering = leading.map(\.operand)
        collected = ordering + (carried ?? []).filter { !ordering.contains($0) }
        keys = Self.collectors(collected, types, rowCount: carried == nil ? 0 : rowCount)
    }

    private static func collectors(
        _ operands: [Operand], _ types: [ColumnType], rowCount: Int = 0
    ) -> [ColumnCollector] {
        operands.map {
            ColumnCollector(
                type: $0.type(in: types), bytesMax: Limits.queryMemoryBytesMax,
                rowCount: rowCount)
        }
    }

    mutating func scan(
        _ morsels: ArraySlice<Morsel>, of scan: Scan, _ filter: PredicateFilter,
        in window: OrderWindow? = nil
    ) throws(StoreError) {
        var reader = MorselReader(scan, filter)
        var matched = 0
        for morsel in morsels where !isFull {
            guard var evaluator = try reader.read(morsel) else { continue }
            if let window { evaluator = evaluator.narrowed(to: try window.rows(evaluator)) }
            matched += evaluator.rowCount
            evaluator = try promising(evaluator)
            let rows = evaluator.allRows
            references += evaluator.references(rows)
            for (index, operand) in collected.enumerated() {
                try keys[index].append(try evaluator.vector(operand, rows: rows))
            }
            if let limit, references.count > keptRowsMin, references.count / 4 > limit {
                try keep(limit, scan.fetcher)
            }
            isFull = references.count > rowsMax
            try share.set(references.heldBytes + keys.reduce(0) { $0 + $1.byteCount })
        }
        statistics.add(reader.statistics)
        statistics.rowsMatched = matched
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
        references += other.references
        isFull = isFull || other.isFull
        for index in keys.indices { try keys[index].append(other.keys[index].finish()) }
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
        for (operand, vector) in zip(collected, vectors) where operand.isNumeric(in: types) {
            values[operand] = vector.gathered(rows)
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
        keys = Self.collectors(collected, types)
        for index in keys.indices { try keys[index].append(vectors[index], rows: rows) }
    }
}
