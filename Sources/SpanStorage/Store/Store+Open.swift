// Start: lock, manifest, segments and runs by name, leftovers removed, WAL replayed through the
// same `apply` that took the batches the first time. Segments are mapped at first use, so a clean
// start costs the manifest and the runs' headers, however large the store is.

import SpanColumns
import SpanFormat
import SpanModel
import SpanPlatform

extension Store {
    /// Opens the store in `directory`, making it when there is none. Throws `locked` when another
    /// process holds it, `corruption` when what was durable does not check, unless
    /// `options.recovers`: then `recoveryFindings` names what was lost.
    package static func open(
        directory: String, fileSystem: any FileSystem, options: StoreOptions = StoreOptions(),
        randomness: Randomness = .system
    ) throws(StoreError) -> Store {
        try fileSystem.createDirectory(directory)
        let lock = try fileSystem.lock(directory + "/" + FileNames.lock, exclusive: true)
        let headroom = Headroom(
            directory: directory, fileSystem: fileSystem, bytes: options.headroomBytes)
        try headroom.spendForRecovery()
        try lock.describe(options.holder)
        var randomness = randomness
        var manifest = try readOrCreateManifest(directory, fileSystem, &randomness)
        let files = StoreFiles(
            directory: directory, fileSystem: fileSystem, nextNumber: manifest.nextFileNumber,
            headroom: headroom, rollupMaker: options.rollupMaker)
        try StoreLeftovers(manifest: manifest, files: files).remove()
        var catalog = try StoreCatalog(
            manifest: manifest, files: files, passesOverDamage: options.recovers)
        var recovery = StoreRecovery(
            files: files, discardsQuarantined: options.discardsQuarantined)
        if options.recovers { manifest = try recovery.run(catalog, manifest) }
        let wal = try WriteAheadLog.open(
            directory: directory, fileSystem: fileSystem,
            options: WriteAheadLog.Options(
                fileBytes: options.walFileBytes, recover: options.recovers,
                randomness: randomness),
            from: manifest.walLowWater
        ) { batch throws(StoreError) in
            try catalog.replay(batch)
        }
        let store = Store(
            directory: directory, fileSystem: fileSystem, options: options, files: files,
            manifest: manifest, wal: wal, lock: lock, catalog: catalog)
        store.publish()
        store.recoveryFindings = recovery.findings
        try store.leaveDamagedLog()
        // On a full disk reads work, and commits wait for it.
        try? headroom.restore()
        return store
    }

    /// After damage in the log was passed over: seals what was replayed, so that the log below is
    /// needed no more. What was passed over is below `quarantine/`.
    private func leaveDamagedLog() throws(StoreError) {
        if wal.recovery.skipped.isEmpty { return }
        for range in wal.recovery.skipped {
            recoveryFindings.append(
                "the log from position \(range.lowerBound) to \(range.upperBound) does not check "
                    + "and was passed over: batches in it are lost")
        }
        try files.writeReport(recoveryFindings, edit: manifest.edit + 1)
        try seal()
        var edited = manifest
        edited.walLowWater = wal.position
        try install(&edited)
        try wal.release(below: manifest.walLowWater)
    }

    private static func readOrCreateManifest(
        _ directory: String, _ fileSystem: any FileSystem, _ randomness: inout Randomness
    ) throws(StoreError) -> Manifest {
        if let manifest = try ManifestFile.read(directory, fileSystem) { return manifest }
        let names = try fileSystem.list(directory)
        // A backup that was never finished looks so too.
        let isLeft = names.contains {
            FileNames.walIndex($0) != nil || FileNames.workspaceNumber($0) != nil
        }
        guard !isLeft else {
            throw .corruption(
                file: directory + "/" + FileNames.manifest, offset: 0, region: "manifest",
                reason: "missing beside files of a store")
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
