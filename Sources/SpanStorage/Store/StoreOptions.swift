// The sizes a store works with; tests make them small.

import SpanColumns
import SpanModel

/// How a store is opened.
package struct StoreOptions: Sendable {
    /// Bytes of memtables after which they are sealed.
    package var memtableBytesMax = Limits.memtableBytesMax
    /// Rows of memtables after which they are sealed.
    package var memtableRowsMax = Limits.memtableRowsMax
    /// Rows of memtables that a clean stop does not seal.
    package var rowsLeftToReplayMax = Limits.rowsLeftToReplayMax
    /// Length of a WAL file.
    package var walFileBytes = Limits.walFileBytes
    /// Rows of a segment that compaction writes.
    package var segmentRowsMax = Limits.segmentRowsMax
    /// Idempotency keys that are remembered at least.
    package var idempotencyWindowBatches = Limits.idempotencyWindowBatches
    /// What computes the rollups of new segments; nil: they get none, and rows are read instead.
    package var rollupMaker: (any RollupMaker)?
    /// Bytes kept aside for a full disk; 0: none.
    package var headroomBytes = Limits.headroomBytes
    /// Starts in spite of damage: what does not check is set aside and named.
    package var recovers = false
    /// With `recovers`: drops segments in quarantine that are still damaged.
    package var discardsQuarantined = false
    /// What the LOCK file tells others of the holder (pid, socket).
    package var holder = ""

    package init() {}
}
