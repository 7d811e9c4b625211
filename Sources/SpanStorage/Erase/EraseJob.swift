// An erasure in three steps, like a compaction: the writer plans it (`Store.planErase`), any thread
// finds the rows (`scan`) and writes the segments that hold them anew without them (`write`), the writer
// installs all of it in one edit. Nothing may seal, compact or merge meanwhile.

import SpanColumns
import SpanFormat
import SpanModel
import SpanPlatform

/// An erasure in one workspace.
package struct EraseJob: Sendable {
    /// A table that takes part.
    struct Part: Sendable {
        let table: TablePlace
        /// Nil: only what goes with rows of another table.
        let erasure: TableErasure?
        /// Those to be read.
        let segments: [SegmentHandle]
        /// Those that go unread.
        let dropped: [SegmentHandle]
    }

    let request: EraseRequest
    let parts: [Part]
    /// Kills up to here are folded in by the run.
    let sequence: UInt64
    let files: StoreFiles
    let identitySeed: UInt64
    let checkpoint: Checkpoint

    /// What was written for one table.
    struct Rewritten: Sendable {
        let table: TablePlace
        /// Segments that the outputs replace.
        var inputs: [SegmentHandle] = []
        /// Segments that go unread.
        let dropped: [SegmentHandle]
        var outputs: [WrittenRewrite] = []
        let tests: [RowTest]

        var segments: [SegmentHandle] { outputs.flatMap(\.segments) }
        var dead: [SegmentHandle] { inputs + dropped }
    }

    /// What a run has written, and what it amounts to.
    package struct Result: Sendable {
        var tables: [Rewritten] = []
        package fileprivate(set) var receipt = EraseReceipt()

        /// Removes the files of a run that was not installed.
        func discard(_ files: StoreFiles) {
            for output in tables.flatMap(\.outputs) { output.discard(files) }
        }
    }

    /// Finds what would be erased, and writes nothing.
    package func preview() throws(StoreError) -> EraseReceipt {
        var receipt = EraseReceipt()
        for (part, rows) in zip(parts, try scan()) { receipt.lines.append(try line(part, rows)) }
        return receipt
    }

    /// Finds the rows and writes the outputs; on a full disk into the space kept aside. Throws
    /// `corruption` when a segment of the tables cannot be read: what it holds is unknown.
    package func run() throws(StoreError) -> Result {
        let found = try scan()
        return try files.headroom.spending { () throws(StoreError) in try write(found) }
    }

    private func write(_ found: [ErasedRows]) throws(StoreError) -> Result {
        var result = Result()
        do {
            for (part, rows) in zip(parts, found) {
                var line = try line(part, rows)
                result.tables.append(
                    Rewritten(table: part.table, dropped: part.dropped, tests: rows.tests))
                let last = result.tables.count - 1
                for index in rows.segments.indices where rows.isAffected(index) {
                    result.tables[last].inputs.append(rows.segments[index].handle)
                    result.tables[last].outputs.append(try write(part, rows, index))
                }
                line.bytesAfter = result.tables[last].segments.reduce(0) { $0 + $1.entry.byteCount }
                result.receipt.lines.append(line)
            }
        } catch {
            result.discard(files)
            throw error
        }
        return result
    }

    private func line(
        _ part: Part, _ rows: ErasedRows
    ) throws(StoreError) -> EraseReceipt.Line {
        var line = EraseReceipt.Line(place: part.table.schema.name)
        line.rows = try rows.rowCount()
        var segments = part.dropped
        for segment in segments {
            line.rows += Int(segment.entry.liveRows) + Int(segment.entry.historyRows)
        }
        for index in rows.segments.indices where rows.isAffected(index) {
            segments.append(rows.segments[index].handle)
        }
        line.files = segments.count
        line.bytesBefore = segments.reduce(0) { $0 + $1.entry.byteCount }
        return line
    }

    /// Writes one segment anew without its erased rows. One whose texts were packed with a dictionary
    /// goes back a level: the dictionary was made of all rows.
    private func write(
        _ part: Part, _ rows: ErasedRows, _ index: Int
    ) throws(StoreError) -> WrittenRewrite {
        let segment = rows.segments[index].handle
        let isSealed = segment.entry.level == SegmentLevel.sealed.rawValue
        return try WrittenRewrite.write(
            [try segment.mapped()], table: part.table,
            layout: WrittenRewrite.Layout(
                sequence: sequence, isByDay: !isSealed && part.table.schema.isSplitByDay,
                rowsMax: Int.max, level: isSealed ? .sealed : .compacted,
                omitted: rows.marks[index], checkpoint: checkpoint),
            files: files, identitySeed: identitySeed)
    }
}
