// The answer to a question: named, typed columns. Built by queries, printed by encoders.

import SpanModel

/// A column of a result.
package struct ResultColumn: Sendable {
    package let name: String
    /// Decides how a value prints: an instant as RFC 3339, money as decimal, json verbatim.
    package let type: ColumnType
    package let values: ColumnVector

    package init(name: String, type: ColumnType, values: ColumnVector) {
        self.name = name
        self.type = type
        self.values = values
    }
}

/// Rows of a result that are read when they are asked for.
package protocol ResultRest: Sendable {
    /// The first of these rows, at least one, with the others as their `rest`; the same columns each time.
    /// Throws what reading them throws.
    func rows() throws(StoreError) -> ResultTable
}

/// Rows of an answer, in order.
package struct ResultTable: Sendable {
    package let columns: [ResultColumn]
    package let rowCount: Int
    /// Whether a limit cut rows off.
    package var isTruncated: Bool
    /// Rows before limit and offset, where the question counts them (`sessions --page`).
    package var totalCount: Int?
    /// The arrival of the last row, where a limit cut rows off behind it and the plan asks for it.
    package var lastArrival: Int64?
    /// The rows behind these, of a large answer that is encoded piece by piece; nil: there are none.
    package var rest: (any ResultRest)?

    package init(
        columns: [ResultColumn], rowCount: Int, isTruncated: Bool = false, totalCount: Int? = nil
    ) {
        precondition(columns.allSatisfy { $0.values.count == rowCount })
        self.columns = columns
        self.rowCount = rowCount
        self.isTruncated = isTruncated
        self.totalCount = totalCount
    }

    /// The picked rows of tables with the same columns; strings over a dictionary of those in use. Throws what
    /// reading texts does.
    package static func gathered(
        _ tables: [ResultTable], _ picks: [RowPick]
    ) throws(StoreError) -> ResultTable {
        var columns: [ResultColumn] = []
        for (number, column) in (tables.first?.columns ?? []).enumerated() {
            columns.append(
                ResultColumn(
                    name: column.name, type: column.type,
                    values: try ColumnVector.gather(
                        tables.map { $0.columns[number].values }, picks, form: column.type.form)))
        }
        return ResultTable(columns: columns, rowCount: picks.count)
    }
}
