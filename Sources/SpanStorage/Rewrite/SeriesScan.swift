// Finds the series of a segment whose identity is a prefix of the sort key: runs of rows with the
// same string part, in the live region and in the history region.

import SpanColumns
import SpanFormat
import SpanModel

/// Scans the rows of an output for series.
struct SeriesScan {
    private let rows: [RewriteRow]
    private let liveCount: Int
    private let hashes: [IdentityHash]
    /// Whether key1 is the trailing integer.
    private let hasSteps: Bool

    init(
        _ input: RewriteInput, rows: [RewriteRow], liveCount: Int, hashes: [IdentityHash]
    ) throws(StoreError) {
        self.rows = rows
        self.liveCount = liveCount
        self.hashes = hashes
        hasSteps = input.schema.trailingInteger != nil
    }

    private struct Run {
        let key: Int64
        let hash: UInt64
        let rows: Range<UInt32>
        let steps: ClosedRange<Int64>
    }

    /// One entry per series.
    func entries() -> [SeriesEntry] {
        let live = runs(0..<liveCount)
        let history = runs(liveCount..<rows.count)
        var entries: [SeriesEntry] = []
        var next = 0
        for run in live {
            while next < history.count, history[next].key < run.key {
                entries.append(entry(live: nil, history: history[next]))
                next += 1
            }
            if next < history.count, history[next].key == run.key {
                entries.append(entry(live: run, history: history[next]))
                next += 1
            } else {
                entries.append(entry(live: run, history: nil))
            }
        }
        return entries + history[next...].map { entry(live: nil, history: $0) }
    }

    private func runs(_ range: Range<Int>) -> [Run] {
        var runs: [Run] = []
        var start = range.lowerBound
        while start < range.upperBound {
            var end = start + 1
            while end < range.upperBound, rows[end].key0 == rows[start].key0 { end += 1 }
            let steps = hasSteps ? rows[start].key1...rows[end - 1].key1 : 0...0
            runs.append(
                Run(
                    key: rows[start].key0, hash: hashes[start].leading,
                    rows: UInt32(start)..<UInt32(end), steps: steps))
            start = end
        }
        return runs
    }

    private func entry(live: Run?, history: Run?) -> SeriesEntry {
        let least = min(
            live?.steps.lowerBound ?? .max, history?.steps.lowerBound ?? .max)
        let greatest = max(
            live?.steps.upperBound ?? .min, history?.steps.upperBound ?? .min)
        return SeriesEntry(
            hash: live?.hash ?? history?.hash ?? 0, live: live?.rows ?? 0..<0,
            history: history?.rows ?? 0..<0, steps: min(least, greatest)...greatest)
    }
}
