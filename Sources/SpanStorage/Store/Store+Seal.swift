// Seal: all memtables become segments, one per table, in one manifest edit that also moves the
// WAL's low-water mark. Until the edit is in place nothing of the store's state changes, so a
// failed seal loses nothing and can be tried again.

import SpanColumns
import SpanFormat
import SpanModel
import SpanPlatform

/// Files that a manifest edit adds to a table.
struct TableAddition {
    let table: Table
    var segments: [SegmentHandle] = []
    var run: IdentityIndex.Run?
}

extension Store {
    /// Whether the memtables have reached their limit.
    package var isSealDue: Bool {
        memtableBytes >= options.memtableBytesMax || memtableRows >= options.memtableRowsMax
    }

    /// Writes all memtables as segments. Nothing to do when they are empty.
    package func seal() throws(StoreError) {
        if let failure { throw failure }
        guard memtableRows > 0 else { return }
        try requireSegmentsRead()
        var additions: [TableAddition] = []
        for workspace in workspaces where workspace.tables.contains(where: { $0.memtableRows > 0 })
        {
            try files.createWorkspaceDirectory(workspace.number)
            for table in workspace.tables where table.memtableRows > 0 {
                additions.append(try sealed(table))
            }
        }
        let windowRun = try writeWindowRun()
        var edited = manifest
        edited.nextSequence = nextSequence
        edited.walLowWater = wal.position
        edited.workspaces = workspaces.map { WorkspaceEntry(number: $0.number, name: $0.name) }
        edited.segments += additions.flatMap(\.segments).map(\.entry)
        edited.identityRuns += additions.compactMap(\.run).map(\.entry)
        if let windowRun { edited.idempotencyRuns.append(windowRun.entry) }
        try install(&edited)
        for addition in additions {
            addition.table.clearMemtable()
            addition.table.index.segments += addition.segments
            if let run = addition.run { addition.table.index.runs.append(run) }
        }
        if let windowRun { window.runs.append(windowRun) }
        window.clearRecent()
        publish()
        try mergeRuns()
        try wal.release(below: manifest.walLowWater)
    }

    /// Replaces the manifest, with a kills file that is complete as of the edit, and removes the
    /// old kills file.
    func install(_ edited: inout Manifest) throws(StoreError) {
        edited.edit = manifest.edit + 1
        listDamage(in: &edited)
        edited.killsFile = try writeKills(sealedBelow: edited.nextSequence, edited)
        edited.nextFileNumber = files.upcomingNumber
        let old = manifest
        do {
            try ManifestFile.replace(with: edited, files)
        } catch {
            if error.isUncertain { fail(error.cause) }
            throw error.cause
        }
        manifest = edited
        if old.killsFile != 0 {
            try? fileSystem.unlink(files.path(FileNames.kills(old.killsFile)))
        }
    }

    /// Closes the write path when a segment could not be read, though it is not damaged: what it
    /// holds of the memtables' identities is unknown, and the WAL still has all to try again.
    private func requireSegmentsRead() throws(StoreError) {
        for table in tables {
            for segment in table.index.segments
            where !segment.quarantine.isEmpty && segment.damage.isEmpty {
                let error = StoreError.readOnly(
                    reason: "\(segment.path) could not be read: \(segment.quarantine)")
                fail(error)
                throw error
            }
        }
    }

    /// Notes which segments are damaged, so that a restart does not trust them again.
    private func listDamage(in edited: inout Manifest) {
        var reasons: [UInt64: String] = [:]
        for table in tables {
            for segment in table.index.segments where !segment.damage.isEmpty {
                reasons[segment.file] = segment.damage
            }
        }
        if reasons.isEmpty { return }
        for index in edited.segments.indices {
            if let reason = reasons[edited.segments[index].file] {
                edited.segments[index].quarantine = reason
            }
        }
    }

    private func sealed(_ table: Table) throws(StoreError) -> TableAddition {
        let containers: [any RowContainer] = table.writes.chunks + table.merged.chunks
        let input = RewriteInput(schema: table.schema, containers: containers)
        let outputs = try RewritePlan.outputs(
            input, through: nextSequence - 1, byDay: false, rowsMax: Int.max)
        var addition = TableAddition(table: table)
        var pairs: [RunPair] = []
        for output in outputs {
            let written = try SegmentFile.write(
                input, output, table: table.place, level: 0, files: files,
                identitySeed: manifest.storeID)
            addition.segments.append(written.handle)
            pairs += written.runPairs
        }
        addition.run = try IdentityRunFile.write(pairs, table: table.place, files: files)
        return addition
    }

    /// The kills of all segments by sealed writes, as a file; 0 when there are none.
    private func writeKills(
        sealedBelow sequence: UInt64, _ edited: Manifest
    ) throws(StoreError) -> UInt64 {
        let listed = Set(edited.segments.map(\.file))
        var kills: [SegmentKill] = []
        for table in tables {
            for segment in table.index.segments where listed.contains(segment.file) {
                kills += segment.kills.all.filter { $0.sequence < sequence }.map {
                    SegmentKill(segment: segment.file, row: $0.row, sequence: $0.sequence)
                }
            }
        }
        if kills.isEmpty { return 0 }
        let number = files.takeNumber()
        try files.write(files.path(FileNames.kills(number))) { sink throws(StoreError) in
            try sink.append(KillsFile.encode(kills, file: number))
        }
        // The name must be durable before a manifest can be that lists it.
        try fileSystem.syncDirectory(directory)
        return number
    }

    private func writeWindowRun() throws(StoreError) -> IdempotencyWindow.Run? {
        let pairs = window.recentPairs
        if pairs.isEmpty { return nil }
        let number = files.takeNumber()
        let path = files.path(FileNames.idempotencyRun(number))
        let run = try files.writeRun(pairs, secondMask: 0, file: number, path: path)
        return IdempotencyWindow.Run(
            entry: IdempotencyRunEntry(file: number, entryCount: UInt64(pairs.count)), run: run)
    }
}
