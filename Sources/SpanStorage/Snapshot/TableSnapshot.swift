// What one table looked like when a batch was published: immutable lists of chunks and segments. A
// table that did not change since is published again as the same object.

import SpanColumns
import SpanFormat
import SpanModel

/// A table at one moment.
final class TableSnapshot: Sendable {
    let schema: TableSchema
    let hasher: IdentityHasher
    let index: IdentityIndex
    let writes: [MemtableChunk]
    let merged: [MemtableChunk]
    /// What queries found out about the table at this moment.
    let memo = SnapshotMemo()
    /// The same at this or an earlier one: the table's own.
    let keptGroups: KeptGroups

    init(
        schema: TableSchema, hasher: IdentityHasher, index: IdentityIndex,
        writes: [MemtableChunk], merged: [MemtableChunk], keptGroups: KeptGroups
    ) {
        self.schema = schema
        self.hasher = hasher
        self.index = index
        self.writes = writes
        self.merged = merged
        self.keptGroups = keptGroups
    }
}
