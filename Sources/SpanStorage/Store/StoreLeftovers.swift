// Files of ours that no manifest lists: half-made segments, inputs of a finished compaction, a
// manifest that was never renamed. They are removed at start; names we do not know are left alone.

import SpanFormat
import SpanModel
import SpanPlatform

/// Finds and removes leftovers.
struct StoreLeftovers {
    let manifest: Manifest
    let files: StoreFiles

    /// Removes every leftover.
    func remove() throws(StoreError) {
        let keptInRoot = Set(
            manifest.idempotencyRuns.map { FileNames.idempotencyRun($0.file) }
                + [FileNames.kills(manifest.killsFile)])
        try remove(in: files.directory, except: keptInRoot)
        for name in try files.fileSystem.list(files.directory) {
            guard let workspace = FileNames.workspaceNumber(name) else { continue }
            let segments = manifest.segments.filter { $0.workspace == workspace }
            let runs = manifest.identityRuns.filter { $0.workspace == workspace }
            let kept = Set(
                segments.map { FileNames.segment($0.file) }
                    + runs.map { FileNames.identityRun($0.file) })
            try remove(in: files.directory + "/" + name, except: kept)
        }
    }

    private func remove(in directory: String, except kept: Set<String>) throws(StoreError) {
        for name in try files.fileSystem.list(directory)
        where FileNames.isRemovable(name) && !kept.contains(name) {
            try files.fileSystem.unlink(directory + "/" + name)
        }
    }
}
