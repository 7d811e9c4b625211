// Everything a simulated file system knows, as one value under its lock.

import Glibc
import SpanModel
import SpanPlatform

/// Files, names, locks, counters and the failures to come.
struct SimState: Sendable {
    var inodes: [SimInode] = []
    var names = SimDirectory()
    var capacityBytes: UInt64
    var faults = FaultPlan()
    var crashCall = Int.max
    /// What links fail with.
    var linkErrno: Int32?
    /// Who is told of calls.
    var observe: (@Sendable (String) -> Void)?
    private(set) var callCount = 0
    private(set) var calls: [String] = []
    /// Holders per file: -1 for an exclusive one. Looked up by key only.
    private var locks: [Int: Int] = [:]

    init(capacityBytes: UInt64) { self.capacityBytes = capacityBytes }

    /// Bytes of all files that have a name.
    var usedBytes: UInt64 {
        names.live.values.reduce(into: UInt64(0)) { sum, entry in
            if case .file(let inode) = entry { sum += UInt64(inodes[inode].live.count) }
        }
    }

    // MARK: Failures

    /// Counts a call. Returns the failure that a write must carry out by halves.
    mutating func enter(
        _ operation: String, _ path: String
    ) throws(StoreError) -> FaultPlan.Failure? {
        callCount += 1
        calls.append("\(operation) \(path)")
        if callCount >= crashCall {
            throw .io(operation: operation, path: path, errno: SimFileSystem.crashErrno)
        }
        guard let failure = faults.failure(of: callCount) else { return nil }
        if failure.short && operation == "write" { return failure }
        throw Self.error(operation, path, failure.errno)
    }

    static func error(_ operation: String, _ path: String, _ code: Int32) -> StoreError {
        code == ENOSPC || code == EDQUOT
            ? .storageFull(path: path) : .io(operation: operation, path: path, errno: code)
    }

    /// Throws when `inode` cannot grow to `size`.
    func requireSpace(_ inode: Int, size: Int, _ path: String) throws(StoreError) {
        let growth = UInt64(max(0, size - inodes[inode].live.count))
        guard growth <= capacityBytes - min(capacityBytes, usedBytes) else {
            throw .storageFull(path: path)
        }
    }

    // MARK: Names

    func inode(_ path: String) -> Int? {
        guard case .file(let inode) = names.live[path] else { return nil }
        return inode
    }

    func entry(_ path: String, _ operation: String) throws(StoreError) -> SimDirectory.Entry {
        guard let entry = names.live[path] else {
            throw .io(operation: operation, path: path, errno: ENOENT)
        }
        return entry
    }

    func requireFree(_ path: String, _ operation: String) throws(StoreError) {
        try requireDirectory(SimDirectory.parent(of: path), operation)
        guard names.live[path] == nil else {
            throw .io(operation: operation, path: path, errno: EEXIST)
        }
    }

    func requireDirectory(_ path: String, _ operation: String) throws(StoreError) {
        guard names.isDirectory(path) else {
            throw .io(operation: operation, path: path, errno: ENOENT)
        }
    }

    mutating func open(_ path: String, _ mode: FileMode) throws(StoreError) -> Int {
        if mode == .createNew {
            try requireFree(path, "open")
            return create(path)
        }
        guard case .file(let inode) = try entry(path, "open") else {
            throw .io(operation: "open", path: path, errno: EISDIR)
        }
        return inode
    }

    private mutating func create(_ path: String) -> Int {
        inodes.append(SimInode())
        names.bind(path, .file(inodes.count - 1))
        return inodes.count - 1
    }

    // MARK: Locks

    mutating func lock(_ path: String, exclusive: Bool) throws(StoreError) -> Int {
        if names.live[path] == nil { try requireFree(path, "lock") }
        let inode = self.inode(path) ?? create(path)
        let holders = locks[inode, default: 0]
        guard exclusive ? holders == 0 : holders >= 0 else {
            throw .locked(path: path, holder: String(decoding: inodes[inode].live, as: UTF8.self))
        }
        locks[inode] = exclusive ? -1 : holders + 1
        return inode
    }

    mutating func unlock(_ inode: Int, exclusive: Bool) {
        locks[inode] = exclusive ? 0 : locks[inode, default: 1] - 1
    }

    // MARK: Ends

    func crashed(_ policy: CrashPolicy, using generator: inout SeededGenerator) -> SimState {
        var next = SimState(capacityBytes: capacityBytes)
        next.names = SimDirectory(names.image(policy, using: &generator))
        for inode in inodes {
            next.inodes.append(SimInode(inode.image(policy, using: &generator)))
        }
        return next
    }

    func restarted() -> SimState {
        var next = SimState(capacityBytes: capacityBytes)
        next.names = names
        next.inodes = inodes
        return next
    }

    mutating func replace(_ path: String, with bytes: [UInt8]) {
        let inode = self.inode(path) ?? create(path)
        inodes[inode].overwrite(bytes)
        names.sync(SimDirectory.parent(of: path))
    }

    mutating func forget(_ path: String) {
        names.remove(path)
        names.sync(SimDirectory.parent(of: path))
    }
}
