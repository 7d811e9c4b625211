// The engine's only door to the disk: one verb per system call, so that a simulated twin can crash
// between any two of them and fail any one of them. Paths are absolute or relative to the working
// directory; names below a store are made by `FileNames` alone and never by a user.
// Cost: one dynamic dispatch per call, unmeasurable beside the call. Reads on the hot path do not
// come here: they read a `MappedRegion`.

import SpanModel

/// System calls on files and directories. Every verb throws `StoreError.io` with the call's name
/// and errno; ENOSPC and EDQUOT become `storageFull`.
package protocol FileSystem: Sendable {
    /// Opens a file, never through a symbolic link, mode 0600.
    func open(_ path: String, _ mode: FileMode) throws(StoreError) -> any File
    /// Replaces `target` by `source` in one step. Durable only after `syncDirectory`.
    func rename(_ source: String, to target: String) throws(StoreError)
    /// Removes a file's name. Durable only after `syncDirectory`.
    func unlink(_ path: String) throws(StoreError)
    /// Another name for a file (backups).
    func link(_ source: String, to target: String) throws(StoreError)
    /// Makes a directory, mode 0700; an existing one is left as it is.
    func createDirectory(_ path: String) throws(StoreError)
    /// Makes creations, renames and removals in a directory durable.
    func syncDirectory(_ path: String) throws(StoreError)
    /// Names in a directory, sorted by bytes, without `.` and `..`.
    func list(_ directory: String) throws(StoreError) -> [String]
    /// The size of a file in bytes, nil when there is none.
    func size(_ path: String) throws(StoreError) -> UInt64?
    /// Maps a whole file read-only. Call `ensureReadable` before the first use of a part.
    func mapReadOnly(_ path: String) throws(StoreError) -> MappedRegion
    /// Takes the advisory lock of a file (made if missing), or throws `locked` with its content.
    func lock(_ path: String, exclusive: Bool) throws(StoreError) -> any FileLock
    /// Bytes free for this user on the file system of `path`.
    func freeBytes(_ path: String) throws(StoreError) -> UInt64
}

/// How a file is opened.
package enum FileMode: Sendable {
    /// Reading an existing file.
    case read
    /// Reading and writing an existing file.
    case readWrite
    /// Reading and writing a new file; an existing one is EEXIST.
    case createNew
}

/// An open file. Closed at deinit.
package protocol File: AnyObject, Sendable {
    /// Reads up to `count` bytes at `offset`; fewer only at the end of the file.
    func read(at offset: UInt64, count: Int) throws(StoreError) -> [UInt8]
    /// Writes all of `bytes` at `offset`. Not durable before `sync`.
    func write(_ bytes: UnsafeRawBufferPointer, at offset: UInt64) throws(StoreError)
    /// Reserves disk space up to `size` and extends the file to it.
    func allocate(to size: UInt64) throws(StoreError)
    /// Cuts or extends (with zeros) the file.
    func truncate(to size: UInt64) throws(StoreError)
    /// Makes all writes durable (fdatasync). After a failure the file must not be used again: the
    /// kernel may have marked the lost pages clean.
    func sync() throws(StoreError)
    /// Bytes of the file.
    func size() throws(StoreError) -> UInt64
}

extension File {
    /// Writes all of an array at `offset`.
    package func write(_ bytes: [UInt8], at offset: UInt64) throws(StoreError) {
        let result: Result<Void, StoreError> = bytes.withUnsafeBytes { buffer in
            Result { () throws(StoreError) in try write(buffer, at: offset) }
        }
        try result.get()
    }
}

/// An advisory lock, released at deinit or when the process ends.
package protocol FileLock: AnyObject, Sendable {
    /// Replaces what the next `locked` error says of this holder (pid and socket path).
    func describe(_ holder: String) throws(StoreError)
}

/// A read-only mapping of a whole file; unmapped when the last reference goes.
package final class MappedRegion: Sendable {
    /// The file's bytes. Valid as long as this object lives.
    package nonisolated(unsafe) let bytes: UnsafeRawBufferPointer
    private let populate: @Sendable (UnsafeRawBufferPointer) -> Result<Void, StoreError>
    private let release: @Sendable (UnsafeRawBufferPointer) -> Void

    /// Takes over `bytes`; `release` is called once at the end. `populate` makes a part of them
    /// resident or tells why it cannot be read; the default believes that all can be.
    package init(
        bytes: UnsafeRawBufferPointer,
        populate: @escaping @Sendable (UnsafeRawBufferPointer) -> Result<Void, StoreError> = {
            _ in .success(())
        },
        release: @escaping @Sendable (UnsafeRawBufferPointer) -> Void
    ) {
        self.bytes = bytes
        self.populate = populate
        self.release = release
    }

    /// Makes a range resident before its first use, so that an unreadable or truncated file is an
    /// error here and not a SIGBUS later. Throws `corruption` when the file no longer reaches that
    /// far and `io` when the disk fails. Cost: about 40 µs per cached MiB.
    package func ensureReadable(_ range: Range<Int>) throws(StoreError) {
        let part = UnsafeRawBufferPointer(rebasing: bytes[range.clamped(to: bytes.indices)])
        try populate(part).get()
    }

    deinit { release(bytes) }
}
