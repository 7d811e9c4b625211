// The second scan of a chart: every point goes to its bucket. Points of a bucket lie together where
// the store has sorted them: then blocks of rows that lie in one bucket are taken as the segment has
// summed them, and the rows at the edges of buckets are read: steps are searched, times looked up for
// the first points alone, values added by `FiniteValues`. Any other order gives the same buckets.

import SpanColumns
import SpanModel
import SpanQuery
import SpanSketch

/// The points of one bucket.
struct MetricBucket {
    /// The least step that has a point, and the time there.
    private(set) var step = Int64.max
    private(set) var time = Int64.max
    var values = FiniteValues()

    var isEmpty: Bool { values.count == 0 }

    /// Notes the step of a point, whose time follows unless there is a lesser step. Whether it is the
    /// least so far.
    mutating func isFirst(_ step: Int64) -> Bool {
        if step < self.step {
            self.step = step
            time = .max
        }
        return step == self.step
    }

    /// Takes in the time of a point at a step that was noted.
    mutating func take(time: Int64, step: Int64) {
        if step == self.step { self.time = min(self.time, time) }
    }

    mutating func merge(_ other: MetricBucket) {
        if other.isEmpty { return }
        if isFirst(other.step) { take(time: other.time, step: other.step) }
        values.merge(other.values)
    }
}

/// The buckets of lines. Columns: step, time, value, project, run, name.
struct MetricBuckets: RowFold {
    private let grid: BucketGrid
    private var lines: LineNumbers
    /// None before the first row: each thread makes its own.
    private var buckets: [MetricBucket] = []

    /// A point that may be the first of its bucket.
    private struct First {
        let bucket: Int
        let step: Int64
        let row: Int
    }

    /// Buckets for the lines that a first scan has found.
    init(_ bounds: LineBounds, _ grid: BucketGrid) {
        self.grid = grid
        lines = bounds.lines
    }

    mutating func add(_ rows: FoldedRows) throws(StoreError) {
        if buckets.isEmpty { buckets = Array(repeating: MetricBucket(), count: grid.count) }
        let runs = try lines.runs(rows, from: 3).filter { grid.lines[$0.line].count > 0 }
        var firsts: [First] = []
        if rows.isSorted, let blocks = try rows.blockSums(2) {
            var rest = BlockRest(blocks, isStrict: rows.isStrictlySorted)
            for run in runs { add(run, blocks, &rest, &firsts) }
            try add(try rest.pieces(rows), rows, &firsts)
        } else {
            let steps = try LineSteps.of(runs, in: rows)
            let pieces = zip(runs, steps).map {
                LinePiece(line: $0.line, rows: $0.rows, steps: $1)
            }
            try add(pieces, rows, &firsts)
        }
        firsts.removeAll { buckets[$0.bucket].step < $0.step }
        let times = try rows.integers(1, at: firsts.map(\.row))
        for (first, time) in zip(firsts, times) {
            buckets[first.bucket].take(time: time, step: first.step)
        }
    }

    /// Adds the blocks of a run that lie in one bucket each; the others are left to `rest`.
    private mutating func add(
        _ run: LineRun, _ blocks: BlockSums, _ rest: inout BlockRest, _ firsts: inout [First]
    ) {
        let line = grid.lines[run.line]
        let all = rest.blocks(of: run.rows)
        var block = all.lowerBound
        while block < all.upperBound {
            guard let steps = rest.steps(of: block, in: run) else {
                rest.append(block, of: run)
                block += 1
                continue
            }
            let bucket = line.bucket(of: steps.lowerBound)
            let last = line.steps(of: bucket).upperBound
            let first = block
            while block < all.upperBound, let steps = rest.steps(of: block, in: run),
                steps.upperBound <= last
            {
                block += 1
            }
            if block == first {
                rest.append(block, of: run)
                block += 1
                continue
            }
            let start = First(
                bucket: line.start + bucket, step: steps.lowerBound, row: rest.start(of: first))
            if buckets[start.bucket].isFirst(start.step) { firsts.append(start) }
            buckets[start.bucket].values.add(
                first..<block, rows: rest.size, sums: blocks.sums.span, least: blocks.least.span,
                greatest: blocks.greatest.span, others: blocks.others.span)
        }
    }

