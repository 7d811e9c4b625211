// Space kept aside for a full disk (promise R9): an allocated file without content. What must be
// written to get space back, or to lose none, may spend it: a seal, the manifest, recovery. Commits
// wait until it is whole again, so that they never take the last bytes from those.
// Legal order: `restore` as often as wanted; `spending` around a write that may be repeated.
// Cost: whole, an uncontended lock a commit; missing, one look at the free space.

import SpanFormat
import SpanModel
import SpanPlatform
import Synchronization

/// The reserve of one store; for any thread.
final class Headroom: Sendable {
    private let fileSystem: any FileSystem
    private let directory: String
    private let bytes: UInt64
    private let isWhole = Mutex(false)

    /// A reserve of `bytes`; of 0 there is none, and nothing ever waits for it.
    init(directory: String, fileSystem: any FileSystem, bytes: Int) {
        self.directory = directory
        self.fileSystem = fileSystem
        self.bytes = UInt64(max(0, bytes))
    }

    private var path: String { directory + "/" + FileNames.headroom }

    /// Makes the reserve unless it is there. Throws `storageFull` when it does not fit.
    func restore() throws(StoreError) {
        let result: Result<Void, StoreError> = isWhole.withLock { isWhole in
            if isWhole || bytes == 0 { return .success(()) }
            return Result { () throws(StoreError) in
                try allocate()
                isWhole = true
            }
        }
        try result.get()
    }

    /// Gives the reserve up to the disk; false when there was none.
    func spend() -> Bool {
        isWhole.withLock { isWhole in
            isWhole = false
            return (try? fileSystem.unlink(path)) != nil
        }
    }

    /// Whether the reserve must be made before commits are taken.
    var isSpent: Bool { isWhole.withLock { !$0 } && bytes > 0 }

    /// Runs `body`; on a full disk again, with the reserve spent. `body` must leave nothing behind
    /// when it throws.
    func spending<T>(_ body: () throws(StoreError) -> T) throws(StoreError) -> T {
        do {
            return try body()
        } catch {
            guard case .storageFull = error, spend() else { throw error }
            return try body()
        }
    }

    /// Gives the reserve up when recovery might need it: a torn tail of the log is copied.
    func spendForRecovery() throws(StoreError) {
        guard bytes > 0, try fileSystem.freeBytes(directory) < bytes else { return }
        _ = spend()
    }

    private func allocate() throws(StoreError) {
        if let size = try fileSystem.size(path) {
            if size == bytes { return }
            // A crash left it unfinished, or another size was asked for.
            try fileSystem.unlink(path)
        }
        guard try fileSystem.freeBytes(directory) >= bytes else { throw .storageFull(path: path) }
        let file = try fileSystem.open(path, .createNew)
        do {
            try file.allocate(to: bytes)
            try file.sync()
        } catch {
            try? fileSystem.unlink(path)
            throw error
        }
    }
}
