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
    private let source: Source
    /// Where pages that are read are noted.
    private let log: PageLog?
    private var vectors: [Operand: ColumnVector] = [:]
    private var attributes: [String: AttributeColumn] = [:]
    /// Keys of JSON columns as storage keeps them, and as numbers; nil: it does not.
    private var kept: [Operand: ColumnVector?] = [:]
    private var numbers: [Operand: ColumnVector?] = [:]
    /// Computed for these rows only.
    private var computed: [Operand: (rows: [UInt32], vector: ColumnVector)] = [:]

    private enum Source {
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

    /// The numbers of all rows.
    var allRows: [UInt32] { SelectionVector.all(rowCount) }

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

    /// Bounds of a column's values, nil when unknown.
    func zone(_ column: Int) -> ZoneMap? {
        if case .group(let group, _, _) = source { group.zone(column) } else { nil }
    }

    /// The strings that a column's codes mean, when they are known without reading its page.
    func dictionary(_ column: Int) throws(StoreError) -> StringDictionary? {
        if case .group(let group, _, _) = source { try group.dictionary(column) } else { nil }
    }

    /// Whether rows ascend by the table's sort key.
    var isSorted: Bool {
        switch source {
        case .group(let group, _, _): group.isSorted
        case .part(let whole, _): whole.isSorted
        }
    }

    /// Whether rows ascend by the table's sort key, no two of one identity.
    var isStrictlySorted: Bool {
        switch source {
        case .group(let group, _, _): group.isStrictlySorted
        case .part(let whole, _): whole.isStrictlySorted
        }
    }

    /// The strings of an operand as runs of equal ones; nil when only its vector tells.
    func stringRuns(_ operand: Operand) throws(StoreError) -> StringRuns? {
        guard case .column(let column) = operand,
            case .group(let group, let index, let rows) = source
        else { return nil }
        log?.note(column, of: index)
        return try group.stringRuns(column, rows: rows)
    }

    /// The integers of an operand in single rows; nil when only its vector tells.
    func integers(_ operand: Operand, at rows: [Int]) throws(StoreError) -> [Int64]? {
        guard let (group, column, first) = unread(operand) else { return nil }
        return try group.integers(column, at: rows.map { first + $0 })
    }

    /// The integers of an operand in some runs of rows; nil when only its vector tells.
    func integers(
        _ operand: Operand, in runs: [Range<Int>]
    ) throws(StoreError) -> [Int64]? {
        guard let (group, column, first) = unread(operand) else { return nil }
        return try group.integers(column, in: runs.map { $0.shifted(by: first) })
    }

    /// The doubles of an operand in some runs of rows; nil when only its vector tells.
    func floats(
        _ operand: Operand, in runs: [Range<Int>]
    ) throws(StoreError) -> [Double]? {
        guard let (group, column, first) = unread(operand) else { return nil }
        return try group.floats(column, in: runs.map { $0.shifted(by: first) })
    }

    /// Sums of an operand by blocks of rows; nil when none are kept.
    func blockSums(_ operand: Operand) throws(StoreError) -> BlockSums? {
        guard case .column(let column) = operand,
            case .group(let group, _, let rows) = source
        else { return nil }
        return try group.blockSums(column, rows: rows)
    }

    /// The group, column and first row of an operand that is a column whose vector is not known; its
    /// page is about to be read.
    private func unread(_ operand: Operand) -> (any RowGroup, column: Int, first: Int)? {
        guard case .column(let column) = operand, vectors[operand] == nil,
            case .group(let group, let index, let range) = source
        else { return nil }
        log?.note(column, of: index)
        return (group, column, range.lowerBound)
    }

    /// The evaluator that this one has some rows of, and which; nil when it has its own.
    var whole: (RowEvaluator, rows: [UInt32])? {
        if case .part(let whole, let rows) = source { (whole, rows) } else { nil }
    }

    /// What storage knows of texts that match a pattern; nil when nothing.
    func candidates(
        _ column: Int, _ pattern: TextPattern
    ) throws(StoreError) -> TextCandidates? {
        guard case .group(let group, _, let rows) = source else { return nil }
        return try group.candidates(column, pattern, rows: rows)
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
            return try group.vector(number, rows: rows)
        case .part(let whole, let rows):
            return try whole.vector(.column(number), rows: rows).gathered(ascending: rows)
        }
    }

    /// The rank codes of an operand's values; nil when storage keeps none.
    func ranks(_ operand: Operand) throws(StoreError) -> RankCodes? {
        guard let interval = operand.interval else { return nil }
        switch source {
        case .group(let group, _, let rows): return try group.ranks(interval, rows: rows)
        case .part(let whole, let rows):
            return try whole.ranks(operand).map {
                RankCodes(bounds: $0.bounds, codes: $0.codes.gathered(ascending: rows))
            }
        }
    }

    /// The rows as pages to read in place, with keys of string columns; nil when they are not such.
    func ranked(
        _ interval: ColumnInterval, _ keys: [Int]
    ) throws(StoreError) -> RankedRows? {
        switch source {
        case .group(let group, let index, let rows):
            guard let pages = try group.rankedPages(interval, keys: keys) else { return nil }
            for column in keys + [interval.end] { log?.note(column, of: index) }
            return RankedRows(pages: pages, group: index, rows: rows, selected: nil)
        case .part(let whole, let part):
            guard let all = try whole.ranked(interval, keys), all.selected == nil else {
                return nil
            }
            let first = UInt32(all.rows.lowerBound)
            return RankedRows(
                pages: all.pages, group: all.group, rows: all.rows,
                selected: first == 0 ? part : part.map { $0 &+ first })
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

extension Range<Int> {
    fileprivate func shifted(by distance: Int) -> Range<Int> {
        lowerBound + distance..<upperBound + distance
    }
}

/// Rows of a row group that are read from its pages in place.
struct RankedRows {
    let pages: RankedPages
    /// The row group's place among those of the query.
    let group: Int
    /// Rows of the row group.
    let rows: Range<Int>
    /// Those of them that are meant, ascending; nil: all.
    let selected: [UInt32]?
}
