// Drives a store and its reference side by side: the same batches go to both, and every table is
// compared in both views. Operations and batches come from a seed.

import SpanColumns
import SpanFormat
import SpanModel
import SpanPlatform
import SpanStorage

/// A store on some file system, with its reference.
package struct StoreDriver {
    package let directory = "store"
    package private(set) var fileSystem: any FileSystem
    package var store: Store
    package var reference = ReferenceStore()
    private var generator: RecordGenerator
    /// How the store is opened from now on.
    package var options: StoreOptions
    /// The records of commits that were not acknowledged.
    private var refused: [[ReferenceRecord]] = []
    private var ingestTime: Int64 = 1_700_000_000_000_000_000

    /// Small sizes, so that a few batches reach every mechanism.
    package static var smallOptions: StoreOptions {
        var options = StoreOptions()
        options.walFileBytes = 64 << 10
        options.segmentRowsMax = 40
        options.headroomBytes = 64 << 10
        return options
    }

    package init(
        fileSystem: any FileSystem, seed: UInt64, options: StoreOptions = smallOptions
    ) throws(StoreError) {
        self.fileSystem = fileSystem
        self.options = options
        generator = RecordGenerator(seed: seed)
        store = try Store.open(
            directory: directory, fileSystem: fileSystem, options: options,
            randomness: Randomness(seed: seed))
    }

    /// Commits a random batch; the reference takes it when it is acknowledged.
    package mutating func commit(countMax: Int) throws(StoreError) {
        try commit(generator.batch(countMax: countMax))
    }

    /// Commits records of one table.
    package mutating func commit(_ records: [ReferenceRecord]) throws(StoreError) {
        guard let table = records.first?.table else { return }
        ingestTime += 1_000_000_000
        let commit = try PreparedCommit(
            workspace: "default", batches: [ColumnBatch.of(records, table: table)], token: nil,
            ingestTime: ingestTime)
        for result in store.commit([commit]) {
            do {
                _ = try result.get()
            } catch {
                refused.append(records)
                throw error
            }
        }
        reference.append(records)
    }

    /// What erases the spans of which a column has a value.
    package static func erasure(_ column: Int, _ value: String) -> EraseRequest {
        EraseRequest(
            workspace: "default",
            tables: [TableErasure(Tables.spans, [.equals(column: column, value)])])
    }

    /// Erases the spans of which a column has a value, from store and reference.
    package mutating func eraseSpans(_ column: Int, _ value: String) throws(StoreError) {
        _ = try store.erase(Self.erasure(column, value))
        reference.erase(Tables.spans) { $0[column] == .text(value) }
    }

    /// Closes the store and opens it again.
    package mutating func reopen() throws(StoreError) {
        try store.close()
        try open(on: fileSystem)
    }

    /// Opens the store anew on what a crash or restart has left; the old one is forgotten.
    package mutating func open(on fileSystem: any FileSystem) throws(StoreError) {
        self.fileSystem = fileSystem
        store = try Store.open(
            directory: directory, fileSystem: fileSystem, options: options,
            randomness: Randomness(seed: UInt64(reference.writes.count)))
    }

    /// After a crash: a difference from the acknowledged state that no one refused batch, wholly
    /// present at the end, explains either. (A batch whose sync failed may be on disk; nothing is
    /// acknowledged after it.)
    package mutating func differenceAfterCrash() throws(StoreError) -> String? {
        guard let difference = try difference() else { return nil }
        let acknowledged = reference
        for batch in refused {
            reference.append(batch)
            if try self.difference() == nil { return nil }
            reference = acknowledged
        }
        return difference
    }

    /// The first difference between store and reference, nil when there is none.
    package func difference() throws(StoreError) -> String? {
        let tables = store.snapshots.latest.tables(workspace: "default")
        for table in Tables.all {
            for view in View.allCases {
                let found = try TableReader.rows(try tables.source(table, view: view))
                let wanted = reference.rows(table, view)
                if found == wanted { continue }
                let missing = Self.subtract(wanted, found)
                let extra = Self.subtract(found, wanted)
                return
                    "\(table.name) \(view): missing \(missing.prefix(2)), extra \(extra.prefix(2))"
            }
        }
        return nil
    }

    private static func subtract(_ rows: [String], _ others: [String]) -> [String] {
        var counts: [String: Int] = [:]
        for row in others { counts[row, default: 0] += 1 }
        return rows.filter { row in
            guard let count = counts[row], count > 0 else { return true }
            counts[row] = count - 1
            return false
        }
    }
}
