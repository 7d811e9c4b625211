// The objects that a manifest names: workspaces with their tables, segments, runs and kills.
// Order of calls: make it from a manifest, `replay` the WAL's batches in order, hand it to a store.

import Glibc
import SpanColumns
import SpanFormat
import SpanModel
import SpanPlatform

/// The state of a store while it is being opened.
struct StoreCatalog {
    private(set) var workspaces: [Workspace] = []
    private(set) var window = IdempotencyWindow()
    private(set) var nextSequence: UInt64
    /// Files that could not be opened; empty unless damage is passed over.
    private(set) var damaged: [DamagedFile] = []
    private let identitySeed: UInt64
    private let passesOverDamage: Bool

    /// Opens what a manifest lists. Throws `corruption` when a run or the kills file is damaged,
    /// unless damage is passed over; segments are opened later.
    init(
        manifest: Manifest, files: StoreFiles, passesOverDamage: Bool = false
    ) throws(StoreError) {
        self.passesOverDamage = passesOverDamage
        identitySeed = manifest.storeID
        nextSequence = manifest.nextSequence
        for entry in manifest.workspaces {
            workspaces.append(
                Workspace(number: entry.number, name: entry.name, identitySeed: identitySeed))
        }
        for entry in manifest.segments {
            let table = try table(entry.table, workspace: entry.workspace)
            table.index.segments.append(
                SegmentFile.open(
                    entry, table: table.place, files: files, identitySeed: identitySeed))
        }
        for entry in manifest.identityRuns {
            let table = try table(entry.table, workspace: entry.workspace)
            let name = FileNames.identityRun(entry.file)
            damaged += try reading(
                .identityRun(table.place), files.path(name, workspace: entry.workspace)
            ) { () throws(StoreError) in
                table.index.runs.append(try IdentityRunFile.open(entry, files: files))
            }
        }
        for entry in manifest.idempotencyRuns {
            let path = files.path(FileNames.idempotencyRun(entry.file))
            var run: SortedRun?
            damaged += try reading(.idempotencyRun, path) { () throws(StoreError) in
                run = try files.openRun(entry.file, path: path, entryCount: entry.entryCount)
            }
            if let run { window.runs.append(IdempotencyWindow.Run(entry: entry, run: run)) }
        }
        damaged += try reading(.kills, files.path(FileNames.kills(manifest.killsFile))) {
            () throws(StoreError) in try loadKills(manifest, files)
        }
    }

    /// Opens one file; what is returned is damaged or missing, and that is passed over.
    private func reading(
        _ kind: DamagedFile.Kind, _ path: String, _ body: () throws(StoreError) -> Void
    ) throws(StoreError) -> [DamagedFile] {
        do {
            try body()
            return []
        } catch {
            let isDamage =
                switch error {
                case .corruption, .io(_, _, ENOENT): true
                default: false
                }
            guard passesOverDamage, isDamage else { throw error }
            return [DamagedFile(kind: kind, path: path, error: error)]
        }
    }

    /// Applies one batch of the WAL again.
    mutating func replay(_ batch: WALBatch) throws(StoreError) {
        for record in batch.records {
            guard record.kind == CommitRecord.walKind else {
                throw .unsupportedVersion(
                    file: "WAL record kind", found: UInt32(record.kind),
                    newest: UInt32(CommitRecord.walKind))
            }
            let decoded: Result<CommitRecord, StoreError> = record.payload.withUnsafeBytes {
                payload in
                Result { () throws(StoreError) in
                    try CommitRecord.decode(payload, file: "WAL before \(batch.end)")
                }
            }
            let commit = try decoded.get()
            guard record.firstSequence >= nextSequence, record.firstSequence < UInt64(Int64.max)
            else {
                throw .corruption(
                    file: "WAL before \(batch.end)", offset: 0, region: "commit record",
                    reason: "sequence \(record.firstSequence) after \(nextSequence)")
            }
            let workspace = workspace(named: commit.workspace)
            guard let table = workspace.table(commit.batch.schema.number) else { continue }
            table.apply(
                commit.batch, firstSequence: record.firstSequence, ingestTime: commit.ingestTime)
            nextSequence = record.firstSequence + UInt64(commit.batch.rowCount)
            if let token = commit.token { window.insert(token) }
        }
    }

    private mutating func workspace(named name: String) -> Workspace {
        if let known = workspaces.first(where: { $0.name == name }) { return known }
        let workspace = Workspace(
            number: UInt32(workspaces.count + 1), name: name, identitySeed: identitySeed)
        workspaces.append(workspace)
        return workspace
    }

    private func table(_ number: UInt8, workspace: UInt32) throws(StoreError) -> Table {
        guard
            let table = workspaces.first(where: { $0.number == workspace })?.table(number)
        else {
            throw .corruption(
                file: FileNames.manifest, offset: 0, region: "manifest body",
                reason: "table \(number) of workspace \(workspace) is not listed")
        }
        return table
    }

    private func loadKills(_ manifest: Manifest, _ files: StoreFiles) throws(StoreError) {
        guard manifest.killsFile != 0 else { return }
        let path = files.path(FileNames.kills(manifest.killsFile))
        let region = try files.fileSystem.mapReadOnly(path)
        try region.ensureReadable(region.bytes.indices)
        var segments: [UInt64: SegmentHandle] = [:]
        for table in workspaces.flatMap(\.tables) {
            for segment in table.index.segments { segments[segment.file] = segment }
        }
        for kill in try KillsFile.decode(region.bytes, file: manifest.killsFile, name: path) {
            guard let segment = segments[kill.segment], kill.sequence < manifest.nextSequence,
                UInt64(kill.row) < UInt64(segment.entry.liveRows)
                    + UInt64(segment.entry.historyRows)
            else {
                throw .corruption(
                    file: path, offset: 0, region: "kills file",
                    reason: "kill of row \(kill.row) of segment \(kill.segment)")
            }
            segment.kills.add(row: kill.row, sequence: kill.sequence)
        }
    }
}
