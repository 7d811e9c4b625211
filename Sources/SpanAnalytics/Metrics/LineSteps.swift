// The steps of neighbouring rows of one line, and where those of a bucket end. A line that has every
// step, as most do, is known by its first and last one; in a sorted one the end is searched.

import SpanColumns
import SpanModel
import SpanQuery

/// Steps by row.
enum LineSteps {
    /// Every step from that of row 0 on, were the line that long.
    case every(from: Int64)
    /// Of the rows from `first` on.
    case ascending([Int64], first: Int)
    case any([Int64])

    /// The steps of every run of a morsel, in which they are output 0.
    static func of(_ runs: [LineRun], in rows: FoldedRows) throws(StoreError) -> [LineSteps] {
        guard rows.isSorted else {
            let steps = LineSteps.any(try rows.integers(0))
            return Array(repeating: steps, count: runs.count)
        }
        var ends: [Int] = []
        for (index, run) in runs.enumerated()
        where index == 0 || runs[index - 1].neighbours != run.neighbours {
            ends += [run.neighbours.lowerBound, run.neighbours.upperBound - 1]
        }
        let steps = try rows.integers(0, at: ends)
        var found: [LineSteps] = []
        var pair = -2
        for (index, run) in runs.enumerated() {
            if index > 0, runs[index - 1].neighbours == run.neighbours {
                found.append(found[index - 1])
                continue
            }
            pair += 2
            let isWhole =
                rows.isStrictlySorted
                && steps[pair + 1] &- steps[pair] == Int64(run.neighbours.count - 1)
            found.append(
                isWhole
                    ? .every(from: steps[pair] &- Int64(run.neighbours.lowerBound))
                    : .ascending(try rows.integers(0), first: 0))
        }
        return found
    }

    /// Calls `body` with the runs of `rows` that lie in one bucket of the line, in order, and the step of
    /// the first row of each.
    func forEachBucket(
        of line: BucketGrid.Line, _ rows: Range<Int>,
        _ body: (_ bucket: Int, _ rows: Range<Int>, _ step: Int64) -> Void
    ) {
        func cut(_ step: (Int) -> Int64, _ end: (ClosedRange<Int64>, Range<Int>) -> Int) {
            var start = rows.lowerBound
            while start < rows.upperBound {
                let first = step(start)
                let bucket = line.bucket(of: first)
                let next = end(line.steps(of: bucket), start..<rows.upperBound)
                body(bucket, start..<next, first)
                start = next
            }
        }
        switch self {
        case .every(let first):
            cut({ first &+ Int64($0) }) { bucket, rows in
                // Both lie in the bucket or not far from it: no overflow for steps, which are ≥ 0.
                let left = bucket.upperBound &- first &- Int64(rows.lowerBound)
                return left >= Int64(rows.count)
                    ? rows.upperBound : rows.lowerBound + 1 + max(0, Int(left))
            }
        case .ascending(let steps, let first):
            cut({ steps[$0 - first] }) { bucket, rows in
                let places = rows.lowerBound - first..<rows.upperBound - first
                return first + Self.searched(steps, bucket.upperBound, places)
            }
        case .any(let steps):
            cut({ steps[$0] }) { bucket, rows in
                var end = rows.lowerBound + 1
                while end < rows.upperBound, bucket.contains(steps[end]) { end += 1 }
                return end
            }
        }
    }

    /// The first row behind that of `rows` whose step is above `last`: by strides that double, then
    /// by halves.
    private static func searched(_ steps: [Int64], _ last: Int64, _ rows: Range<Int>) -> Int {
        var low = rows.lowerBound + 1
        var stride = 1
        while low + stride < rows.upperBound, steps[low + stride - 1] <= last {
            low += stride
            stride *= 2
        }
        return (low..<min(rows.upperBound, low + stride)).partitionPoint { steps[$0] <= last }
    }
}
