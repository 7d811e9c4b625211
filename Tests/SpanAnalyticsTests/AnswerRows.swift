// Answers as rows of cells by name, which tests read most easily.

import SpanAnalytics
import SpanColumns
import SpanTesting

/// The rows of an answer.
func rows(_ answer: Answer) -> [[String: Cell]] {
    (0..<answer.table.rowCount).map { row in
        Dictionary(
            uniqueKeysWithValues: answer.table.columns.map { ($0.name, Cell($0.values, row)) })
    }
}
