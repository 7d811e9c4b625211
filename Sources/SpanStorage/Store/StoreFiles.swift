// Writing whole files: numbered, temporary until the manifest lists them, synced before they are
// used. A file number is never used twice, not even after a crash, because unlisted files are
// removed before the next one is made.

import SpanColumns
import SpanFormat
import SpanModel
import SpanPlatform
import Synchronization

/// Makes the numbered files of a store.
final class StoreFiles: Sendable {
    let directory: String
    let fileSystem: any FileSystem
    let headroom: Headroom
    /// Rings when a segment is found damaged.
    let damage = DamageSignal()
    /// What computes the rollups of the segments that are written; nil: they get none.
    let rollupMaker: (any RollupMaker)?
    private let nextNumber: Mutex<UInt64>

    /// `headroom` is nil for a store that is only read.
    init(
        directory: String, fileSystem: any FileSystem, nextNumber: UInt64,
        headroom: Headroom? = nil, rollupMaker: (any RollupMaker)? = nil
    ) {
        self.directory = directory
        self.fileSystem = fileSystem
        self.rollupMaker = rollupMaker
        self.headroom =
            headroom ?? Headroom(directory: directory, fileSystem: fileSystem, bytes: 0)
        self.nextNumber = Mutex(nextNumber)
    }

    /// A number for a new file.
    func takeNumber() -> UInt64 {
        nextNumber.withLock { next in
            defer { next += 1 }
            return next
        }
    }

    /// The number that `takeNumber` will give next.
    var upcomingNumber: UInt64 { nextNumber.withLock { $0 } }

    /// The path of a file directly in the store.
    func path(_ name: String) -> String { directory + "/" + name }

    /// The path of a file of a workspace.
    func path(_ name: String, workspace: UInt32) -> String {
        directory + "/" + FileNames.workspaceDirectory(workspace) + "/" + name
    }

    /// Makes a workspace's directory, durably.
    func createWorkspaceDirectory(_ workspace: UInt32) throws(StoreError) {
        try fileSystem.createDirectory(path(FileNames.workspaceDirectory(workspace)))
        try fileSystem.syncDirectory(directory)
    }

    /// Writes and syncs a new file through a sink; on an error the partial file is removed.
    func write<T>(
        _ path: String, _ body: (FileSink) throws(StoreError) -> T
    ) throws(StoreError) -> T {
        let sink = FileSink(try fileSystem.open(path, .createNew))
        do {
            let result = try body(sink)
            try sink.finish()
            return result
        } catch {
            try? fileSystem.unlink(path)
            throw error
        }
    }
}

/// Appends to a file in pieces of about a mebibyte.
final class FileSink {
    private let file: any File
    private var offset: UInt64 = 0
    private var pending: [UInt8] = []

    private static let pieceBytes = 1 << 20

    init(_ file: any File) { self.file = file }

    func append(_ bytes: [UInt8]) throws(StoreError) {
        pending.append(contentsOf: bytes)
        if pending.count >= Self.pieceBytes { try flush() }
    }

    /// Writes what is left and syncs.
    func finish() throws(StoreError) {
        try flush()
        try file.sync()
    }

    private func flush() throws(StoreError) {
        if pending.isEmpty { return }
        try file.write(pending, at: offset)
        offset += UInt64(pending.count)
        pending.removeAll(keepingCapacity: true)
    }
}
