// The sizes a store works with; tests make them small.

import SpanColumns
import SpanModel

/// How a store is opened.
package struct StoreOptions: Sendable {
    /// Bytes of memtables after which they are sealed.
    package var memtableBytesMax = Limits.memtableBytesMax
    /// Rows of memtables after which they are sealed.
    package var memtableRowsMax = Limits.memtableRowsMax
    /// Length of a WAL file.
    package var walFileBytes = Limits.walFileBytes
    /// Rows of a segment that compaction writes.
    package var segmentRowsMax = Limits.segmentRowsMax
    /// Idempotency keys that are remembered at least.
    package var idempotencyWindowBatches = Limits.idempotencyWindowBatches
    /// What computes the rollups of new segments; nil: they get none, and rows are read instead.
    package var rollupMaker: (any RollupMaker)?
    /// What the LOCK file tells others of the holder (pid, socket).
    package var holder = ""

    package init() {}
}
