// Compaction from the writer's side: planning, and replacing inputs by outputs in one manifest
// edit.

import SpanColumns
import SpanFormat
import SpanModel
import SpanPlatform

extension Store {
    /// The next compaction that is due, nil when none is. `isEager` merges all that can be;
    /// `checkpoint` throws when the work must be given up; `workers` are the cores that it may use
    /// at the time it is asked.
    package func planCompaction(
        isEager: Bool = false, checkpoint: @escaping Checkpoint = {},
        workers: @escaping @Sendable () -> Int = { 1 }
    ) -> CompactionJob? {
        if failure != nil { return nil }
        let policy = CompactionPolicy(isEager: isEager, segmentRowsMax: options.segmentRowsMax)
        return planRewrite(.compacted, workers, checkpoint, policy.choose)
    }

    /// The next segment whose texts are to be packed anew, nil when none is. It has only to be done
    /// when there is nothing else to do; `checkpoint` throws when there is.
    package func planRecompression(checkpoint: @escaping Checkpoint = {}) -> CompactionJob? {
        if failure != nil { return nil }
        return planRewrite(.dense, { 1 }, checkpoint, CompactionPolicy.chooseDense)
    }

    private func planRewrite(
        _ level: SegmentLevel, _ workers: @escaping @Sendable () -> Int,
        _ checkpoint: @escaping Checkpoint,
        _ choose: ([SegmentHandle]) -> [SegmentHandle]
    ) -> CompactionJob? {
        for table in tables {
            let inputs = choose(table.index.segments)
            if inputs.isEmpty { continue }
            return CompactionJob(
                place: table.place, inputs: inputs, sequence: nextSequence - 1, files: files,
                identitySeed: manifest.storeID, segmentRowsMax: options.segmentRowsMax,
                level: level, workers: workers, checkpoint: checkpoint)
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
    }

    /// Seals and runs every compaction that is due, on the caller's thread: for tests and tools
    /// that own the store; a daemon's goes through `StoreWriter.compact`.
    package func compact(
        isEager: Bool = false, recompresses: Bool = false
    ) throws(StoreError) {
        try seal()
        while let job = planCompaction(isEager: isEager) {
            try install(job, try job.run())
        }
        try mergeRuns()
        while recompresses, let job = planRecompression() {
            try install(job, try job.run())
        }
    }
}
