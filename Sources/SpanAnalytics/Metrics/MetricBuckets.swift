// The second scan of a chart: every point goes to its bucket. Points of a bucket lie together where
// the store has sorted them: then the edges of buckets are searched, times are looked up at the edges
// alone, and the rest is `FiniteValues` over runs of rows. Any other order gives the same buckets.

import SpanColumns
import SpanModel
import SpanQuery
import SpanSketch

/// The points of one bucket.
struct MetricBucket {
    /// The least step that has a point, and the time there.
    private(set) var step = Int64.max
    private(set) var time = Int64.max
    private(set) var values = FiniteValues()

    var isEmpty: Bool { values.count == 0 }

    /// Takes in points, the first of which is at a step and time.
    mutating func add(_ points: Span<Double>, _ rows: Range<Int>, step: Int64, time: Int64) {
        take(step, time)
        values.add(points, rows)
    }

    mutating func merge(_ other: MetricBucket) {
        if other.isEmpty { return }
        take(other.step, other.time)
        values.merge(other.values)
    }

    private mutating func take(_ step: Int64, _ time: Int64) {
        guard (step, time) < (self.step, self.time) else { return }
        self.step = step
        self.time = time
    }
}

/// The buckets of lines. Columns: step, time, value, project, run, name.
struct MetricBuckets: RowFold {
    private let grid: BucketGrid
    private var lines: LineNumbers
    private var buckets: [MetricBucket]

    /// Neighbouring rows of one bucket.
    private struct Part {
        let bucket: Int
        let rows: Range<Int>
        /// The row of the least step, and the step.
        let first: Int
        let step: Int64
    }

    /// Buckets for the lines that a first scan has found.
    init(_ bounds: LineBounds, _ grid: BucketGrid) {
        self.grid = grid
        lines = bounds.lines
        buckets = Array(repeating: MetricBucket(), count: grid.count)
    }

    mutating func add(_ rows: FoldedRows) throws(StoreError) {
        let parts = try parts(rows)
        let times = try rows.integers(1, at: parts.map(\.first))
        guard case .float(let values) = try rows.vector(2) else { return }
        for (index, part) in parts.enumerated() {
            buckets[part.bucket].add(
                values.values.span, part.rows, step: part.step, time: times[index])
        }
    }

    private mutating func parts(_ rows: FoldedRows) throws(StoreError) -> [Part] {
        let runs = try lines.runs(rows, from: 3)
        let steps = try LineSteps.of(runs, in: rows)
        // Of rows in order the first one has the least step.
        let unsorted =
            rows.isStrictlySorted ? nil : (steps: try rows.integers(0), times: try rows.integers(1))
        var parts: [Part] = []
        for (index, run) in runs.enumerated() {
            let line = grid.lines[run.line]
            guard line.count > 0 else { continue }
            steps[index].forEachBucket(of: line, run.rows) { bucket, rows, step in
                var first = (row: rows.lowerBound, step: step)
                if let unsorted {
                    first.row = Self.first(unsorted.steps, unsorted.times, rows)
                    first.step = unsorted.steps[first.row]
                }
                parts.append(
                    Part(
                        bucket: line.start + bucket, rows: rows, first: first.row,
                        step: first.step))
            }
        }
        return parts
    }

    /// The row of the least step, of several the one of the earliest time.
    private static func first(_ steps: [Int64], _ times: [Int64], _ rows: Range<Int>) -> Int {
        var first = rows.lowerBound
        for row in rows.dropFirst()
        where (steps[row], times[row]) < (steps[first], times[first]) { first = row }
        return first
    }

    mutating func merge(_ other: MetricBuckets) throws(StoreError) {
        // Both know the lines of the first scan, and no others.
        for index in buckets.indices { buckets[index].merge(other.buckets[index]) }
    }

    /// One row per bucket that holds points, in order of the keys and steps: its first step and that
    /// step's time, then mean, least and greatest finite value (null without any), flags, and the
    /// number of points.
    func table(keys: [String]) -> ResultTable {
        var rows: [MetricBucket] = []
        var rowLines: [Int] = []
        for line in lines.sorted() {
            let place = grid.lines[line]
            for bucket in buckets[place.start..<place.start + place.count] where !bucket.isEmpty {
                rows.append(bucket)
                rowLines.append(line)
            }
        }
        let isFinite = rows.map { $0.values.finiteCount > 0 ? UInt8(1) : 0 }
        let validity = isFinite.contains(0) ? isFinite : nil
        func floats(_ name: String, _ value: (FiniteValues) -> Double) -> ResultColumn {
            let values = rows.map { $0.values.finiteCount > 0 ? value($0.values) : 0 }
            return ResultColumn(
                name: name, type: .float64,
                values: .float(FloatVector(values: values, validity: validity)))
        }
        func integers(
            _ name: String, _ type: ColumnType, _ value: (MetricBucket) -> Int64
        ) -> ResultColumn {
            ResultColumn(
                name: name, type: type,
                values: .integer(IntegerVector(values: rows.map(value))))
        }
        return ResultTable(
            columns: lines.columns(keys, lines: rowLines) + [
                integers("step", .int64) { $0.step }, integers("time", .instant) { $0.time },
                floats("value") { $0.mean ?? 0 },
                integers("non_finite_flags", .int64) { $0.values.flags },
                integers("count", .int64) { Int64($0.values.count) },
                floats("min") { $0.least }, floats("max") { $0.greatest },
            ], rowCount: rows.count)
    }
}
