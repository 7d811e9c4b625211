// One table of one workspace, as its single writer holds it: memtable, identity index, segments.
// Order of calls: `apply` per batch; `clearMemtable` when a seal has written it; `replace` when a
// compaction has rewritten segments. Readers never see this object, only its `TableSnapshot`.

import SpanColumns
import SpanFormat
import SpanModel

/// The writer's state of a table.
final class Table {
    let schema: TableSchema
    let workspace: UInt32
    let hasher: IdentityHasher
    /// Every write since the last seal.
    var writes = ChunkList()
    /// The folded states of identities with patches, made since the last seal.
    var merged = ChunkList()
    var memtableIndex = MemtableIndex()
    /// Segments and how to find rows in them.
    var index = IdentityIndex()

    init(schema: TableSchema, workspace: UInt32, identitySeed: UInt64) {
        self.schema = schema
        self.workspace = workspace
        hasher = IdentityHasher(schema: schema, seed: identitySeed)
    }

    /// Bytes of the memtable, roughly.
    var memtableBytes: Int {
        writes.byteCount + merged.byteCount
            + memtableIndex.states.count * MemtableIndex.stateBytes
    }

    /// Rows of the memtable.
    var memtableRows: Int { writes.rowCount + merged.rowCount }

    /// What readers see once everything so far is published.
    func snapshot() -> TableSnapshot {
        TableSnapshot(
            schema: schema, hasher: hasher, index: index, writes: writes.chunks,
            merged: merged.chunks)
    }

    /// Forgets the memtable; its rows are in segments now.
    func clearMemtable() {
        writes.removeAll()
        merged.removeAll()
        memtableIndex = MemtableIndex()
    }
}
