// The series directories of an index's segments, side by side: a write looks each of its rows up in all of
// them, and most segments hold no row of the series near that step.
// Cost: one pass over the segments at the first look-up, then one lock for each.

import SpanFormat
import SpanModel
import Synchronization

/// Directories by segment, read once.
final class KnownDirectories: Sendable {
    private let known = Mutex<[SeriesDirectory?]?>(nil)

    /// The directories of `segments`, which must be the same at each call; nil where one cannot be read,
    /// which is for the caller to find out again.
    func of(_ segments: [SegmentHandle]) -> [SeriesDirectory?] {
        known.withLock { known in
            if let known { return known }
            let found = segments.map { segment -> SeriesDirectory? in
                segment.readOrQuarantine { mapped throws(StoreError) in
                    [try mapped.seriesDirectory()]
                }.first
            }
            known = found
            return found
        }
    }
}
