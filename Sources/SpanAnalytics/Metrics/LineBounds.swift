// The least and greatest step of each line: the first scan of a chart, whose buckets depend on them.
// Bounds are of each line alone, so that a short run keeps its resolution beside a long one.
// Cost: in sorted row groups two look-ups a line; elsewhere every step is read.

import SpanColumns
import SpanModel
import SpanQuery

/// The step ranges of lines. Columns: step, project, run, name.
struct LineBounds: RowFold {
    private(set) var lines: LineNumbers
    /// By line.
    private(set) var steps: [ClosedRange<Int64>?]

    /// Of lines told by these of project (0), run (1) and name (2).
    init(toldBy told: [Int]) {
        lines = LineNumbers(toldBy: told)
        steps = told.isEmpty ? [nil] : []
    }

    mutating func add(_ rows: FoldedRows) throws(StoreError) {
        let runs = try lines.runs(rows, from: 1)
        if rows.isSorted {
            let ends = try rows.integers(
                0, at: runs.flatMap { [$0.rows.lowerBound, $0.rows.upperBound - 1] })
            for (index, run) in runs.enumerated() {
                take(ends[2 * index]...max(ends[2 * index], ends[2 * index + 1]), run.line)
            }
        } else {
            let steps = try rows.integers(0)
            for run in runs { take(Self.range(steps.span, run.rows), run.line) }
        }
    }

    mutating func merge(_ other: LineBounds) throws(StoreError) {
        for (line, range) in zip(lines.merge(other.lines), other.steps) {
            if let range { take(range, line) }
        }
    }

    private mutating func take(_ range: ClosedRange<Int64>, _ line: Int) {
        while steps.count <= line { steps.append(nil) }
        let known = steps[line] ?? range
        steps[line] =
            min(known.lowerBound, range.lowerBound)...max(known.upperBound, range.upperBound)
    }

    private static func range(_ steps: Span<Int64>, _ rows: Range<Int>) -> ClosedRange<Int64> {
        var least = Int64.max
        var greatest = Int64.min
        for row in rows {
            least = min(least, steps[row])
            greatest = max(greatest, steps[row])
        }
        return least...greatest
    }
}
