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
    package struct Result {
        let input: RewriteInput
        let outputs: [(rows: RewriteOutput, segment: SegmentHandle)]
        let run: IdentityIndex.Run?
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
        let input = RewriteInput(schema: place.schema, containers: containers)
        let planned = try RewritePlan.outputs(
            input, through: sequence, byDay: place.schema.isSplitByDay, rowsMax: segmentRowsMax)
        var outputs: [(RewriteOutput, SegmentHandle)] = []
        var pairs: [RunPair] = []
        for rows in planned where rows.rowCount > 0 {
            let written = try SegmentFile.write(
                input, rows, table: place, level: 1, files: files, identitySeed: identitySeed)
            outputs.append((rows, written.handle))
            pairs += written.runPairs
        }
        let run = try IdentityRunFile.write(pairs, table: place, files: files)
        return Result(input: input, outputs: outputs, run: run)
    }
}

extension CompactionJob.Result {
    private struct RowKey: Hashable {
        let group: UInt32
        let row: UInt32
    }

    /// Applies to the outputs every kill on the inputs after `sequence`.
    func applyKills(after sequence: UInt64) {
        var late: [RowKey: UInt64] = [:]
        for (number, group) in input.groups.enumerated() {
            let range = UInt32(group.firstRow)..<UInt32(group.firstRow + group.rowCount)
            for kill in group.container.kills.all
            where kill.sequence > sequence && range.contains(kill.row) {
                let key = RowKey(group: UInt32(number), row: kill.row - range.lowerBound)
                late[key] = kill.sequence
            }
        }
        if late.isEmpty { return }
        for output in outputs {
            for (index, row) in output.rows.live.enumerated() {
                if let sequence = late[RowKey(group: row.group, row: row.row)] {
                    output.segment.kills.add(row: UInt32(index), sequence: sequence)
                }
            }
        }
    }
}
