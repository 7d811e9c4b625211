// The least and greatest step of each line, on which the buckets of a chart depend.
// Bounds are of each line alone, so that a short run keeps its resolution beside a long one.
// Cost: of whole lines the entries of their rollup; in sorted row groups two look-ups a line; elsewhere
// every step is read.

import SpanColumns
import SpanModel
import SpanQuery

/// The step ranges of lines. Columns: least step, greatest step, project, run, name; of points both are
/// the step.
struct LineBounds: RowFold {
    private(set) var lines: LineNumbers
    /// By line.
    private(set) var steps: [ClosedRange<Int64>?]

    /// Of lines told by these of project (0), run (1) and name (2).
    private init(toldBy told: [Int]) {
        lines = LineNumbers(toldBy: told)
        steps = told.isEmpty ? [nil] : []
    }

    /// The bounds of a selection's lines, told by these of project (0), run (1) and name (2).
    static func of(
        _ selection: MetricSelection, toldBy told: [Int], _ inquiry: inout Inquiry
    ) throws(StoreError) -> LineBounds {
        let selection = selection.ofEveryWrite
        let points = selection.plan([.step, .step, .project, .runID, .metricName])
        guard selection.isOfWholeLines,
            let rolled = try inquiry.rolledUp(Rollups.metrics, within: points)
        else { return try inquiry.fold(points, into: LineBounds(toldBy: told)) }
        let entries = RollupEntries(Rollups.metrics, rolled, &inquiry)
        var bounds = try inquiry.fold(
            MetricRollup.bounds(selection), into: LineBounds(toldBy: told), over: entries)
        let rest = try inquiry.fold(
            points, into: LineBounds(toldBy: told), over: OneSource(source: rolled.rest))
        bounds.merge([rest])
        return bounds
    }

    mutating func add(_ rows: FoldedRows) throws(StoreError) {
        let runs = try lines.runs(rows, from: 2)
        if rows.isSorted {
            let ends = try rows.integers(
                0, at: runs.flatMap { [$0.rows.lowerBound, $0.rows.upperBound - 1] })
            for (index, run) in runs.enumerated() {
                take(ends[2 * index]...max(ends[2 * index], ends[2 * index + 1]), run.line)
            }
        } else {
            let (least, greatest) = (try rows.integers(0), try rows.integers(1))
            for run in runs { take(Self.range(least.span, greatest.span, run.rows), run.line) }
        }
    }

    mutating func merge(_ others: [LineBounds]) {
        for other in others {
            for (line, range) in zip(lines.merge(other.lines), other.steps) {
                if let range { take(range, line) }
            }
        }
    }

    private mutating func take(_ range: ClosedRange<Int64>, _ line: Int) {
        while steps.count <= line { steps.append(nil) }
        let known = steps[line] ?? range
        steps[line] =
            min(known.lowerBound, range.lowerBound)...max(known.upperBound, range.upperBound)
    }

    private static func range(
        _ least: Span<Int64>, _ greatest: Span<Int64>, _ rows: Range<Int>
    ) -> ClosedRange<Int64> {
        var first = Int64.max
        var last = Int64.min
        for row in rows {
            first = min(first, least[row])
            last = max(last, greatest[row])
        }
        return first...last
    }
}
