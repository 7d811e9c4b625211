// A compaction in three steps, so that its long part needs no writer: the writer plans it
// (`Store.planCompaction`), any thread runs it, the writer installs it. Kills that arrive in
// between are applied again at the install, through the rows the plan remembers.

import SpanColumns
import SpanFormat
import SpanModel
import SpanPlatform

/// What long work calls now and then: throws when it must be given up for something more urgent.
package typealias Checkpoint = @Sendable () throws(StoreError) -> Void

/// A merge of segments of one table, or one of them with its texts packed anew.
package struct CompactionJob: Sendable {
    let place: TablePlace
    let inputs: [SegmentHandle]
    /// Kills up to here are folded in by the run.
    let sequence: UInt64
    let files: StoreFiles
    let identitySeed: UInt64
    let segmentRowsMax: Int
    let level: SegmentLevel
    /// Cores that it may use at this time.
    let workers: @Sendable () -> Int
    let checkpoint: Checkpoint

    /// What a run has written.
    package struct Result: Sendable {
        let written: WrittenRewrite
    }

    /// Writes the outputs. Takes seconds; throws `corruption` when an input is damaged. That input
    /// is then in quarantine, so that the next plan does without it.
    package func run() throws(StoreError) -> Result {
        do {
            return try write()
        } catch {
            for input in inputs { input.quarantine(ifNamedBy: error) }
            throw error
        }
    }

    private func write() throws(StoreError) -> Result {
        try requireSpace()
        var containers: [any RowContainer] = []
        for input in inputs { containers.append(try input.mapped()) }
        return Result(
            written: try WrittenRewrite.write(
                containers, table: place,
                layout: WrittenRewrite.Layout(
                    sequence: sequence, isByDay: place.schema.isSplitByDay,
                    rowsMax: segmentRowsMax, level: level, workers: workers,
                    checkpoint: checkpoint),
                files: files, identitySeed: identitySeed))
    }

    /// A merge must not fill the disk that ingest needs: it can wait.
    private func requireSpace() throws(StoreError) {
        let needed = inputs.reduce(0) { $0 + $1.entry.byteCount }
        guard try files.fileSystem.freeBytes(files.directory) >= needed else {
            throw .storageFull(path: files.directory)
        }
    }
}
