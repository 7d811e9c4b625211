// Goes through rows by runs that agree in several string columns, each of which comes as runs.
// Order of calls: `next`, and while it says true the others.
// Cost: a step for each run and column, none for a row.

/// The runs of rows that agree in all of some columns, in their order.
package struct StringRunWalk {
    /// The columns.
    package let columns: [StringRuns]
    /// The rows of the run.
    package private(set) var rows: Range<Int> = 0..<0
    private let rowCount: Int
    /// By column: its run that holds `rows`.
    private var places: [Int]

    /// Runs of the same rows, `rowCount` of them.
    package init(_ columns: [StringRuns], rowCount: Int) {
        self.columns = columns
        self.rowCount = rowCount
        places = Array(repeating: 0, count: columns.count)
    }

    /// Moves on to the next run; false when there is none.
    package mutating func next() -> Bool {
        let start = rows.upperBound
        guard start < rowCount else { return false }
        var end = rowCount
        for index in columns.indices {
            if columns[index].ends[places[index]] == start { places[index] += 1 }
            end = min(end, columns[index].ends[places[index]])
        }
        rows = start..<end
        return true
    }

    /// The code of a column in the rows of the run.
    package func code(_ column: Int) -> UInt32 { columns[column].codes[places[column]] }
}
