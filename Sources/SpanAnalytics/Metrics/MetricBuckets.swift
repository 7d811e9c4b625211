// The scan of a chart whose bounds are known: every point goes to its bucket. Points of a bucket lie
// together where the store has sorted them: then blocks of rows that lie in one bucket are taken as the
// segment has summed them, and the rows at the edges of buckets are read: steps are searched, times looked
// up for the first points alone, values added by `FiniteValues`. Any other order gives the same buckets.

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

    /// Takes in a run of points.
    mutating func add(_ run: RunSum, rows: Int) {
        if isFirst(run.steps.lowerBound) { take(time: run.time, step: run.steps.lowerBound) }
        values.add(
            summed: rows, sum: run.sum, least: run.least, greatest: run.greatest,
            others: run.others)
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
    /// By line; none before its first row: each thread makes those of the lines that it meets.
    private var buckets: [[MetricBucket]]

    /// A point that may be the first of its bucket.
    private struct First {
        let line: Int
        let bucket: Int
        let step: Int64
        let row: Int
    }

    /// Buckets for the lines that a first scan has found.
    init(_ bounds: LineBounds, _ grid: BucketGrid) {
        self.grid = grid
        lines = bounds.lines
        buckets = Array(repeating: [], count: grid.lines.count)
    }

    mutating func add(_ rows: FoldedRows) throws(StoreError) {
        let runs = try lines.runs(rows, from: 3).filter { grid.lines[$0.line].count > 0 }
        for run in runs where buckets[run.line].isEmpty {
            buckets[run.line] = Array(
                repeating: MetricBucket(), count: grid.lines[run.line].count)
        }
        var firsts: [First] = []
        if rows.isSorted, let sums = try rows.runSums(2) {
            let rest = add(sums, of: runs)
            try add(try rest.read(rows), rows, &firsts)
        } else if rows.isSorted, let blocks = try rows.blockSums(2) {
            firsts.reserveCapacity(blocks.sums.count / 2)
            var rest = BlockRest(blocks, isStrict: rows.isStrictlySorted)
            for run in runs {
                Self.add(
                    run, of: grid.lines[run.line], blocks, &rest, &firsts,
                    into: &buckets[run.line])
            }
            try add(try rest.pieces.read(rows), rows, &firsts)
        } else {
            let steps = try LineSteps.of(runs, in: rows)
            let pieces = zip(runs, steps).map {
                LinePiece(line: $0.line, rows: $0.rows, steps: $1)
            }
            try add(pieces, rows, &firsts)
        }
        firsts.removeAll { buckets[$0.line][$0.bucket].step < $0.step }
        let times = try rows.integers(1, at: firsts.map(\.row))
        for (first, time) in zip(firsts, times) {
            buckets[first.line][first.bucket].take(time: time, step: first.step)
        }
    }

    /// Adds the blocks of a run that lie in one bucket each; the others are left to `rest`.
    private static func add(
        _ run: LineRun, of line: BucketGrid.Line, _ blocks: BlockSums, _ rest: inout BlockRest,
        _ firsts: inout [First], into buckets: inout [MetricBucket]
    ) {
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
            if buckets[bucket].isFirst(steps.lowerBound) {
                firsts.append(
                    First(
                        line: run.line, bucket: bucket, step: steps.lowerBound,
                        row: rest.start(of: first)))
            }
            buckets[bucket].values.add(
                first..<block, rows: rest.size, sums: blocks.sums.span, least: blocks.least.span,
                greatest: blocks.greatest.span, others: blocks.others.span)
        }
    }

    /// Adds the runs that lie in one bucket each; returns the rows of the others.
    private mutating func add(_ sums: RunSums, of lines: [LineRun]) -> LinePieces {
        var rest = LinePieces()
        var place = (run: 0, start: sums.start)
        for line in lines {
            Self.add(
                sums, from: &place, of: line, grid.lines[line.line], &rest,
                into: &buckets[line.line])
        }
        return rest
    }

    /// Adds the runs of a line, which `place` tells from: the first run that may have rows of it, and the
    /// first row of that.
    private static func add(
        _ runs: RunSums, from place: inout (run: Int, start: Int), of meant: LineRun,
        _ line: BucketGrid.Line, _ rest: inout LinePieces, into buckets: inout [MetricBucket]
    ) {
        var bucket = 0
        var steps = line.steps(of: bucket)
        while place.run < runs.count, place.start < meant.rows.upperBound {
            let run = runs[place.run]
            let rows = place.start..<run.end
            if rows.upperBound > meant.rows.lowerBound {
                if !steps.contains(run.steps.lowerBound) {
                    bucket = line.bucket(of: run.steps.lowerBound)
                    steps = line.steps(of: bucket)
                }
                if run.others != BlockSums.unknown, meant.rows.contains(rows),
                    run.steps.upperBound <= steps.upperBound
                {
                    buckets[bucket].add(run, rows: rows.count)
                } else {
                    let every =
                        run.isGapless ? run.steps.lowerBound &- Int64(rows.lowerBound) : nil
                    rest.append(rows.clamped(to: meant.rows), of: meant.line, every: every)
                }
            }
            // What is left of a run is of the next line, or not meant.
            if run.end > meant.rows.upperBound { return }
            place = (place.run + 1, run.end)
        }
    }

    /// Rows that are not in order, whose steps and times tell which comes first.
    private struct Unsorted {
        let steps: [Int64]
        let times: [Int64]

        /// The row of the least step, of several the one of the earliest time.
        func first(_ rows: Range<Int>) -> Int {
            var first = rows.lowerBound
            for row in rows.dropFirst()
            where (steps[row], times[row]) < (steps[first], times[first]) { first = row }
            return first
        }
    }

    /// Adds the points of some rows.
    private mutating func add(
        _ pieces: [LinePiece], _ rows: FoldedRows, _ firsts: inout [First]
    ) throws(StoreError) {
        guard let values = try rows.floats(2, in: pieces.map(\.rows)) else { return }
        // Of rows in order the first one has the least step.
        let unsorted =
            rows.isSorted
            ? nil : Unsorted(steps: try rows.integers(0), times: try rows.integers(1))
        var place = 0
        for piece in pieces {
            Self.add(
                piece, values.span, from: place, unsorted, of: grid.lines[piece.line], &firsts,
                into: &buckets[piece.line])
            place += piece.rows.count
        }
    }

    /// Adds the points of a piece, whose values lie from `place` on.
    private static func add(
        _ piece: LinePiece, _ values: Span<Double>, from place: Int, _ unsorted: Unsorted?,
        of line: BucketGrid.Line, _ firsts: inout [First], into buckets: inout [MetricBucket]
    ) {
        let shift = place - piece.rows.lowerBound
        piece.steps.forEachBucket(of: line, piece.rows) { bucket, rows, step in
            buckets[bucket].values.add(values, rows.lowerBound + shift..<rows.upperBound + shift)
            var first = First(line: piece.line, bucket: bucket, step: step, row: rows.lowerBound)
            if let unsorted {
                let row = unsorted.first(rows)
                first = First(
                    line: piece.line, bucket: bucket, step: unsorted.steps[row], row: row)
            }
            if buckets[bucket].isFirst(first.step) { firsts.append(first) }
        }
    }

    /// Buckets that threads merge at a time.
    private static let mergedBuckets = 16_384

    mutating func merge(_ others: [MetricBuckets]) throws(StoreError) {
        // All know the lines of the first scan, and no others.
        let folds = [buckets] + others.map(\.buckets)
        let count = buckets.count
        let pieces = 1 + grid.count / Self.mergedBuckets
        let merged = try Parallel.map(pieces) { piece in
            Parallel.part(piece, of: pieces, in: 0..<count).map { line in
                Self.merged(folds.lazy.map { $0[line] })
            }
        }
        buckets = Array(merged.joined())
    }

    /// The buckets of a line, of which each fold has found all or none.
    private static func merged(_ found: some Sequence<[MetricBucket]>) -> [MetricBucket] {
        var merged: [MetricBucket] = []
        for buckets in found where !buckets.isEmpty {
            if merged.isEmpty {
                merged = buckets
            } else {
                let buckets = buckets.span
                var merged = merged.mutableSpan
                for index in buckets.indices { merged[index].merge(buckets[index]) }
            }
        }
        return merged
    }

    /// One row per bucket that holds points, in order of the keys and steps: its first step and that
    /// step's time, then mean, least and greatest finite value (null without any), flags, and the
    /// number of points.
    func table(keys: [String]) -> ResultTable {
        var figures = BucketFigures(capacity: grid.count)
        var counts: [(line: Int, count: Int)] = []
        for line in grid.count == 0 ? [] : lines.sorted() {
            counts.append((line, figures.append(buckets[line])))
        }
        return ResultTable(
            columns: lines.columns(keys, of: counts) + figures.columns(), rowCount: figures.count)
    }
}
