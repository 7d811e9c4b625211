// For tables whose identity is a prefix of the sort key (metrics, entities): where each series
// lies in a segment. A series is all rows that agree on the identity but for a trailing integer
// (the step of a metric); its rows are contiguous in each region, because the region is sorted.
// Cost of a look-up: one binary search over 40-byte entries.

import SpanModel

/// A series of a segment.
package struct SeriesEntry: Sendable, Equatable {
    /// Hash of the identity without its trailing integer.
    package let hash: UInt64
    /// Rows in the live region, then in the history region (row numbers of the segment).
    package let live: Range<UInt32>
    package let history: Range<UInt32>
    /// Least and greatest trailing integer over both regions; 0...0 when there is none.
    package let steps: ClosedRange<Int64>

    package init(
        hash: UInt64, live: Range<UInt32>, history: Range<UInt32>, steps: ClosedRange<Int64>
    ) {
        self.hash = hash
        self.live = live
        self.history = history
        self.steps = steps
    }
}

/// The series of a segment, sorted by hash; equal hashes of different series stand side by side.
package struct SeriesDirectory: Sendable, Equatable {
    package let entries: [SeriesEntry]

    /// `entries` in any order.
    package init(_ entries: [SeriesEntry]) {
        self.entries = entries.sorted {
            ($0.hash, $0.live.lowerBound, $0.history.lowerBound)
                < ($1.hash, $1.live.lowerBound, $1.history.lowerBound)
        }
    }

    /// The section's bytes.
    package func encode() -> [UInt8] {
        var out: [UInt8] = []
        out.put(UInt32(entries.count))
        for entry in entries {
            out.put(entry.hash)
            out.put(entry.live.lowerBound)
            out.put(entry.live.upperBound)
            out.put(entry.history.lowerBound)
            out.put(entry.history.upperBound)
            out.put(entry.steps.lowerBound)
            out.put(entry.steps.upperBound)
        }
        return out
    }

    /// The directory of a section over a segment of `rowCount` rows, the first `liveRows` of them
    /// live. Throws `corruption`.
    package static func decode(
        _ reader: inout ByteReader, liveRows: Int, rowCount: Int
    ) throws(StoreError) -> SeriesDirectory {
        var entries: [SeriesEntry] = []
        let count = try reader.count(itemBytes: 40)
        entries.reserveCapacity(count)
        for _ in 0..<count {
            let hash = try reader.uint64()
            let liveStart = try reader.uint32()
            let liveEnd = try reader.uint32()
            let historyStart = try reader.uint32()
            let historyEnd = try reader.uint32()
            let least = try reader.int64()
            let greatest = try reader.int64()
            guard liveStart <= liveEnd, historyStart <= historyEnd, least <= greatest,
                liveEnd <= liveRows, historyEnd <= rowCount,
                historyStart >= liveRows || historyStart == historyEnd
            else { throw reader.damage("series range is wrong") }
            entries.append(
                SeriesEntry(
                    hash: hash, live: liveStart..<liveEnd, history: historyStart..<historyEnd,
                    steps: least...greatest))
        }
        try reader.finish()
        return SeriesDirectory(entries)
    }

    /// The entries with a hash.
    package func entries(hash: UInt64) -> ArraySlice<SeriesEntry> {
        let start = entries.indices.partitionPoint { entries[$0].hash < hash }
        var end = start
        while end < entries.count, entries[end].hash == hash { end += 1 }
        return entries[start..<end]
    }
}
