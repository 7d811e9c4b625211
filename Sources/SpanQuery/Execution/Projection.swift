// The last step of a SQL query over groups: expressions of keys and aggregates, HAVING, DISTINCT,
// ORDER BY and the page. Operands are over the columns of the result it is applied to.
// Cost: outputs are computed for the rows of the page alone, unless DISTINCT compares them.

import SpanColumns
import SpanModel

/// A query over a finished result.
package struct Projection: Sendable {
    /// The columns of the result that operands are over, by their number.
    package var columns: [String]
    package var filter: Predicate = .always
    package var outputs: [Plan.Output]
    package var isDistinct = false
    package var sort: [Plan.Sort] = []
    package var offset = 0
    package var limit: Int?

    package init(of columns: [String], outputs: [Plan.Output]) {
        self.columns = columns
        self.outputs = outputs
    }

    /// Those rows of `table`, in its order, that may be on the page or the first behind it whatever rows are mixed
    /// among them.
    func survivors(of table: ResultTable) throws(StoreError) -> [UInt32] {
        let evaluator = try evaluator(table)
        let rows = try matching(evaluator)
        guard !isDistinct, let end = Page.end(offset: offset, limit: limit), end < rows.count
        else { return rows }
        return try sorted(rows, evaluator).prefix(end + 1).sorted()
    }

    /// The rows of `table` as this says. Rows equal in their order keep that of the table.
    package func apply(to table: ResultTable) throws(StoreError) -> ResultTable {
        let evaluator = try evaluator(table)
        var rows = try matching(evaluator)
        if isDistinct { rows = try distinct(rows, evaluator) }
        rows = try sorted(rows, evaluator)
        let page = Page(count: rows.count, offset: offset, limit: limit)
        rows = Array(rows[page.range])
        // Expressions are computed for ascending rows and then put in order.
        let isWhole = sort.isEmpty && rows.count == table.rowCount
        let ascending = sort.isEmpty ? rows : rows.sorted()
        var columns: [ResultColumn] = []
        for output in outputs {
            let vector = try evaluator.vector(output.operand, rows: ascending)
            columns.append(
                ResultColumn(
                    name: output.name, type: output.operand.type(in: evaluator.types),
                    values: isWhole ? vector : vector.gathered(rows)))
        }
        return ResultTable(
            columns: columns, rowCount: rows.count, isTruncated: page.isTruncated)
    }

    private func evaluator(_ table: ResultTable) throws(StoreError) -> RowEvaluator {
        let table = try table.selecting(columns)
        return RowEvaluator(
            group: ResultRows(table: table), index: 0, types: table.columns.map(\.type))
    }

    private func matching(_ evaluator: RowEvaluator) throws(StoreError) -> [UInt32] {
        let having = try PredicateFilter(filter, types: evaluator.types)
        return try having.select(evaluator.allRows, in: evaluator)
    }

    /// The first of the rows that are equal in all outputs.
    private func distinct(
        _ rows: [UInt32], _ evaluator: RowEvaluator
    ) throws(StoreError) -> [UInt32] {
        var grouping = Grouping(outputs.map(\.operand), types: evaluator.types)
        let groups = try grouping.groups(in: evaluator.narrowed(to: rows), groupsMax: .max)
        var firsts: [UInt32] = []
        for (row, group) in zip(rows, groups) where group == firsts.count { firsts.append(row) }
        return firsts
    }

    private func sorted(
        _ rows: [UInt32], _ evaluator: RowEvaluator
    ) throws(StoreError) -> [UInt32] {
        if sort.isEmpty { return rows }
        var terms: [RowOrder.Term] = []
        for term in sort {
            let vector = try evaluator.vector(term.operand, rows: rows).gathered(rows)
            terms.append(RowOrder.Term(vector, term))
        }
        return RowOrder.sorted(count: rows.count, by: terms).map { rows[Int($0)] }
    }
}

extension ResultTable {
    /// The columns with these names, in this order. Throws `unknown` for one that is not there.
    func selecting(_ names: [String]) throws(StoreError) -> ResultTable {
        var selected: [ResultColumn] = []
        for name in names { selected.append(columns[try number(of: name)]) }
        return ResultTable(columns: selected, rowCount: rowCount, isTruncated: isTruncated)
    }
}
