// Compaction from the writer's side: planning, and replacing inputs by outputs in one manifest
// edit. Also the merging of identity and idempotency runs, which keeps their number bounded.

import SpanColumns
import SpanFormat
import SpanModel
import SpanPlatform

extension Store {
    /// The next compaction that is due, nil when none is. `isEager` merges all that can be.
    package func planCompaction(isEager: Bool = false) -> CompactionJob? {
        if failure != nil { return nil }
        let policy = CompactionPolicy(isEager: isEager, segmentRowsMax: options.segmentRowsMax)
        for table in tables {
            let inputs = policy.choose(table.index.segments)
            if inputs.isEmpty { continue }
            return CompactionJob(
                place: table.place, inputs: inputs, sequence: nextSequence - 1, files: files,
                identitySeed: manifest.storeID, segmentRowsMax: options.segmentRowsMax)
        }
        return nil
    }

    /// Replaces a job's inputs by its outputs.
    package func install(
        _ job: CompactionJob, _ result: CompactionJob.Result
    ) throws(StoreError) {
        if let failure { throw failure }
        guard let table = table(job.place) else { return }
        let written = result.written
        written.applyKills(after: job.sequence)
        let dead = Set(job.inputs.map(\.file))
        let outputs = written.segments
        let oldSegments = table.index.segments
        table.index.segments = oldSegments.filter { !dead.contains($0.file) } + outputs
        var edited = manifest
        edited.segments.removeAll { dead.contains($0.file) }
        edited.segments += outputs.map(\.entry)
        if let run = written.run { edited.identityRuns.append(run.entry) }
        do {
            try install(&edited)
        } catch {
            table.index.segments = oldSegments
            throw error
        }
        if let run = written.run { table.index.runs.append(run) }
        for input in job.inputs { input.retire() }
        publish()
        try mergeRuns()
    }

    /// Seals and runs every compaction that is due, on the caller's thread: for tests and tools
    /// that own the store; a daemon's goes through `StoreWriter.compact`.
    package func compact(isEager: Bool = false) throws(StoreError) {
        try seal()
        while let job = planCompaction(isEager: isEager) {
            try install(job, try job.run())
        }
    }

    /// Merges runs while a table, or the idempotency window, has too many.
    func mergeRuns() throws(StoreError) {
        for table in tables where table.index.runs.count > Limits.identityRunsMax {
            try mergeIdentityRuns(table)
        }
        if window.runs.count > Limits.identityRunsMax { try mergeWindowRuns() }
    }

    /// Merges the newer half of a table's runs into one, leaving out dead segments.
    private func mergeIdentityRuns(_ table: Table) throws(StoreError) {
        let alive = Set(table.index.segments.map { UInt32(truncatingIfNeeded: $0.file) })
        let start = Self.mergeStart(table.index.runs.map(\.run.count))
        let merged = table.index.runs[start...]
        let pairs = try Self.pairs(of: merged.map(\.run)).filter {
            alive.contains(UInt32(truncatingIfNeeded: $0.second))
        }
        let run = try IdentityRunFile.write(pairs, table: table.place, files: files)
        let dead = Set(merged.map(\.entry.file))
        var edited = manifest
        edited.identityRuns.removeAll { dead.contains($0.file) }
        if let run { edited.identityRuns.append(run.entry) }
        try install(&edited)
        table.index.runs.removeSubrange(start...)
        if let run { table.index.runs.append(run) }
        publish()
        for file in dead {
            let name = FileNames.identityRun(file)
            try? fileSystem.unlink(files.path(name, workspace: table.workspace))
        }
    }

    private func mergeWindowRuns() throws(StoreError) {
        let start = Self.mergeStart(window.runs.map(\.run.count))
        var kept = window.runs.reduce(0) { $0 + $1.run.count }
        var expired = 0
        // A run goes only when what is left still fills the window.
        while expired < start,
            kept - window.runs[expired].run.count >= options.idempotencyWindowBatches
        {
            kept -= window.runs[expired].run.count
            expired += 1
        }
        let pairs = try Self.pairs(of: window.runs[start...].map(\.run))
        let number = files.takeNumber()
        let run = try files.writeRun(
            pairs, secondMask: 0, file: number,
            path: files.path(FileNames.idempotencyRun(number)))
        let added = IdempotencyWindow.Run(
            entry: IdempotencyRunEntry(file: number, entryCount: UInt64(pairs.count)), run: run)
        let gone = window.runs[..<expired] + window.runs[start...]
        var edited = manifest
        edited.idempotencyRuns = window.runs[expired..<start].map(\.entry) + [added.entry]
        try install(&edited)
        window.runs = Array(window.runs[expired..<start]) + [added]
        for old in gone {
            try? fileSystem.unlink(files.path(FileNames.idempotencyRun(old.entry.file)))
        }
    }

    /// Where to start merging towards the end, so that each run is rewritten about as often as its
    /// size doubles: the longest tail of runs not larger than all after them together.
    private static func mergeStart(_ counts: [Int]) -> Int {
        var start = counts.count - 2
        var total = counts[start] + counts[start + 1]
        while start > 0, counts[start - 1] <= total * 2 {
            start -= 1
            total += counts[start]
        }
        return start
    }

    private static func pairs(of runs: [SortedRun]) throws(StoreError) -> [RunPair] {
        var pairs: [RunPair] = []
        for run in runs {
            pairs.reserveCapacity(pairs.count + run.count)
            for position in 0..<run.count { pairs.append(try run.pair(position)) }
        }
        pairs.sort()
        return pairs.withoutRepeats
    }
}
