// Seal: all memtables become segments, one per table, in one manifest edit that also moves the
// WAL's low-water mark. Until the edit is in place nothing of the store's state changes but that
// the memtables are frozen, so a failed seal loses nothing: the same rows are tried again.

import SpanColumns
import SpanFormat
import SpanModel
import SpanPlatform

extension Store {
    /// Whether the memtables have reached their limit.
    package var isSealDue: Bool {
        tables.reduce(0) { $0 + $1.memtable.byteCount } >= options.memtableBytesMax
            || tables.reduce(0) { $0 + $1.memtable.rowCount } >= options.memtableRowsMax
    }

    /// The seal of what the memtables hold, or of what an earlier one that failed has left; nil
    /// when there is nothing to seal. One at a time: it must be run and installed, or have failed,
    /// before the next is planned.
    package func planSeal() throws(StoreError) -> SealJob? {
        if let failure { throw failure }
        if let plannedSeal { return plannedSeal }
        guard memtableRows > 0 else { return nil }
        try requireSegmentsRead()
        for table in tables { table.freeze() }
        let parts = tables.compactMap { table in
            table.frozen.map { frozen in
                SealJob.Part(
                    table: table.place, containers: frozen.writes.chunks + frozen.merged.chunks)
            }
        }
        let job = SealJob(
            parts: parts, windowPairs: window.freeze(), nextSequence: nextSequence,
            walPosition: wal.position, files: files, identitySeed: manifest.storeID)
        plannedSeal = job
        return job
    }

    /// Lists what a seal has written and forgets the frozen memtables.
    package func install(_ job: SealJob, _ result: SealJob.Result) throws(StoreError) {
        do {
            try list(job, result)
        } catch {
            // After an uncertain rename the manifest may list them; the write path is closed then.
            if failure == nil { for written in result.tables { written.discard(files) } }
            throw error
        }
        plannedSeal = nil
        for table in tables { table.thaw() }
        for written in result.tables {
            guard let table = table(written.table) else { continue }
            table.index.segments += written.segments
            if let run = written.run { table.index.runs.append(run) }
        }
        window.thaw(into: result.windowRun)
        publish()
        // On a full disk what the log gives back is needed elsewhere.
        try wal.release(
            below: manifest.walLowWater, keepsSpares: !files.headroom.isSpent)
        try? files.headroom.restore()
    }

    /// Puts what a seal has written into the manifest.
    private func list(_ job: SealJob, _ result: SealJob.Result) throws(StoreError) {
        if let failure { throw failure }
        try requireSegmentsRead()
        for written in result.tables { written.applyKills(after: job.nextSequence - 1) }
        var edited = manifest
        edited.nextSequence = job.nextSequence
        edited.walLowWater = job.walPosition
        edited.workspaces = workspaces.map { WorkspaceEntry(number: $0.number, name: $0.name) }
        edited.segments += result.tables.flatMap(\.segments).map(\.entry)
        edited.identityRuns += result.tables.compactMap(\.run).map(\.entry)
        if let run = result.windowRun { edited.idempotencyRuns.append(run.entry) }
        try install(&edited)
    }

    /// Seals on the caller's thread: for tests and tools that own the store; a daemon's goes
    /// through `StoreWriter`.
    package func seal() throws(StoreError) {
        try sealMemtables()
        try mergeRuns()
    }

    /// Seals alone, and leaves runs to be merged later.
    func sealMemtables() throws(StoreError) {
        while let job = try planSeal() { try install(job, try job.run()) }
    }

    /// Replaces the manifest, with a kills file that is complete as of the edit, and removes the
    /// old kills file.
    func install(_ edited: inout Manifest) throws(StoreError) {
        edited.edit = manifest.edit + 1
        noteDamage(in: &edited)
        edited.killsFile = try files.writeKills(of: tables, sealedBelow: edited.nextSequence)
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

    /// Lists segments that were found damaged since the last edit, for a restart not to trust them.
    package func listDamage() throws(StoreError) {
        if let failure { throw failure }
        let listed = Set(manifest.segments.lazy.filter { !$0.quarantine.isEmpty }.map(\.file))
        let isNews = tables.flatMap(\.index.segments).contains {
            !$0.damage.isEmpty && !listed.contains($0.file)
        }
        guard isNews else { return }
        var edited = manifest
        try install(&edited)
    }

    /// Notes which segments are damaged, and reports those that were not known to be.
    private func noteDamage(in edited: inout Manifest) {
        var reasons: [UInt64: String] = [:]
        for segment in tables.flatMap(\.index.segments) where !segment.damage.isEmpty {
            reasons[segment.file] = segment.damage
        }
        for index in edited.segments.indices {
            guard let reason = reasons[edited.segments[index].file],
                edited.segments[index].quarantine.isEmpty
            else { continue }
            edited.segments[index].quarantine = reason
            // The manifest is what counts; the report is for people.
            try? files.writeReport(edited.segments[index], reason: reason)
        }
    }
}
