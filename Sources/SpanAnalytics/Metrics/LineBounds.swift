// The least and greatest step of each line: the first scan of a chart, whose buckets depend on them.
// Bounds are of each line alone, so that a short run keeps its resolution beside a long one.

import SpanColumns
import SpanModel
import SpanQuery

/// The step ranges of lines. Columns: step, then the keys.
struct LineBounds: RowFold {
    private(set) var lines: LineNumbers
    /// By line.
    private(set) var steps: [ClosedRange<Int64>?]

    init(keyCount: Int) {
        lines = LineNumbers(keyCount: keyCount)
        steps = keyCount == 0 ? [nil] : []
    }

    mutating func add(_ columns: [ColumnVector], rowCount: Int) throws(StoreError) {
        guard case .integer(let vector) = columns[0] else { return }
        for run in lines.runs(columns.dropFirst(), rowCount: rowCount) {
            take(Self.range(vector.values.span, run.rows), run.line)
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

/// The buckets of all lines, one behind the other.
struct BucketGrid {
    /// The buckets of one line: equal ranges of steps from `first` on.
    struct Line {
        let first: Int64
        let width: Int64
        /// The number of its first bucket among those of all lines.
        let start: Int
        let count: Int
    }

    let lines: [Line]
    /// Buckets of all lines.
    let count: Int

    /// Width = max(1, (last − first + 1) div buckets), so a line has fewer than twice as many buckets
    /// as asked for. Throws `limitExceeded` when all lines have too many.
    init(_ bounds: [ClosedRange<Int64>?], buckets: Int64) throws(StoreError) {
        var lines: [Line] = []
        var start = 0
        for range in bounds {
            let first = range?.lowerBound ?? 0
            // Steps are at least 0, so the span fits; a full Int64 range saturates.
            let span = range.map { ($0.upperBound - first).addingReportingOverflow(1) }
            let steps = span.map { $0.overflow ? Int64.max : $0.partialValue } ?? 0
            let width = max(1, steps / buckets)
            let count = Int(steps / width + (steps % width == 0 ? 0 : 1))
            lines.append(Line(first: first, width: width, start: start, count: count))
            start += count
            guard start <= MetricLimits.chartBucketsMax else {
                throw .limitExceeded(
                    limit: "buckets of all lines", value: start,
                    maximum: MetricLimits.chartBucketsMax)
            }
        }
        self.lines = lines
        count = start
    }
}
