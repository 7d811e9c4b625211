// A file system in memory that can lose power between any two calls and fail any one of them.
// Legal order: make one, let the code under test run on it (perhaps with `crashAt` or faults), then
// take `crash(policy, seed)` as the disk of the next start. Same seed, same image.

import Glibc
import SpanModel
import SpanPlatform
import Synchronization

/// Files in memory with a durable image, pending writes and pending names.
package final class SimFileSystem: FileSystem {
    /// The errno of every call from the crash on.
    package static let crashErrno: Int32 = 0

    let state: Mutex<SimState>

    /// An empty file system with room for `capacityBytes`.
    package init(capacityBytes: UInt64 = .max) {
        state = Mutex(SimState(capacityBytes: capacityBytes))
    }

    private init(_ state: SimState) { self.state = Mutex(state) }

    // MARK: The test's side; none of it counts as a call

    /// Calls so far.
    package var callCount: Int { state.withLock { $0.callCount } }

    /// Every verb so far with its path, in order.
    package var calls: [String] { state.withLock { $0.calls } }

    /// Lets every call from number `call` on (counted from 1) fail with `crashErrno`.
    package func crashAt(call: Int) { state.withLock { $0.crashCall = call } }

    /// Replaces the script of failures.
    package func setFaults(_ plan: FaultPlan) { state.withLock { $0.faults = plan } }

    /// Bytes of all files.
    package var usedBytes: UInt64 { state.withLock { $0.usedBytes } }

    /// Changes the size of the disk.
    package func setCapacity(_ bytes: UInt64) { state.withLock { $0.capacityBytes = bytes } }

    /// The disk after a power loss, with a call count of 0, no faults and no locks.
    package func crash(_ policy: CrashPolicy, seed: UInt64) -> SimFileSystem {
        SimFileSystem(
            state.withLock { state in
                var generator = SeededGenerator(seed: seed)
                return state.crashed(policy, using: &generator)
            })
    }

    /// The same machine after the death of the process: unsynced writes are still in memory.
    package func restart() -> SimFileSystem {
        SimFileSystem(state.withLock { $0.restarted() })
    }

    /// The bytes of a file as a read would see them, nil when there is none.
    package func contents(_ path: String) -> [UInt8]? {
        state.withLock { state in state.inode(path).map { state.inodes[$0].live } }
    }

    /// The paths of all files as a list would show them, sorted.
    package var paths: [String] { state.withLock { $0.names.files } }

    /// Tells `observe` of each call, verb and path, on the caller's thread before it happens, so that a
    /// test can hold it; nil: nobody is told.
    package func beforeCalls(_ observe: (@Sendable (String) -> Void)?) {
        state.withLock { $0.observe = observe }
    }

    /// Lets every link fail, as between two file systems; nil: none.
    package func failLinks(errno: Int32?) { state.withLock { $0.linkErrno = errno } }

    /// Makes or replaces a file, at once durable: damage, or an old copy put back.
    package func replace(_ path: String, with bytes: [UInt8]) {
        state.withLock { $0.replace(path, with: bytes) }
    }

    /// Removes a file, at once durable.
    package func remove(_ path: String) { state.withLock { $0.forget(path) } }

    // MARK: Verbs, as `FileSystem` describes them

    /// Opens or makes a file; a new name is pending until its directory is synced.
    package func open(_ path: String, _ mode: FileMode) throws(StoreError) -> any File {
        let inode = try call("open", path) { state, _ throws(StoreError) in
            try state.open(path, mode)
        }
        return SimFile(self, inode: inode, path: path)
    }

    /// Moves a name.
    package func rename(_ source: String, to target: String) throws(StoreError) {
        try call("rename", target) { state, _ throws(StoreError) in
            state.names.move(source, to: target, try state.entry(source, "rename"))
        }
    }

    /// Removes a name; open handles go on.
    package func unlink(_ path: String) throws(StoreError) {
        try call("unlink", path) { state, _ throws(StoreError) in
            _ = try state.entry(path, "unlink")
            state.names.remove(path)
        }
    }

    /// Adds a name.
    package func link(_ source: String, to target: String) throws(StoreError) {
        try call("link", target) { state, _ throws(StoreError) in
            if let errno = state.linkErrno { throw SimState.error("link", target, errno) }
            let entry = try state.entry(source, "link")
            try state.requireFree(target, "link")
            state.names.bind(target, entry)
        }
    }

    /// Makes a directory in an existing one.
    package func createDirectory(_ path: String) throws(StoreError) {
        try call("createDirectory", path) { state, _ throws(StoreError) in
            if state.names.isDirectory(path) { return }
            try state.requireFree(path, "createDirectory")
            state.names.bind(path, .directory)
        }
    }

    /// Makes the names in a directory durable.
    package func syncDirectory(_ path: String) throws(StoreError) {
        try call("syncDirectory", path) { state, _ throws(StoreError) in
            try state.requireDirectory(path, "syncDirectory")
            state.names.sync(path)
        }
    }

    /// Names in a directory, sorted by bytes.
    package func list(_ directory: String) throws(StoreError) -> [String] {
        try call("list", directory) { state, _ throws(StoreError) in
            try state.requireDirectory(directory, "list")
            return state.names.names(in: directory)
        }
    }

    /// The size of a file, nil when there is none.
    package func size(_ path: String) throws(StoreError) -> UInt64? {
        try call("size", path) { state, _ throws(StoreError) in
            state.inode(path).map { UInt64(state.inodes[$0].live.count) }
        }
    }

    /// A private copy of a file; each check for readability counts as a call.
    package func mapReadOnly(_ path: String) throws(StoreError) -> MappedRegion {
        let bytes = try call("mapReadOnly", path) { state, _ throws(StoreError) in
            state.inodes[try state.open(path, .read)].live
        }
        let copy = UnsafeMutableRawBufferPointer.allocate(
            byteCount: bytes.count, alignment: 4096)
        copy.copyBytes(from: bytes)
        return MappedRegion(
            bytes: UnsafeRawBufferPointer(copy),
            populate: { [self] _ in
                Result { () throws(StoreError) in
                    try call("populate", path) { _, _ throws(StoreError) in }
                }
            }, release: { $0.deallocate() })
    }

    /// Takes a lock that ends with its handle or with the machine.
    package func lock(_ path: String, exclusive: Bool) throws(StoreError) -> any FileLock {
        let inode = try call("lock", path) { state, _ throws(StoreError) in
            try state.lock(path, exclusive: exclusive)
        }
        return SimFileLock(self, inode: inode, path: path, exclusive: exclusive)
    }

    /// What the capacity leaves.
    package func freeBytes(_ path: String) throws(StoreError) -> UInt64 {
        try call("freeBytes", path) { state, _ throws(StoreError) in
            state.capacityBytes - min(state.capacityBytes, state.usedBytes)
        }
    }

    /// Counts a call and lets it fail when its turn has come; `short` tells a write to leave half.
    func call<Answer: Sendable>(
        _ operation: String, _ path: String,
        _ body: (inout SimState, FaultPlan.Failure?) throws(StoreError) -> Answer
    ) throws(StoreError) -> Answer {
        state.withLock { $0.observe }?("\(operation) \(path)")
        return try state.withLock { (state) throws(StoreError) -> Answer in
            let short = try state.enter(operation, path)
            return try body(&state, short)
        }
    }
}
