// Answers as rows of cells by name, which tests read most easily.

import SpanAnalytics
import SpanColumns
import SpanTesting

/// The rows of an answer.
func rows(_ answer: Answer) -> [[String: Cell]] { rows(answer.table) }

/// The rows of a result.
func rows(_ table: ResultTable) -> [[String: Cell]] {
    (0..<table.rowCount).map { row in
        Dictionary(
            uniqueKeysWithValues: table.columns.map { ($0.name, Cell($0.values, row)) })
    }
}
