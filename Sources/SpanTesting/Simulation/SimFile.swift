// Handles of a simulated file system.

import SpanModel
import SpanPlatform
import Synchronization

/// An open simulated file; it outlives its name.
final class SimFile: File {
    private let fileSystem: SimFileSystem
    private let inode: Int
    private let path: String

    init(_ fileSystem: SimFileSystem, inode: Int, path: String) {
        self.fileSystem = fileSystem
        self.inode = inode
        self.path = path
    }

    func read(at offset: UInt64, count: Int) throws(StoreError) -> [UInt8] {
        try fileSystem.call("read", path) { [inode] state, _ throws(StoreError) in
            let live = state.inodes[inode].live
            let start = min(Int(clamping: offset), live.count)
            return Array(live[start..<min(live.count, start + min(count, live.count))])
        }
    }

    func write(_ bytes: UnsafeRawBufferPointer, at offset: UInt64) throws(StoreError) {
        let copy = [UInt8](bytes)
        try fileSystem.call("write", path) { [inode, path] state, short throws(StoreError) in
            let part = short == nil ? copy : Array(copy[0..<copy.count / 2])
            try state.requireSpace(inode, size: Int(offset) + part.count, path)
            if !part.isEmpty { state.inodes[inode].write(part, at: Int(offset)) }
            if let short { throw SimState.error("write", path, short.errno) }
        }
    }

    func allocate(to size: UInt64) throws(StoreError) {
        try fileSystem.call("allocate", path) { [inode, path] state, _ throws(StoreError) in
            try state.requireSpace(inode, size: Int(size), path)
            if Int(size) > state.inodes[inode].live.count {
                state.inodes[inode].resize(to: Int(size))
            }
        }
    }

    func truncate(to size: UInt64) throws(StoreError) {
        try fileSystem.call("truncate", path) { [inode, path] state, _ throws(StoreError) in
            try state.requireSpace(inode, size: Int(size), path)
            state.inodes[inode].resize(to: Int(size))
        }
    }

    func sync() throws(StoreError) {
        do {
            try fileSystem.call("sync", path) { [inode] state, _ throws(StoreError) in
                state.inodes[inode].sync()
            }
        } catch {
            fileSystem.loseAfterFailedSync(inode, error)
            throw error
        }
    }

    func size() throws(StoreError) -> UInt64 {
        try fileSystem.call("fileSize", path) { [inode] state, _ throws(StoreError) in
            UInt64(state.inodes[inode].live.count)
        }
    }
}

extension SimFileSystem {
    /// After a failed sync the kernel holds the file's dirty pages for clean. A crash is no failed
    /// sync: there the pages stay pending, for the image to choose.
    func loseAfterFailedSync(_ inode: Int, _ error: StoreError) {
        if case .io(_, _, Self.crashErrno) = error { return }
        state.withLock { $0.inodes[inode].losePending() }
    }
}

/// A simulated lock, released at deinit.
final class SimFileLock: FileLock {
    private let fileSystem: SimFileSystem
    private let inode: Int
    private let path: String
    private let exclusive: Bool

    init(_ fileSystem: SimFileSystem, inode: Int, path: String, exclusive: Bool) {
        self.fileSystem = fileSystem
        self.inode = inode
        self.path = path
        self.exclusive = exclusive
    }

    deinit {
        fileSystem.state.withLock { $0.unlock(inode, exclusive: exclusive) }
    }

    func describe(_ holder: String) throws(StoreError) {
        try fileSystem.call("describe", path) { [inode] state, _ throws(StoreError) in
            state.inodes[inode].resize(to: 0)
            state.inodes[inode].write(Array(holder.utf8), at: 0)
        }
    }
}
