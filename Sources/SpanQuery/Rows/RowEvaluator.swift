// Operands of a run of rows, decoded at first use and kept while the rows are worked on. Only the
// columns a plan names are ever read; JSON is parsed only for rows asked for. Rows that a filter
// left are narrowed to: everything behind a filter works on vectors of just the rows it is about.

import SpanColumns
import SpanModel

/// Evaluates operands over rows of one row group. One thread at a time.
final class RowEvaluator {
    /// Rows of the evaluator's vectors.
    let rowCount: Int
    /// Types of the group's columns, by number.
    let types: [ColumnType]
    let source: Source
    /// Where pages that are read are noted.
    let log: PageLog?
    private(set) var vectors: [Operand: ColumnVector] = [:]
    private var attributes: [String: AttributeColumn] = [:]
    /// Keys of JSON columns as storage keeps them, and as numbers; nil: it does not.
    private var kept: [Operand: ColumnVector?] = [:]
    private var numbers: [Operand: ColumnVector?] = [:]
    /// Computed for these rows only.
    private var computed: [Operand: (rows: [UInt32], vector: ColumnVector)] = [:]

    enum Source {
        /// A run of rows of a row group, whose place among those of the query is `index`.
        case group(any RowGroup, index: Int, rows: Range<Int>)
        /// Some rows of another evaluator, ascending.
        case part(RowEvaluator, rows: [UInt32])
    }

    /// An evaluator of some rows of a group, or of all.
    init(
        group: any RowGroup, index: Int, rows: Range<Int>? = nil, types: [ColumnType],
        log: PageLog? = nil
    ) {
        let rows = rows ?? 0..<group.rowCount
        source = .group(group, index: index, rows: rows)
        rowCount = rows.count
        self.types = types
        self.log = log
    }

    private init(part rows: [UInt32], of whole: RowEvaluator) {
        source = .part(whole, rows: rows)
        rowCount = rows.count
        types = whole.types
        log = nil
    }

    /// An evaluator of just `rows`, ascending, which are rows of this one.
    func narrowed(to rows: [UInt32]) -> RowEvaluator {
        rows.count == rowCount ? self : RowEvaluator(part: rows, of: self)
    }

    /// Says that a column is one string in every row.
    func set(_ column: Int, _ string: StringVector) {
        vectors[.column(column)] = .string(
            StringVector(
                codes: Array(repeating: string.codes[0], count: rowCount),
                dictionary: string.dictionary))
    }

    /// The numbers of all rows.
    private(set) lazy var allRows = SelectionVector.all(rowCount)

    /// What a row is called among all rows of the query.
    func reference(_ row: UInt32) -> RowReference {
        switch source {
        case .group(_, let index, let rows):
            RowReference(group: index, row: UInt32(rows.lowerBound) + row)
        case .part(let whole, let rows): whole.reference(rows[Int(row)])
        }
    }

    /// What rows are called among all rows of the query.
    func references(_ rows: [UInt32]) -> [RowReference] {
        switch source {
        case .group(_, let index, let range):
            let first = UInt32(range.lowerBound)
            return rows.map { RowReference(group: index, row: first + $0) }
        case .part(let whole, let part): return whole.references(rows.map { part[Int($0)] })
        }
    }

    /// The values of an operand for all rows.
    func vector(_ operand: Operand) throws(StoreError) -> ColumnVector {
        try vector(operand, rows: allRows)
    }

    /// The values of an operand: one per row, of which those of `rows` are meant.
    func vector(_ operand: Operand, rows: [UInt32]) throws(StoreError) -> ColumnVector {
        if case .attribute(let column, let key) = operand {
            return try attribute(column, key, rows)
        }
        if operand.isComputed { return try computedVector(operand, rows) }
        if let known = vectors[operand] { return known }
        let vector = try evaluate(operand, rows)
        vectors[operand] = vector
        return vector
    }

    private func evaluate(_ operand: Operand, _ rows: [UInt32]) throws(StoreError) -> ColumnVector {
        switch operand {
        case .column(let number): return try column(number)
        case .attribute(let column, let key): return try attribute(column, key, rows)
        case .difference(let left, let right):
            if let interval = operand.interval, let known = try distances(interval) {
                return .integer(known)
            }
            return IntegerExpressions.difference(
                try integers(left, rows), try integers(right, rows))
        case .sumOfPresent(let parts):
            return IntegerExpressions.sumOfPresent(try integers(parts, rows))
        case .coalesce(let parts):
            return IntegerExpressions.coalesce(try integers(parts, rows))
        case .quotient(let part, let divisor):
            return IntegerExpressions.quotient(try integers(part, rows), divisor)
        case .timeBucket(let part, let bucket):
            return IntegerExpressions.buckets(try integers(part, rows), bucket)
        case .computed(let expression):
            return try ExpressionEvaluator(evaluator: self, rows: rows).vector(expression)
        }
    }

