// What a fold sees of a morsel: which rows are meant, and the plan's outputs in the form that the
// kernel asks for. A column that it does not ask for is not read; strings are told as runs and single
// integers are looked up, without a value per row, where pages allow it.

import SpanColumns
import SpanModel

/// The rows of one morsel. One thread; not kept beyond the call it is given to.
package struct FoldedRows {
    private let evaluator: RowEvaluator
    private let outputs: [Operand]
    /// The rows that are meant; nil: all.
    private let rows: [UInt32]?
    /// The rows of the view that pass the filter, as runs of neighbours that ascend.
    package let selected: [Range<Int>]

    /// Rows for each one that is meant, from which on only these are decoded.
    private static let rowsPerMatchMin = 4
    /// Rows for each single one that is looked up, below which all are decoded instead: about what a
    /// look-up costs.
    private static let rowsPerLookup = 256
    /// The same for each run of rows: about what a page decodes to reach one.
    private static let rowsPerRun = 512

    /// The rows that `selected` names, nil for all of `evaluator`.
    init(_ evaluator: RowEvaluator, selected: [UInt32]?, _ outputs: [Operand]) {
        self.evaluator = evaluator
        self.outputs = outputs
        rows = selected
        self.selected =
            selected.map { Self.runs($0, of: evaluator.rowCount) } ?? [0..<evaluator.rowCount]
    }

    /// The same rows, where few are meant without the others: for kernels that ask for all columns.
    package func narrowed() -> FoldedRows {
        guard let rows, rows.count * Self.rowsPerMatchMin <= rowCount else { return self }
        return FoldedRows(evaluator.narrowed(to: rows), selected: nil, outputs)
    }

    /// Rows of the morsel, those that are not meant included: vectors have as many.
    package var rowCount: Int { evaluator.rowCount }

    /// Whether rows ascend by the table's sort key.
    package var isSorted: Bool { evaluator.isSorted }

    /// Whether rows ascend by the table's sort key, no two of one identity.
    package var isStrictlySorted: Bool { evaluator.isStrictlySorted }

    /// An output's values.
    package func vector(_ output: Int) throws(StoreError) -> ColumnVector {
        try evaluator.vector(outputs[output])
    }

    /// The strings of an output as runs of equal ones, over all rows.
    package func stringRuns(_ output: Int) throws(StoreError) -> StringRuns {
        if let runs = try evaluator.stringRuns(outputs[output]) { return runs }
        return StringRuns(try vector(output))
    }

    /// An output's integers, 0 for null.
    package func integers(_ output: Int) throws(StoreError) -> [Int64] {
        if case .integer(let vector) = try vector(output) { return vector.values }
        return Array(repeating: 0, count: rowCount)
    }

    /// An output's integers in single rows, 0 for null.
    package func integers(_ output: Int, at rows: [Int]) throws(StoreError) -> [Int64] {
        if rows.count * Self.rowsPerLookup <= rowCount,
            let found = try evaluator.integers(outputs[output], at: rows)
        {
            return found
        }
        let values = try integers(output)
        return rows.map { values[$0] }
    }

    /// An output's integers in some runs of rows, ascending and apart, one behind the other; 0 for null.
    package func integers(
        _ output: Int, in runs: [Range<Int>]
    ) throws(StoreError) -> [Int64] {
        let runs = Self.joined(runs)
        if runs.count * Self.rowsPerRun <= rowCount,
            let found = try evaluator.integers(outputs[output], in: runs)
        {
            return found
        }
        return try integers(output).joined(runs)
    }

    /// An output's doubles in some runs of rows, ascending and apart, one behind the other, 0 for null;
    /// nil when no row has a value.
    package func floats(
        _ output: Int, in runs: [Range<Int>]
    ) throws(StoreError) -> [Double]? {
        let runs = Self.joined(runs)
        if runs != [0..<rowCount], let found = try evaluator.floats(outputs[output], in: runs) {
            return found
        }
        guard case .float(let vector) = try vector(output) else { return nil }
        return vector.values.joined(runs)
    }

    /// Sums of an output by blocks of rows, those that are not meant included; nil when none are kept.
    package func blockSums(_ output: Int) throws(StoreError) -> BlockSums? {
        try evaluator.blockSums(outputs[output])
    }

    /// Sums of an output by runs of superseded rows; nil when none are kept.
    package func runSums(_ output: Int) throws(StoreError) -> RunSums? {
        try evaluator.runSums(outputs[output])
    }

    /// The same rows in as few runs as possible.
    private static func joined(_ runs: [Range<Int>]) -> [Range<Int>] {
        var joined: [Range<Int>] = []
        joined.reserveCapacity(runs.count)
        for run in runs where !run.isEmpty {
            if let last = joined.last, last.upperBound == run.lowerBound {
                joined[joined.count - 1] = last.lowerBound..<run.upperBound
            } else {
                joined.append(run)
            }
        }
        return joined
    }

    /// Ascending rows as runs of neighbours.
    private static func runs(_ rows: [UInt32], of count: Int) -> [Range<Int>] {
        if rows.count == count { return [0..<count] }
        var runs: [Range<Int>] = []
        var start = 0
        for place in rows.indices
        where place + 1 == rows.count || rows[place + 1] != rows[place] + 1 {
            runs.append(Int(rows[start])..<Int(rows[place]) + 1)
            start = place + 1
        }
        return runs
    }
}
