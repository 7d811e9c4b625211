// A backup: a directory that is a store, as of one manifest edit. Segments and runs are immutable, so
// they are linked, or copied onto another file system; every byte is checked; the manifest comes last, so
// that what a crash leaves is no store. The log is not needed: a seal goes before.
// Order of calls: `Store.planBackup` on the writer, `run` on any thread while nothing merges segments or
// runs. Cost: a link per file and a read of all bytes.

import Dispatch
import Glibc
import SpanColumns
import SpanFormat
import SpanModel
import SpanPlatform

/// A backup that has been planned.
package struct BackupJob: Sendable {
    let directory: String
    /// That of the backup.
    let manifest: Manifest
    /// The kills file; empty when there is none. Its original is replaced with each edit.
    let kills: [UInt8]
    /// Keeps the files of segments where they are.
    let segments: [SegmentHandle]
    let files: StoreFiles
    let checkpoint: Checkpoint

    /// What a backup has done.
    private struct Counts {
        var linked = 0
        var copied = 0
        var bytes: UInt64 = 0
    }

    /// Makes the backup: rows of `item`, `value`. Throws `invalidArgument` when there is something in
    /// the directory, and `corruption` when a byte does not check.
    package func run() throws(StoreError) -> ResultTable {
        try makeDirectory()
        var counts = Counts()
        let target = StoreFiles(
            directory: directory, fileSystem: files.fileSystem, nextNumber: manifest.nextFileNumber)
        for workspace in manifest.workspaces {
            try target.createWorkspaceDirectory(workspace.number)
        }
        for segment in manifest.segments {
            let name = FileNames.segment(segment.file)
            try take(
                files.path(name, workspace: segment.workspace),
                as: target.path(name, workspace: segment.workspace), &counts)
        }
        for run in manifest.identityRuns {
            let name = FileNames.identityRun(run.file)
            try take(
                files.path(name, workspace: run.workspace),
                as: target.path(name, workspace: run.workspace), &counts)
        }
        for run in manifest.idempotencyRuns {
            let name = FileNames.idempotencyRun(run.file)
            try take(files.path(name), as: target.path(name), &counts)
        }
        if !kills.isEmpty {
            try target.write(target.path(FileNames.kills(manifest.killsFile))) {
                sink throws(StoreError) in try sink.append(kills)
            }
            counts.copied += 1
            counts.bytes += UInt64(kills.count)
        }
        for workspace in manifest.workspaces {
            try files.fileSystem.syncDirectory(
                target.path(FileNames.workspaceDirectory(workspace.number)))
        }
        try files.fileSystem.syncDirectory(directory)
        try verify(target)
        do {
            try ManifestFile.replace(with: manifest, target)
        } catch {
            throw error.cause
        }
        return table(counts)
    }

    private func makeDirectory() throws(StoreError) {
        let isInside = directory == files.directory || directory.hasPrefix(files.directory + "/")
        guard !isInside else {
            throw .invalidArgument(name: "directory", reason: "is part of the store")
        }
        try files.fileSystem.createDirectory(directory)
        guard try files.fileSystem.list(directory).isEmpty else {
            throw .invalidArgument(name: "directory", reason: "\(directory) is not empty")
        }
        try files.fileSystem.syncDirectory(files.parent(of: directory))
    }

    /// Gives a file a second name, or copies it where that cannot be.
    private func take(
        _ source: String, as target: String, _ counts: inout Counts
    ) throws(StoreError) {
        try checkpoint()
        counts.bytes += try files.fileSystem.size(source) ?? 0
        do {
            try files.fileSystem.link(source, to: target)
            counts.linked += 1
        } catch {
            guard case .io(_, _, let errno) = error,
                [EXDEV, EPERM, EMLINK, EOPNOTSUPP].contains(errno)
            else { throw error }
            try copy(source, to: target)
            counts.copied += 1
        }
    }

    private func copy(_ source: String, to target: String) throws(StoreError) {
        let original = try files.fileSystem.open(source, .read)
        try files.write(target) { sink throws(StoreError) in
            var offset: UInt64 = 0
            while true {
                try checkpoint()
                let piece = try original.read(at: offset, count: Limits.copyPieceBytes)
                if piece.isEmpty { return }
                try sink.append(piece)
                offset += UInt64(piece.count)
            }
        }
    }

    /// Reads every byte of the backup, through the names that it has there.
    private func verify(_ target: StoreFiles) throws(StoreError) {
        let catalog = try StoreCatalog(manifest: manifest, files: target)
        for table in catalog.workspaces.flatMap(\.tables) {
            for segment in table.index.segments {
                try checkpoint()
                if let damage = segment.verify().first { throw damage }
            }
            for run in table.index.runs { try run.run.verify() }
        }
        for run in catalog.window.runs { try run.run.verify() }
    }

    private func table(_ counts: Counts) -> ResultTable {
        let rows = manifest.segments.reduce(0) { $0 + Int($1.liveRows) + Int($1.historyRows) }
        let lines: [(item: String, value: Int)] = [
            ("files_linked", counts.linked), ("files_copied", counts.copied),
            ("bytes_verified", Int(clamping: counts.bytes)), ("rows", rows),
            ("last_sequence", Int(clamping: manifest.nextSequence - 1)),
        ]
        return ResultTable(
            columns: [
                ResultColumn(
                    name: "item", type: .string, values: .strings(lines.map(\.item))),
                ResultColumn(
                    name: "value", type: .int64,
                    values: .integer(IntegerVector(values: lines.map { Int64($0.value) }))),
            ], rowCount: lines.count)
    }
}

extension Store {
    /// The backup of everything sealed so far. Throws `corruption` when a segment is in quarantine.
    package func planBackup(
        to directory: String, checkpoint: @escaping Checkpoint = {}
    ) throws(StoreError) -> BackupJob {
        if let failure { throw failure }
        let segments = tables.flatMap(\.index.segments)
        for segment in segments where !segment.quarantine.isEmpty { _ = try segment.mapped() }
        var kills: [UInt8] = []
        if manifest.killsFile != 0 {
            let path = files.path(FileNames.kills(manifest.killsFile))
            let size = try fileSystem.size(path) ?? 0
            kills = try fileSystem.open(path, .read).read(at: 0, count: Int(clamping: size))
        }
        var copy = manifest
        // The backup begins a log of its own.
        copy.walLowWater = 0
        return BackupJob(
            directory: directory, manifest: copy, kills: kills, segments: segments, files: files,
            checkpoint: checkpoint)
    }
}

extension StoreWriter {
    /// Makes a backup of everything acknowledged so far in a directory that is new or empty; returns
    /// when it is durable and checked. Commits go on meanwhile.
    package func backup(to directory: String) throws(StoreError) -> ResultTable {
        try withoutCompaction { () throws(StoreError) in
            try self.sealQueue.sync { self.seal() }.get()
            return try self.run { store throws(StoreError) in
                try store.planBackup(to: directory, checkpoint: self.requireRunning)
            }.get().run()
        }
    }
}