    private func computedVector(
        _ operand: Operand, _ rows: [UInt32]
    ) throws(StoreError) -> ColumnVector {
        if let known = computed[operand], SelectionVector.contains(known.rows, rows) {
            return known.vector
        }
        let vector = try evaluate(operand, rows)
        computed[operand] = (rows, vector)
        return vector
    }

    private func column(_ number: Int) throws(StoreError) -> ColumnVector {
        switch source {
        case .group(let group, let index, let rows):
            log?.note(number, of: index)
            let vector = try group.vector(number, rows: rows)
            guard let log, case .text(let texts) = vector else { return vector }
            return .text(
                TextVector(references: texts.references, blocks: log.noting(texts.blocks)))
        case .part(let whole, let rows):
            if let picked = try whole.pick(.column(number), rows) { return picked }
            return try whole.vector(.column(number), rows: rows).gathered(ascending: rows)
        }
    }

    /// The lengths of an interval as storage keeps them; nil when it keeps the two columns.
    private func distances(_ interval: ColumnInterval) throws(StoreError) -> IntegerVector? {
        switch source {
        case .group(let group, let index, let rows):
            log?.note(interval.end, of: index)
            return try group.distances(interval, rows: rows)
        case .part(let whole, let rows):
            let operand = Operand.difference(.column(interval.end), .column(interval.start))
            if whole.vectors[operand] == nil {
                if let picked = try whole.pick(interval, rows) { return picked }
                guard let found = try whole.distances(interval) else { return nil }
                whole.vectors[operand] = .integer(found)
            }
            guard case .integer(let vector) = whole.vectors[operand] else { return nil }
            return vector.gathered(ascending: rows)
        }
    }

    private func integers(_ operand: Operand, _ rows: [UInt32]) throws(StoreError) -> IntegerVector
    {
        switch try vector(operand, rows: rows) {
        case .integer(let vector): return vector
        case .null(let count):
            return IntegerVector(
                values: [Int64](repeating: 0, count: count),
                validity: [UInt8](repeating: 0, count: count))
        case .float, .identifier, .string, .text:
            throw .invalidArgument(name: "operand", reason: "arithmetic needs an integer column")
        }
    }

    private func integers(
        _ operands: [Operand], _ rows: [UInt32]
    ) throws(StoreError) -> [IntegerVector] {
        var out: [IntegerVector] = []
        for operand in operands { out.append(try integers(operand, rows)) }
        return out
    }

    /// The values of a key of a JSON column as storage keeps them, strings or numbers; nil when they are
    /// not apart from the JSON.
    func kept(_ operand: Operand) throws(StoreError) -> ColumnVector? {
        guard case .attribute(let column, let key) = operand else { return nil }
        if let known = kept[operand] { return known }
        let found: ColumnVector?
        switch source {
        case .group(let group, _, let rows):
            found = try group.attribute(column, key: key, rows: rows)
        case .part(let whole, let rows):
            found = try whole.kept(operand)?.gathered(ascending: rows)
        }
        kept[operand] = .some(found)
        return found
    }

    /// The numbers that the texts of a key of a JSON column stand for; nil when only the texts tell.
    func numbers(_ operand: Operand) throws(StoreError) -> ColumnVector? {
        guard case .attribute(let column, let key) = operand else { return nil }
        if let known = numbers[operand] { return known }
        let found: ColumnVector?
        switch source {
        case .group(let group, _, let rows):
            found = try group.attributeNumbers(column, key: key, rows: rows)
        case .part(let whole, let rows):
            found = try whole.numbers(operand)?.gathered(ascending: rows)
        }
        numbers[operand] = .some(found)
        return found
    }

    private func attribute(
        _ column: Int, _ key: String, _ rows: [UInt32]
    ) throws(StoreError) -> ColumnVector {
        let operand = Operand.attribute(column: column, key: key)
        if let known = vectors[operand] { return known }
        if let kept = try kept(operand) {
            let texts = ColumnVector.string(NumberTexts.strings(kept))
            vectors[operand] = texts
            return texts
        }
        if case .part(let whole, let part) = source {
            let wanted = rows.count == rowCount ? part : rows.map { part[Int($0)] }
            return try whole.attribute(column, key, wanted).gathered(part)
        }
        var values = attributes[key] ?? AttributeColumn(key: key, rowCount: rowCount)
        attributes[key] = nil
        let texts = try vector(.column(column), rows: rows)
        let vector = try values.vector(of: texts, rows: rows)
        attributes[key] = values
        return vector
    }
}
