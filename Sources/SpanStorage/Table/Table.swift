// One table of one workspace, as its single writer holds it: memtable, identity index, segments.
// Order of calls: `apply` per batch; `freeze` when a seal begins, `thaw` when its segment is in the
// index. Readers never see this object, only its `TableSnapshot`.

import SpanColumns
import SpanFormat
import SpanModel

/// The writer's state of a table.
final class Table {
    let schema: TableSchema
    let workspace: UInt32
    let hasher: IdentityHasher
    /// Takes the writes.
    var memtable = Memtable()
    /// What a seal is writing; nil while there is none.
    private(set) var frozen: Memtable?
    /// Segments and how to find rows in them.
    var index = IdentityIndex() {
        didSet { published = nil }
    }
    /// What readers found out about groups, for the next ones.
    private let keptGroups = KeptGroups()
    /// What readers were last given; nil when the table has changed since.
    private var published: TableSnapshot?

    init(schema: TableSchema, workspace: UInt32, identitySeed: UInt64) {
        self.schema = schema
        self.workspace = workspace
        hasher = IdentityHasher(schema: schema, seed: identitySeed)
    }

    /// What readers see once everything so far is published.
    func snapshot() -> TableSnapshot {
        if let published { return published }
        let snapshot = TableSnapshot(
            schema: schema, hasher: hasher, index: index,
            writes: chunks(\.writes), merged: chunks(\.merged), keptGroups: keptGroups)
        published = snapshot
        return snapshot
    }

    private func chunks(_ list: KeyPath<Memtable, ChunkList>) -> [MemtableChunk] {
        let current = memtable[keyPath: list].chunks
        return frozen.map { $0[keyPath: list].chunks + current } ?? current
    }

    /// Adds the chunks of a batch that was applied.
    func append(writes: MemtableChunk, merged: MemtableChunk?) {
        memtable.writes.append(writes)
        if let merged { memtable.merged.append(merged) }
        published = nil
    }

    /// Sets the memtable aside for a seal. There must be no frozen one.
    func freeze() {
        precondition(frozen == nil, "table \(schema.name) has a frozen memtable")
        if memtable.rowCount > 0 { frozen = exchange(&memtable, with: Memtable()) }
    }

    /// Forgets the frozen memtable; its rows are in segments now.
    func thaw() {
        frozen = nil
        published = nil
    }

    /// All rows of an identity outside the current memtable; `isSealed` is false when it is known
    /// that segments have none.
    func olderRows(
        _ hash: IdentityHash, key: () -> [UInt8], trailing: Int64?, isSealed: Bool
    ) -> [FoundRow] {
        let sealed = isSealed ? index.find(hash, key: key, trailing: trailing) : []
        guard let frozen else { return sealed }
        return sealed + frozen.rows(of: hash, key: key)
    }
}
