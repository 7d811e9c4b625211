// Start: lock, manifest, segments and runs by name, leftovers removed, WAL replayed through the
// same `apply` that took the batches the first time. Segments are mapped at first use, so a clean
// start costs the manifest and the runs' headers, however large the store is.

import SpanColumns
import SpanFormat
import SpanModel
import SpanPlatform

extension Store {
    /// Opens the store in `directory`, making it when there is none. Throws `locked` when another
    /// process holds it, `corruption` when what was durable does not check.
    package static func open(
        directory: String, fileSystem: any FileSystem, options: StoreOptions = StoreOptions(),
        randomness: Randomness = .system
    ) throws(StoreError) -> Store {
        try fileSystem.createDirectory(directory)
        let lock = try fileSystem.lock(directory + "/" + FileNames.lock, exclusive: true)
        try lock.describe(options.holder)
        var randomness = randomness
        let manifest = try readOrCreateManifest(directory, fileSystem, &randomness)
        let files = StoreFiles(
            directory: directory, fileSystem: fileSystem, nextNumber: manifest.nextFileNumber,
            rollupMaker: options.rollupMaker)
        try StoreLeftovers(manifest: manifest, files: files).remove()
        var catalog = try StoreCatalog(manifest: manifest, files: files)
        let wal = try WriteAheadLog.open(
            directory: directory, fileSystem: fileSystem,
            options: WriteAheadLog.Options(
                fileBytes: options.walFileBytes, randomness: randomness),
            from: manifest.walLowWater
        ) { batch throws(StoreError) in
            try catalog.replay(batch)
        }
        let store = Store(
            directory: directory, fileSystem: fileSystem, options: options, files: files,
            manifest: manifest, wal: wal, lock: lock, catalog: catalog)
        store.publish()
        return store
    }

    private static func readOrCreateManifest(
        _ directory: String, _ fileSystem: any FileSystem, _ randomness: inout Randomness
    ) throws(StoreError) -> Manifest {
        if let manifest = try ManifestFile.read(directory, fileSystem) { return manifest }
        let names = try fileSystem.list(directory)
        guard !names.contains(where: { FileNames.walIndex($0) != nil }) else {
            throw .corruption(
                file: directory + "/" + FileNames.manifest, offset: 0, region: "manifest",
                reason: "missing beside WAL files")
        }
        let manifest = Manifest(storeID: randomness.next())
        let files = StoreFiles(directory: directory, fileSystem: fileSystem, nextNumber: 1)
        do {
            try ManifestFile.replace(with: manifest, files)
        } catch {
            throw error.cause
        }
        return manifest
    }
}
