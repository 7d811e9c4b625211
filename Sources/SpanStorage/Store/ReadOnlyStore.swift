// A store that no daemon holds, read in this process: the manifest's segments, and the WAL replayed
// into memory. Nothing is written; a shared lock keeps a daemon from starting meanwhile.

import SpanColumns
import SpanFormat
import SpanModel
import SpanPlatform

/// A store opened for reading.
package struct ReadOnlyStore {
    /// All that was acknowledged.
    package let snapshot: Snapshot
    private let lock: any FileLock

    /// Opens the store of a directory. Throws `unknown` when there is none, `locked` when a daemon
    /// holds it, `corruption` when what was durable does not check.
    package init(directory: String, fileSystem: any FileSystem) throws(StoreError) {
        guard try fileSystem.size(directory + "/" + FileNames.manifest) != nil else {
            throw .unknown(what: "store", name: directory)
        }
        lock = try fileSystem.lock(directory + "/" + FileNames.lock, exclusive: false)
        guard let manifest = try ManifestFile.read(directory, fileSystem) else {
            throw .unknown(what: "store", name: directory)
        }
        let files = StoreFiles(
            directory: directory, fileSystem: fileSystem, nextNumber: manifest.nextFileNumber)
        var catalog = try StoreCatalog(manifest: manifest, files: files)
        _ = try WriteAheadLog.read(
            directory: directory, fileSystem: fileSystem, from: manifest.walLowWater
        ) { batch throws(StoreError) in
            try catalog.replay(batch)
        }
        snapshot = Snapshot(sequence: catalog.nextSequence - 1, of: catalog.workspaces)
    }
}
