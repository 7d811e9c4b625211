// Writing and opening the sorted runs of the identity index and the idempotency window.

import SpanFormat
import SpanModel
import SpanPlatform

/// Which table of which workspace a file belongs to.
struct TablePlace: Sendable, Equatable {
    let schema: TableSchema
    let workspace: UInt32

    static func == (left: TablePlace, right: TablePlace) -> Bool {
        left.schema.number == right.schema.number && left.workspace == right.workspace
    }
}

extension Table {
    var place: TablePlace { TablePlace(schema: schema, workspace: workspace) }
}

/// Identity runs of tables.
enum IdentityRunFile {
    /// Writes the pairs of new segments as a run; nil when there are none.
    static func write(
        _ pairs: [RunPair], table: TablePlace, files: StoreFiles
    ) throws(StoreError) -> IdentityIndex.Run? {
        if pairs.isEmpty { return nil }
        let sorted = pairs.sorted()
        let number = files.takeNumber()
        let path = files.path(FileNames.identityRun(number), workspace: table.workspace)
        let run = try files.writeRun(
            sorted, secondMask: IdentityHash.runMask, file: number, path: path)
        return IdentityIndex.Run(
            entry: IdentityRunEntry(
                file: number, workspace: table.workspace, table: table.schema.number,
                entryCount: UInt64(sorted.count)),
            run: run)
    }

    /// Opens a run that the manifest lists.
    static func open(
        _ entry: IdentityRunEntry, files: StoreFiles
    ) throws(StoreError) -> IdentityIndex.Run {
        let path = files.path(FileNames.identityRun(entry.file), workspace: entry.workspace)
        return IdentityIndex.Run(
            entry: entry,
            run: try files.openRun(entry.file, path: path, entryCount: entry.entryCount))
    }
}

extension StoreFiles {
    /// Writes a run, makes its name durable and opens it.
    func writeRun(
        _ pairs: [RunPair], secondMask: UInt64, file: UInt64, path: String
    ) throws(StoreError) -> SortedRun {
        try write(path) { sink throws(StoreError) in
            try sink.append(SortedRunWriter.encode(pairs, secondMask: secondMask, file: file))
        }
        try fileSystem.syncDirectory(parent(of: path))
        return try openRun(file, path: path, entryCount: UInt64(pairs.count))
    }

    /// Opens a run that the manifest says has `entryCount` pairs.
    func openRun(
        _ file: UInt64, path: String, entryCount: UInt64
    ) throws(StoreError) -> SortedRun {
        let run = try SortedRun(try fileSystem.mapReadOnly(path), file: file, name: path)
        guard UInt64(run.count) == entryCount else {
            throw .corruption(
                file: path, offset: 0, region: "run header",
                reason: "\(run.count) pairs, \(entryCount) listed")
        }
        return run
    }

    /// The directory of a path.
    func parent(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return String(path[..<slash])
    }
}
