// A compaction in three steps, so that its long part needs no writer: the writer plans it
// (`Store.planCompaction`), any thread runs it, the writer installs it. Kills that arrive in
// between are applied again at the install, through the rows the plan remembers.

import SpanColumns
import SpanFormat
import SpanModel

/// A merge of segments of one table.
package struct CompactionJob: Sendable {
    let place: TablePlace
    let inputs: [SegmentHandle]
    /// Kills up to here are folded in by the run.
    let sequence: UInt64
    let files: StoreFiles
    let identitySeed: UInt64
    let segmentRowsMax: Int

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
        var containers: [any RowContainer] = []
        for input in inputs { containers.append(try input.mapped()) }
        return Result(
            written: try WrittenRewrite.write(
                containers, table: place,
                layout: WrittenRewrite.Layout(
                    sequence: sequence, isByDay: place.schema.isSplitByDay,
                    rowsMax: segmentRowsMax, level: 1),
                files: files, identitySeed: identitySeed))
    }
}
