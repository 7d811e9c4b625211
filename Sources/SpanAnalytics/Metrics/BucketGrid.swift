// Into which buckets the steps of each line of a chart fall.

import SpanModel

/// The buckets of all lines.
struct BucketGrid {
    /// The buckets of one line: equal ranges of steps from `first` on.
    struct Line {
        let first: Int64
        let width: Int64
        let count: Int

        /// The number of the line's bucket that holds a step; the nearest one outside of all.
        func bucket(of step: Int64) -> Int {
            let distance = step.subtractingReportingOverflow(first)
            return distance.overflow
                ? count - 1 : max(0, min(count - 1, Int(distance.partialValue / width)))
        }

        /// The steps of a bucket.
        func steps(of bucket: Int) -> ClosedRange<Int64> {
            let start = first &+ Int64(bucket) &* width
            let (end, overflow) = start.addingReportingOverflow(width - 1)
            return start...(overflow ? .max : end)
        }
    }

    let lines: [Line]
    /// Buckets of all lines.
    let count: Int

    /// Width = max(1, (last − first + 1) div buckets), so a line has fewer than twice as many buckets
    /// as asked for. Throws `limitExceeded` when all lines have too many.
    init(_ bounds: [ClosedRange<Int64>?], buckets: Int64) throws(StoreError) {
        var lines: [Line] = []
        var all = 0
        for range in bounds {
            let first = range?.lowerBound ?? 0
            // Steps are at least 0, so the span fits; a full Int64 range saturates.
            let span = range.map { ($0.upperBound - first).addingReportingOverflow(1) }
            let steps = span.map { $0.overflow ? Int64.max : $0.partialValue } ?? 0
            let width = max(1, steps / buckets)
            let count = Int(steps / width + (steps % width == 0 ? 0 : 1))
            lines.append(Line(first: first, width: width, count: count))
            all += count
            guard all <= MetricLimits.chartBucketsMax else {
                throw .limitExceeded(
                    limit: "buckets of all lines", value: all,
                    maximum: MetricLimits.chartBucketsMax)
            }
        }
        self.lines = lines
        count = all
    }
}
