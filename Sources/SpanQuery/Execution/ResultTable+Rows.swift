// Filter, order and page of a finished result.

import SpanColumns
import SpanModel

/// The rows of a page.
package struct Page: Sendable {
    package let range: Range<Int>
    /// Whether the limit left rows out after the page.
    package let isTruncated: Bool

    /// `offset` and `limit` are at least 0.
    package init(count: Int, offset: Int, limit: Int?) {
        let start = min(offset, count)
        let end = limit.map { min(count - start, $0) + start } ?? count
        range = start..<end
        isTruncated = end < count
    }

    /// Where a page ends, of however many rows; nil: it has no end.
    static func end(offset: Int, limit: Int?) -> Int? {
        limit.map { limit in
            let end = offset.addingReportingOverflow(limit)
            return end.overflow ? .max : end.partialValue
        }
    }
}

extension ResultTable {
    /// The number of the column called `name`. Throws `unknown` when there is none.
    package func number(of name: String) throws(StoreError) -> Int {
        guard let number = columns.firstIndex(where: { $0.name == name }) else {
            throw .unknown(what: "column", name: name)
        }
        return number
    }

    /// The rows where `predicate` is true; `.column(n)` is the n-th column.
    package func filtered(_ predicate: Predicate) throws(StoreError) -> ResultTable {
        let types = columns.map(\.type)
        let filter = try PredicateFilter(predicate, types: types)
        if filter.isAlways { return self }
        let evaluator = RowEvaluator(group: ResultRows(table: self), index: 0, types: types)
        return rows(try filter.select(evaluator.allRows, in: evaluator))
    }

    /// The rows in order of named columns, from `offset`, at most `limit`; rows equal in all columns
    /// keep their order.
    package func sorted(
        _ order: [Plan.Order], offset: Int = 0, limit: Int? = nil
    ) throws(StoreError) -> ResultTable {
        let (numbers, isCut) = try self.order(order, offset: offset, limit: limit)
        // Groups mostly are in order as they are found.
        let isSorted =
            numbers.count == rowCount && numbers.enumerated().allSatisfy { $0 == $1 }
        var table = isSorted ? self : rows(numbers)
        table.isTruncated = isTruncated || isCut
        return table
    }

    /// The numbers of these rows, and whether there are rows behind them.
    func order(
        _ order: [Plan.Order], offset: Int, limit: Int?
    ) throws(StoreError) -> (numbers: [UInt32], isTruncated: Bool) {
        var terms: [RowOrder.Term] = []
        for term in order {
            let column = columns[try number(of: term.name)]
            guard column.type.form != .text else { throw .notOrderable(term.name) }
            terms.append(RowOrder.Term(column.values, descending: term.isDescending))
        }
        let page = Page(count: rowCount, offset: offset, limit: limit)
        let numbers = RowOrder.sorted(
            count: rowCount, by: terms, first: page.range.upperBound)
        let isWhole = page.range == numbers.indices
        return (isWhole ? numbers : Array(numbers[page.range]), page.isTruncated)
    }

    /// The rows from `offset`, at most `limit`.
    package func page(offset: Int, limit: Int?) -> ResultTable {
        let page = Page(count: rowCount, offset: offset, limit: limit)
        if page.range == 0..<rowCount { return self }
        var table = rows(page.range.map(UInt32.init))
        table.isTruncated = isTruncated || page.isTruncated
        return table
    }

    /// The rows with these numbers, in this order.
    package func rows(_ numbers: [UInt32]) -> ResultTable {
        ResultTable(
            columns: columns.map {
                ResultColumn(name: $0.name, type: $0.type, values: $0.values.gathered(numbers))
            }, rowCount: numbers.count, isTruncated: isTruncated, totalCount: totalCount)
    }
}

extension ResultTable {
    /// The rows of some runs, one behind the other.
    func rows(_ runs: [Range<Int>]) -> ResultTable {
        ResultTable(
            columns: columns.map {
                ResultColumn(name: $0.name, type: $0.type, values: $0.values.joined(runs))
            }, rowCount: runs.reduce(0) { $0 + $1.count }, isTruncated: isTruncated,
            totalCount: totalCount)
    }
}

extension ColumnVector {
    /// The values of some runs of rows, one behind the other. Texts stay where they are.
    fileprivate func joined(_ runs: [Range<Int>]) -> ColumnVector {
        if runs == [0..<count] { return self }
        switch self {
        case .integer(let source):
            return .integer(
                IntegerVector(
                    values: source.values.joined(runs), validity: source.validity?.joined(runs)))
        case .float(let source):
            return .float(
                FloatVector(
                    values: source.values.joined(runs), validity: source.validity?.joined(runs)))
        case .string(let source):
            return .string(
                StringVector(codes: source.codes.joined(runs), dictionary: source.dictionary))
        case .null, .identifier, .text:
            return gathered(runs.flatMap { UInt32($0.lowerBound)..<UInt32($0.upperBound) })
        }
    }
}

extension Array where Element: BitwiseCopyable {
    /// The elements of some runs, one behind the other.
    func joined(_ runs: [Range<Int>]) -> [Element] {
        if runs == [indices] { return self }
        let total = runs.reduce(0) { $0 + $1.count }
        return withUnsafeBufferPointer { source in
            [Element](unsafeUninitializedCapacity: total) { out, count in
                for run in runs {
                    let end = count + run.count
                    _ = out[count..<end].initialize(
                        fromContentsOf: UnsafeBufferPointer(rebasing: source[run]))
                    count = end
                }
            }
        }
    }
}

extension StoreError {
    /// Long texts and JSON have no useful order.
    static func notOrderable(_ name: String) -> StoreError {
        .invalidArgument(name: "order", reason: "'\(name)' is long text and has no order")
    }
}

/// A result as a row group, so that conditions apply to it.
struct ResultRows: RowGroup {
    let table: ResultTable

    var rowCount: Int { table.rowCount }
    func selection() throws(StoreError) -> [UInt32]? { nil }
    func zone(_ column: Int) -> ZoneMap? { nil }
    func vector(_ column: Int, rows: Range<Int>) throws(StoreError) -> ColumnVector {
        table.columns[column].values.slice(rows)
    }
}