    /// Adds the points of some rows.
    private mutating func add(
        _ pieces: [LinePiece], _ rows: FoldedRows, _ firsts: inout [First]
    ) throws(StoreError) {
        guard let values = try rows.floats(2, in: pieces.map(\.rows)) else { return }
        // Of rows in order the first one has the least step.
        let unsorted =
            rows.isSorted ? nil : (steps: try rows.integers(0), times: try rows.integers(1))
        var place = 0
        for piece in pieces {
            let line = grid.lines[piece.line]
            let shift = place - piece.rows.lowerBound
            piece.steps.forEachBucket(of: line, piece.rows) { bucket, rows, step in
                let bucket = line.start + bucket
                buckets[bucket].values.add(
                    values.span, rows.lowerBound + shift..<rows.upperBound + shift)
                var first = First(bucket: bucket, step: step, row: rows.lowerBound)
                if let unsorted {
                    let row = Self.first(unsorted.steps, unsorted.times, rows)
                    first = First(bucket: bucket, step: unsorted.steps[row], row: row)
                }
                if buckets[bucket].isFirst(first.step) { firsts.append(first) }
            }
            place += piece.rows.count
        }
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
        if buckets.isEmpty {
            buckets = other.buckets
            return
        }
        for index in other.buckets.indices { buckets[index].merge(other.buckets[index]) }
    }

    /// One row per bucket that holds points, in order of the keys and steps: its first step and that
    /// step's time, then mean, least and greatest finite value (null without any), flags, and the
    /// number of points.
    func table(keys: [String]) -> ResultTable {
        var figures = Figures(capacity: buckets.count)
        var rowLines: [Int] = []
        rowLines.reserveCapacity(buckets.count)
        for number in buckets.isEmpty ? [] : lines.sorted() {
            let line = grid.lines[number]
            for place in line.start..<line.start + line.count where !buckets[place].isEmpty {
                figures.append(buckets[place])
                rowLines.append(number)
            }
        }
        return ResultTable(
            columns: lines.columns(keys, lines: rowLines) + figures.columns,
            rowCount: rowLines.count)
    }
}

/// The columns of some buckets. All are filled in one pass: buckets are larger than a core's cache.
private struct Figures {
    private var steps: [Int64] = []
    private var times: [Int64] = []
    private var means: [Double] = []
    private var flags: [Int64] = []
    private var counts: [Int64] = []
    private var least: [Double] = []
    private var greatest: [Double] = []
    private var isFinite: [UInt8] = []

    init(capacity: Int) {
        steps.reserveCapacity(capacity)
        times.reserveCapacity(capacity)
        means.reserveCapacity(capacity)
        flags.reserveCapacity(capacity)
        counts.reserveCapacity(capacity)
        least.reserveCapacity(capacity)
        greatest.reserveCapacity(capacity)
        isFinite.reserveCapacity(capacity)
    }

    mutating func append(_ bucket: MetricBucket) {
        let values = bucket.values
        let hasFinite = values.finiteCount > 0
        steps.append(bucket.step)
        times.append(bucket.time)
        means.append(values.mean ?? 0)
        flags.append(values.flags)
        counts.append(Int64(values.count))
        least.append(hasFinite ? values.least : 0)
        greatest.append(hasFinite ? values.greatest : 0)
        isFinite.append(hasFinite ? 1 : 0)
    }

    var columns: [ResultColumn] {
        let validity = isFinite.contains(0) ? isFinite : nil
        func floats(_ name: String, _ values: [Double]) -> ResultColumn {
            ResultColumn(
                name: name, type: .float64,
                values: .float(FloatVector(values: values, validity: validity)))
        }
        func integers(_ name: String, _ type: ColumnType, _ values: [Int64]) -> ResultColumn {
            ResultColumn(name: name, type: type, values: .integer(IntegerVector(values: values)))
        }
        return [
            integers("step", .int64, steps), integers("time", .instant, times),
            floats("value", means), integers("non_finite_flags", .int64, flags),
            integers("count", .int64, counts), floats("min", least), floats("max", greatest),
        ]
    }
}
