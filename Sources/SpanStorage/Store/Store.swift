// The store of one directory: a synchronous engine for a single writer. It has no threads, no
// clock of its own and no randomness but what it is given, so a simulator can drive it; `StoreWriter`
// gives it a thread.
// Order of calls: `open`; then any of `commit`, `seal`, `compact`, in any order; `close` last.
// Readers use `snapshots`, from any thread, at any time.

import SpanColumns
import SpanFormat
import SpanModel
import SpanPlatform

/// An open store.
package final class Store {
    let directory: String
    let fileSystem: any FileSystem
    let options: StoreOptions
    /// What readers see.
    package let snapshots: SnapshotCell
    let files: StoreFiles
    var manifest: Manifest
    var wal: WriteAheadLog
    var workspaces: [Workspace]
    var window: IdempotencyWindow
    /// The sequence of the next row.
    var nextSequence: UInt64
    /// Why nothing can be written any more; nil: it can.
    package internal(set) var failure: StoreError?
    /// What a start in spite of damage found and did, a line each.
    package internal(set) var recoveryFindings: [String] = []
    /// The seal that has frozen the memtables.
    var plannedSeal: SealJob?
    /// Paths of files with erased rows that are still to be removed.
    var unremoved: [String] = []
    /// Nil once the store is closed.
    private var lock: (any FileLock)?

    init(
        directory: String, fileSystem: any FileSystem, options: StoreOptions, files: StoreFiles,
        manifest: Manifest, wal: WriteAheadLog, lock: any FileLock, catalog: StoreCatalog
    ) {
        self.directory = directory
        self.fileSystem = fileSystem
        self.options = options
        self.files = files
        self.manifest = manifest
        self.wal = wal
        self.lock = lock
        workspaces = catalog.workspaces
        window = catalog.window
        nextSequence = catalog.nextSequence
        snapshots = SnapshotCell()
    }

    /// The workspace called `name`, made when it is new. Throws `limitExceeded`.
    func workspace(named name: String) throws(StoreError) -> Workspace {
        if let known = workspaces.first(where: { $0.name == name }) { return known }
        guard workspaces.count < Limits.workspacesMax else {
            throw .limitExceeded(
                limit: "workspaces", value: workspaces.count + 1, maximum: Limits.workspacesMax)
        }
        let workspace = Workspace(
            number: UInt32(workspaces.count + 1), name: name, identitySeed: manifest.storeID)
        workspaces.append(workspace)
        return workspace
    }

    /// Every table of every workspace.
    var tables: [Table] { workspaces.flatMap(\.tables) }

    /// The table of a place.
    func table(_ place: TablePlace) -> Table? { tables.first { $0.place == place } }

    /// Bytes of all memtables, frozen ones included, roughly.
    package var memtableBytes: Int {
        tables.reduce(0) { $0 + $1.memtable.byteCount + ($1.frozen?.byteCount ?? 0) }
    }

    /// Rows of all memtables, frozen ones included.
    package var memtableRows: Int {
        tables.reduce(0) { $0 + $1.memtable.rowCount + ($1.frozen?.rowCount ?? 0) }
    }

    /// Every row up to here is in a segment.
    package var sealedSequence: UInt64 { manifest.nextSequence - 1 }

    /// The sequence of the last row; 0 when there is none.
    package var lastSequence: UInt64 { nextSequence - 1 }

    /// Makes everything applied so far visible.
    func publish() {
        snapshots.publish(Snapshot(sequence: lastSequence, of: workspaces))
    }

    /// Syncs and closes the WAL and gives up the lock. Nothing can be written afterwards.
    package func close() throws(StoreError) {
        defer { lock = nil }
        if failure != nil { return }
        fail(.readOnly(reason: "the store is closed"))
        try wal.close()
    }
}
