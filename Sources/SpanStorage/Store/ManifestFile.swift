// MANIFEST on disk: written beside, synced, renamed over the old one, the directory synced. The
// store is at every instant what exactly one whole manifest says.

import SpanFormat
import SpanModel
import SpanPlatform

/// Reads and replaces the manifest of a store.
enum ManifestFile {
    /// The manifest; nil when the store is new.
    static func read(
        _ directory: String, _ fileSystem: any FileSystem
    ) throws(StoreError) -> Manifest? {
        let path = directory + "/" + FileNames.manifest
        guard let size = try fileSystem.size(path) else { return nil }
        let file = try fileSystem.open(path, .read)
        let bytes = try file.read(at: 0, count: Int(size))
        let result: Result<Manifest, StoreError> = bytes.withUnsafeBytes { buffer in
            Result { () throws(StoreError) in try ManifestCodec.decode(buffer, file: path) }
        }
        return try result.get()
    }

    /// Makes `manifest` the store's. `ManifestReplaceError.isUncertain` tells a failure after the rename,
    /// when a crash may show the old or the new one, from a harmless one before it.
    static func replace(
        with manifest: Manifest, _ files: StoreFiles
    ) throws(ManifestReplaceError) {
        let temporary = files.path(FileNames.temporaryManifest)
        do {
            if try files.fileSystem.size(temporary) != nil {
                try files.fileSystem.unlink(temporary)
            }
            try files.headroom.spending { () throws(StoreError) in
                try files.write(temporary) { sink throws(StoreError) in
                    try sink.append(ManifestCodec.encode(manifest))
                }
            }
        } catch {
            throw ManifestReplaceError(cause: error, isUncertain: false)
        }
        do {
            try files.fileSystem.rename(temporary, to: files.path(FileNames.manifest))
            try files.fileSystem.syncDirectory(files.directory)
        } catch {
            throw ManifestReplaceError(cause: error, isUncertain: true)
        }
    }
}

/// Why the manifest could not be replaced.
struct ManifestReplaceError: Error {
    let cause: StoreError
    /// Whether the new manifest may be in place all the same: the store must not go on.
    let isUncertain: Bool
}
