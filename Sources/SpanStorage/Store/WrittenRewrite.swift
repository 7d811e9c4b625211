// What a seal or a compaction has written: segments that no manifest lists yet, with the rows they
// were made of, so that kills which came meanwhile can be applied to them.
// Order of calls: `write` on any thread; on the writer `applyKills`, then either list the segments
// in the manifest or `discard` them.

import Dispatch
import SpanColumns
import SpanFormat
import SpanModel
import SpanPlatform
import Synchronization

/// The outputs of a rewrite of one table.
struct WrittenRewrite: Sendable {
    let table: TablePlace
    let input: RewriteInput
    let outputs: [(rows: RewriteOutput, segment: SegmentHandle)]
    let run: IdentityIndex.Run?

    /// How a rewrite lays out its outputs.
    struct Layout {
        /// Kills up to here are folded in.
        let sequence: UInt64
        let isByDay: Bool
        let rowsMax: Int
        let level: SegmentLevel
        /// On how many cores outputs are written at this time, as long as all that are together have no
        /// more rows than one may have.
        var workers: @Sendable () -> Int = { 1 }
        /// By row group of the input: marks of rows that are left out; nil: none.
        var omitted: [[Bool]?] = []
        var checkpoint: Checkpoint = {}
    }

    /// Writes the rows of containers as segments, and their identities as a run.
    static func write(
        _ containers: [any RowContainer], table: TablePlace, layout: Layout, files: StoreFiles,
        identitySeed: UInt64
    ) throws(StoreError) -> WrittenRewrite {
        let input = RewriteInput(schema: table.schema, containers: containers)
        let planned = try RewritePlan.outputs(
            input, through: layout.sequence, byDay: layout.isByDay, rowsMax: layout.rowsMax,
            omitting: layout.omitted)
        let wanted = planned.filter { $0.rowCount > 0 }
        let results = attempts(wanted, layout) { rows throws(StoreError) in
            try SegmentFile.write(
                input, rows, table: table, layout: layout, files: files,
                identitySeed: identitySeed)
        }
        var outputs: [(RewriteOutput, SegmentHandle)] = []
        var pairs: [RunPair] = []
        do throws(StoreError) {
            var failure: StoreError?
            for (rows, result) in zip(wanted, results) {
                switch result {
                case .success(let written):
                    outputs.append((rows, written.handle))
                    pairs += written.runPairs
                case .failure(let error): failure = failure ?? error
                }
            }
            if let failure { throw failure }
            let run = try IdentityRunFile.write(pairs, table: table, files: files)
            return WrittenRewrite(table: table, input: input, outputs: outputs, run: run)
        } catch {
            for output in outputs { output.1.retire() }
            throw error
        }
    }

    /// What `write` gives for each output, in their order; none are begun after one has failed. Whether
    /// more cores may help is asked before each output.
    private static func attempts<T: Sendable>(
        _ outputs: [RewriteOutput], _ layout: Layout,
        _ write: @escaping @Sendable (RewriteOutput) throws(StoreError) -> T
    ) -> [Result<T, StoreError>] {
        let attempts = Attempts(outputs, write)
        let largest = max(outputs.map(\.rowCount).max() ?? 0, 1)
        let lanesMax = min(outputs.count, max(1, layout.rowsMax / largest))
        let helpers = DispatchGroup()
        var lanes = 1
        repeat {
            while lanes < min(layout.workers(), lanesMax) {
                lanes += 1
                DispatchQueue.global().async(group: helpers) { while attempts.next() {} }
            }
        } while attempts.next()
        helpers.wait()
        return attempts.results
    }

    var segments: [SegmentHandle] { outputs.map(\.segment) }

    /// Removes the files of a rewrite that was not installed; what is left behind goes at the next
    /// start.
    func discard(_ files: StoreFiles) {
        for segment in segments { segment.retire() }
        guard let run else { return }
        let name = FileNames.identityRun(run.entry.file)
        try? files.fileSystem.unlink(files.path(name, workspace: table.workspace))
    }

    /// Applies to the outputs every kill on the inputs after `sequence`.
    func applyKills(after sequence: UInt64) {
        var late = LateKills()
        for (number, group) in input.groups.enumerated() {
            let range = UInt32(group.firstRow)..<UInt32(group.firstRow + group.rowCount)
            for kill in group.container.kills.all
            where kill.sequence > sequence && range.contains(kill.row) {
                late.add(
                    group: number, row: Int(kill.row - range.lowerBound), kill.sequence,
                    in: group.rowCount)
            }
        }
        if late.isEmpty { return }
        for output in outputs {
            for (index, row) in output.rows.live.enumerated() {
                if let sequence = late.sequence(group: Int(row.group), row: Int(row.row)) {
                    output.segment.kills.add(row: UInt32(index), sequence: sequence)
                }
            }
        }
    }
}

/// Kills by group and row. Few rows are killed, many are asked for.
private struct LateKills {
    /// By group: a sequence per row, 0 = not killed.
    private var sequences: [Int: [UInt64]] = [:]

    var isEmpty: Bool { sequences.isEmpty }

    mutating func add(group: Int, row: Int, _ sequence: UInt64, in rowCount: Int) {
        sequences[group, default: Array(repeating: 0, count: rowCount)][row] = sequence
    }

    func sequence(group: Int, row: Int) -> UInt64? {
        guard let sequence = sequences[group]?[row], sequence > 0 else { return nil }
        return sequence
    }
}

/// The outputs of a rewrite, each written by whoever comes first.
private final class Attempts<T: Sendable>: Sendable {
    private let outputs: [RewriteOutput]
    private let write: @Sendable (RewriteOutput) throws(StoreError) -> T
    private let taken = Atomic<Int>(0)
    private let hasFailed = Atomic<Bool>(false)
    private let found: Mutex<[Result<T, StoreError>?]>

    init(
        _ outputs: [RewriteOutput],
        _ write: @escaping @Sendable (RewriteOutput) throws(StoreError) -> T
    ) {
        self.outputs = outputs
        self.write = write
        found = Mutex(Array(repeating: nil, count: outputs.count))
    }

    /// Writes the next output; false when none is left or one has failed.
    func next() -> Bool {
        if hasFailed.load(ordering: .relaxed) { return false }
        let number = taken.add(1, ordering: .relaxed).oldValue
        guard number < outputs.count else { return false }
        let result = Result { () throws(StoreError) in try write(outputs[number]) }
        if case .failure = result { hasFailed.store(true, ordering: .relaxed) }
        found.withLock { $0[number] = result }
        return true
    }

    /// In order of outputs, when nobody writes any more.
    var results: [Result<T, StoreError>] { found.withLock { $0.compactMap(\.self) } }
}
