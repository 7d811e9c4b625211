// What one table looked like when a batch was published: immutable lists of chunks and segments.

import SpanColumns
import SpanFormat
import SpanModel

/// A table at one moment.
struct TableSnapshot: Sendable {
    let schema: TableSchema
    let hasher: IdentityHasher
    let index: IdentityIndex
    let writes: [MemtableChunk]
    let merged: [MemtableChunk]
}
