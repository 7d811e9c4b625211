// A seal in three steps, so that its long part needs no writer: the writer freezes the memtables
// (`Store.planSeal`), any thread runs the job, the writer installs it. Writes go on meanwhile, into
// new memtables; what they kill of the frozen rows is applied to the segments at the install.

import SpanColumns
import SpanFormat
import SpanModel

/// A seal of all memtables of a store.
package struct SealJob: Sendable {
    /// The frozen memtable of a table, as containers.
    struct Part: Sendable {
        let table: TablePlace
        let containers: [any RowContainer]
    }

    let parts: [Part]
    /// The idempotency tokens since the last seal.
    let windowPairs: [RunPair]
    /// The sequence after the last frozen row.
    let nextSequence: UInt64
    /// The WAL's position when the memtables were frozen.
    let walPosition: UInt64
    let files: StoreFiles
    let identitySeed: UInt64

    /// What a run has written.
    package struct Result: Sendable {
        let tables: [WrittenRewrite]
        let windowRun: IdempotencyWindow.Run?
    }

    /// Writes a segment per table, not split by day, and the runs; on a full disk into the space
    /// kept aside.
    package func run() throws(StoreError) -> Result { try files.headroom.spending(write) }

    private func write() throws(StoreError) -> Result {
        var tables: [WrittenRewrite] = []
        do {
            for part in parts { tables.append(try write(part)) }
            return Result(tables: tables, windowRun: try writeWindowRun())
        } catch {
            for table in tables { table.discard(files) }
            throw error
        }
    }

    private func write(_ part: Part) throws(StoreError) -> WrittenRewrite {
        try files.createWorkspaceDirectory(part.table.workspace)
        return try WrittenRewrite.write(
            part.containers, table: part.table,
            layout: WrittenRewrite.Layout(
                sequence: nextSequence - 1, isByDay: false, rowsMax: Int.max, level: .sealed),
            files: files, identitySeed: identitySeed)
    }

    private func writeWindowRun() throws(StoreError) -> IdempotencyWindow.Run? {
        if windowPairs.isEmpty { return nil }
        let number = files.takeNumber()
        let path = files.path(FileNames.idempotencyRun(number))
        let run = try files.writeRun(windowPairs, secondMask: 0, file: number, path: path)
        return IdempotencyWindow.Run(
            entry: IdempotencyRunEntry(file: number, entryCount: UInt64(windowPairs.count)),
            run: run)
    }
}
