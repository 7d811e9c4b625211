// Merges the newer runs of an identity index, or of the idempotency window, into one, so that their
// number stays bounded. Like a compaction in three steps: the writer plans, any thread runs, the
// writer installs; a look-up finds the same at every moment.

import SpanFormat
import SpanModel
import SpanPlatform

/// A merge of runs.
package struct RunMergeJob: Sendable {
    /// Whose runs they are.
    enum Owner: Sendable {
        /// A table's; pairs of segments that are not `alive` any more are left out.
        case identities(TablePlace, alive: Set<UInt32>)
        /// The window's; `expired` files go without being merged.
        case window(expired: [UInt64])
    }

    let owner: Owner
    let runs: [SortedRun]
    /// The file numbers of `runs`.
    let inputs: [UInt64]
    let files: StoreFiles

    /// The merged run and its file.
    package struct Result: Sendable {
        let file: UInt64
        let run: SortedRun
    }

    /// Writes the merged run; nil when no pair is left.
    package func run() throws(StoreError) -> Result? {
        switch owner {
        case .identities(let table, let alive):
            let pairs = try RunMerge.pairs(of: runs) {
                alive.contains(UInt32(truncatingIfNeeded: $0.second))
            }
            let written = try IdentityRunFile.write(pairs, table: table, files: files)
            return written.map { Result(file: $0.entry.file, run: $0.run) }
        case .window:
            let number = files.takeNumber()
            let run = try files.writeRun(
                try RunMerge.pairs(of: runs), secondMask: 0, file: number,
                path: files.path(FileNames.idempotencyRun(number)))
            return Result(file: number, run: run)
        }
    }
}

extension Store {
    /// The next merge of runs that is due: an index, or the window, has too many.
    package func planRunMerge() -> RunMergeJob? {
        if failure != nil { return nil }
        for table in tables where table.index.runs.count > Limits.identityRunsMax {
            let start = Self.mergeStart(table.index.runs.map(\.run.count))
            let runs = table.index.runs[start...]
            let alive = Set(table.index.segments.map { UInt32(truncatingIfNeeded: $0.file) })
            return RunMergeJob(
                owner: .identities(table.place, alive: alive), runs: runs.map(\.run),
                inputs: runs.map(\.entry.file), files: files)
        }
        guard window.runs.count > Limits.identityRunsMax else { return nil }
        let start = Self.mergeStart(window.runs.map(\.run.count))
        let runs = window.runs[start...]
        return RunMergeJob(
            owner: .window(expired: expiredRuns(before: start)), runs: runs.map(\.run),
            inputs: runs.map(\.entry.file), files: files)
    }

    /// Puts a merged run in the place of its inputs.
    package func install(_ job: RunMergeJob, _ result: RunMergeJob.Result?) throws(StoreError) {
        if let failure { throw failure }
        switch job.owner {
        case .identities(let place, _): try install(job, result, place)
        case .window(let expired): try install(job, result, expired)
        }
    }

    /// Runs every merge that is due, on the caller's thread; on a full disk they wait.
    func mergeRuns() throws(StoreError) {
        do {
            while let job = planRunMerge() { try install(job, try job.run()) }
        } catch {
            guard case .storageFull = error else { throw error }
        }
    }

    private func install(
        _ job: RunMergeJob, _ result: RunMergeJob.Result?, _ place: TablePlace
    ) throws(StoreError) {
        guard let table = table(place) else { return }
        let dead = Set(job.inputs)
        let merged = result.map { result in
            IdentityIndex.Run(
                entry: IdentityRunEntry(
                    file: result.file, workspace: place.workspace, table: place.schema.number,
                    entryCount: UInt64(result.run.count)),
                run: result.run)
        }
        var edited = manifest
        edited.identityRuns.removeAll { dead.contains($0.file) }
        if let merged { edited.identityRuns.append(merged.entry) }
        try install(&edited)
        table.index.runs.removeAll { dead.contains($0.entry.file) }
        if let merged { table.index.runs.append(merged) }
        publish()
        for file in job.inputs {
            let name = FileNames.identityRun(file)
            try? fileSystem.unlink(files.path(name, workspace: place.workspace))
        }
    }

    private func install(
        _ job: RunMergeJob, _ result: RunMergeJob.Result?, _ expired: [UInt64]
    ) throws(StoreError) {
        guard let result else { return }
        let gone = Set(job.inputs + expired)
        let merged = IdempotencyWindow.Run(
            entry: IdempotencyRunEntry(file: result.file, entryCount: UInt64(result.run.count)),
            run: result.run)
        // Runs that came meanwhile are newer than the merged one.
        let isKept: (IdempotencyWindow.Run) -> Bool = { !gone.contains($0.entry.file) }
        let last = window.runs.lastIndex { job.inputs.contains($0.entry.file) } ?? -1
        let older = window.runs[...last].filter(isKept)
        let newer = window.runs[(last + 1)...].filter(isKept)
        let runs = older + [merged] + newer
        var edited = manifest
        edited.idempotencyRuns = runs.map(\.entry)
        try install(&edited)
        window.runs = runs
        for file in gone.sorted() {
            try? fileSystem.unlink(files.path(FileNames.idempotencyRun(file)))
        }
    }

    /// The oldest runs of the window that the others do without: those still fill it.
    private func expiredRuns(before start: Int) -> [UInt64] {
        var kept = window.runs.reduce(0) { $0 + $1.run.count }
        var expired: [UInt64] = []
        for run in window.runs[..<start] {
            guard kept - run.run.count >= options.idempotencyWindowBatches else { break }
            kept -= run.run.count
            expired.append(run.entry.file)
        }
        return expired
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
}
