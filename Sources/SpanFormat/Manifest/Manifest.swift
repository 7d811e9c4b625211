// The manifest says which files make up the store: a value that is replaced as a whole by one
// rename (schemas/manifest.md). Files that it does not list are leftovers of a crash and are
// removed at start. Its cost is a few kilobytes of writing per seal or compaction.

import SpanModel

/// The contents of a store as of one edit.
package struct Manifest: Sendable, Equatable {
    /// Rises by one with each edit.
    package var edit: UInt64 = 0
    /// Random, made once: binds checksums and hashes to this store.
    package var storeID: UInt64
    /// The next number for a file of any kind.
    package var nextFileNumber: UInt64 = 1
    /// Rows below this sequence are in segments; the WAL holds the others.
    package var nextSequence: UInt64 = 1
    /// The WAL position from which replay starts.
    package var walLowWater: UInt64 = 0
    package var workspaces: [WorkspaceEntry] = []
    package var segments: [SegmentEntry] = []
    package var identityRuns: [IdentityRunEntry] = []
    /// Sorted files of idempotency keys, oldest first.
    package var idempotencyRuns: [IdempotencyRunEntry] = []
    /// The file of rows killed in listed segments; 0: none are.
    package var killsFile: UInt64 = 0

    package init(storeID: UInt64) { self.storeID = storeID }
}

/// A tenant of the store.
package struct WorkspaceEntry: Sendable, Equatable {
    package let number: UInt32
    package let name: String

    package init(number: UInt32, name: String) {
        self.number = number
        self.name = name
    }
}

/// How far a segment has come. Raw values are on disk; a level a reader does not know is as good as
/// the highest it does.
package enum SegmentLevel: UInt8, Sendable {
    /// Rows as they arrived, of any day.
    case sealed = 0
    /// Merged, and split by day where the table is.
    case compacted = 1
    /// The same with its texts packed anew.
    case dense = 2
}

/// A segment and what is known of it without opening it.
package struct SegmentEntry: Sendable, Equatable {
    package let file: UInt64
    package let workspace: UInt32
    package let table: UInt8
    /// A `SegmentLevel`.
    package let level: UInt8
    /// The day of all its rows (days since the epoch), where compaction splits by day; else 0.
    package let day: Int64
    package let liveRows: UInt32
    package let historyRows: UInt32
    package let sequences: ClosedRange<UInt64>
    /// Least and greatest value of the table's time column over all rows; nil when none has one.
    package let times: ClosedRange<Int64>?
    package let byteCount: UInt64
    /// Why the segment may not be read; empty: it may.
    package var quarantine: String

    package init(
        file: UInt64, workspace: UInt32, table: UInt8, level: UInt8, day: Int64, liveRows: UInt32,
        historyRows: UInt32, sequences: ClosedRange<UInt64>, times: ClosedRange<Int64>?,
        byteCount: UInt64, quarantine: String = ""
    ) {
        self.file = file
        self.workspace = workspace
        self.table = table
        self.level = level
        self.day = day
        self.liveRows = liveRows
        self.historyRows = historyRows
        self.sequences = sequences
        self.times = times
        self.byteCount = byteCount
        self.quarantine = quarantine
    }
}

/// A sorted file of identity hashes of one table.
package struct IdentityRunEntry: Sendable, Equatable {
    package let file: UInt64
    package let workspace: UInt32
    package let table: UInt8
    package let entryCount: UInt64

    package init(file: UInt64, workspace: UInt32, table: UInt8, entryCount: UInt64) {
        self.file = file
        self.workspace = workspace
        self.table = table
        self.entryCount = entryCount
    }
}

/// A sorted file of idempotency keys.
package struct IdempotencyRunEntry: Sendable, Equatable {
    package let file: UInt64
    package let entryCount: UInt64

    package init(file: UInt64, entryCount: UInt64) {
        self.file = file
        self.entryCount = entryCount
    }
}
