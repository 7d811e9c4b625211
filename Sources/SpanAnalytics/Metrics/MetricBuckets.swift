// The second scan of a chart: every point goes to its bucket. Points of a bucket lie together where
// the store has sorted them, so most of the work is `FiniteValues` over runs of rows; any other order
// gives the same buckets.

import SpanColumns
import SpanModel
import SpanQuery

/// The points of one bucket.
struct MetricBucket {
    /// The least step that has a point, and the time there.
    private(set) var step = Int64.max
    private(set) var time = Int64.max
    private(set) var values = FiniteValues()

    var isEmpty: Bool { values.count == 0 }

    mutating func add(
        _ steps: Span<Int64>, _ times: Span<Int64>, _ points: Span<Double>, _ rows: Range<Int>
    ) {
        for row in rows where steps[row] <= step { take(steps[row], times[row]) }
        values.add(points, rows)
    }

    mutating func merge(_ other: MetricBucket) {
        take(other.step, other.time)
        values.merge(other.values)
    }

    private mutating func take(_ step: Int64, _ time: Int64) {
        guard (step, time) < (self.step, self.time) else { return }
        self.step = step
        self.time = time
    }
}

/// The buckets of lines. Columns: step, time, value, then the keys.
struct MetricBuckets: RowFold {
    private let grid: BucketGrid
    private var lines: LineNumbers
    private var buckets: [MetricBucket]

    /// Buckets for the lines that a first scan has found.
    init(_ bounds: LineBounds, _ grid: BucketGrid) {
        self.grid = grid
        lines = bounds.lines
        buckets = Array(repeating: MetricBucket(), count: grid.count)
    }

    mutating func add(_ columns: [ColumnVector], rowCount: Int) throws(StoreError) {
        guard case .integer(let steps) = columns[0], case .integer(let times) = columns[1],
            case .float(let values) = columns[2]
        else { return }
        for run in lines.runs(columns.dropFirst(3), rowCount: rowCount) {
            let line = grid.lines[run.line]
            var start = run.rows.lowerBound
            while start < run.rows.upperBound {
                let bucket = (steps.values[start] - line.first) / line.width
                let end = Self.end(
                    of: line.first + bucket * line.width, width: line.width, steps.values.span,
                    start..<run.rows.upperBound)
                buckets[line.start + Int(bucket)].add(
                    steps.values.span, times.values.span, values.values.span, start..<end)
                start = end
            }
        }
    }

    /// Where the rows of the bucket that begins the range end.
    private static func end(
        of first: Int64, width: Int64, _ steps: Span<Int64>, _ rows: Range<Int>
    ) -> Int {
        var end = rows.lowerBound + 1
        while end < rows.upperBound,
            UInt64(bitPattern: steps[end] &- first) < UInt64(bitPattern: width)
        { end += 1 }
        return end
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
        let finite = rows.map { $0.values.finiteCount > 0 }
        func floats(_ name: String, _ value: (FiniteValues) -> Double) -> ResultColumn {
            ResultColumn(name, zip(rows, finite).map { $1 ? value($0.values) : nil })
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
