// The real file system: each verb is one system call (or the few that make it whole), EINTR is
// retried, symbolic links at the last component are never followed.

import Glibc
import SpanModel

/// The kernel's files and directories.
package struct PosixFileSystem: FileSystem {
    /// A file system without state.
    package init() {}

    /// Opens a file, never through a symbolic link, mode 0600.
    package func open(_ path: String, _ mode: FileMode) throws(StoreError) -> any File {
        let flags: Int32
        switch mode {
        case .read: flags = O_RDONLY
        case .readWrite: flags = O_RDWR
        case .createNew: flags = O_RDWR | O_CREAT | O_EXCL
        }
        return PosixFile(try Posix.open(path, flags), path: path)
    }

    /// Replaces `target` by `source` in one step.
    package func rename(_ source: String, to target: String) throws(StoreError) {
        try Posix.check("rename", target) { Glibc.rename(source, target) }
    }

    /// Removes a file's name.
    package func unlink(_ path: String) throws(StoreError) {
        try Posix.check("unlink", path) { Glibc.unlink(path) }
    }

    /// Another name for a file.
    package func link(_ source: String, to target: String) throws(StoreError) {
        try Posix.check("link", target) { linkat(AT_FDCWD, source, AT_FDCWD, target, 0) }
    }

    /// Makes a directory, mode 0700; an existing one is left as it is.
    package func createDirectory(_ path: String) throws(StoreError) {
        let created = Posix.result("mkdir", path) { mkdir(path, 0o700) }
        guard case .failure(let error) = created else { return }
        guard case .io(_, _, EEXIST) = error else { throw error }
        let descriptor = try Posix.open(path, O_RDONLY | O_DIRECTORY)
        close(descriptor)
    }

    /// Makes creations, renames and removals in a directory durable.
    package func syncDirectory(_ path: String) throws(StoreError) {
        let descriptor = try Posix.open(path, O_RDONLY | O_DIRECTORY)
        defer { close(descriptor) }
        try Posix.check("fsync", path) { fsync(descriptor) }
    }

    /// Names in a directory, sorted by bytes.
    package func list(_ directory: String) throws(StoreError) -> [String] {
        let descriptor = try Posix.open(directory, O_RDONLY | O_DIRECTORY)
        guard let stream = fdopendir(descriptor) else {
            let code = errno
            close(descriptor)
            throw Posix.error("opendir", directory, code)
        }
        defer { closedir(stream) }
        var names: [String] = []
        errno = 0
        while let entry = readdir(stream) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != "." && name != ".." { names.append(name) }
            errno = 0
        }
        guard errno == 0 else { throw Posix.error("readdir", directory, errno) }
        return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }

    /// The size of a file in bytes, nil when there is none.
    package func size(_ path: String) throws(StoreError) -> UInt64? {
        var status = stat()
        let result = Posix.result("lstat", path) { lstat(path, &status) }
        if case .failure(.io(_, _, ENOENT)) = result { return nil }
        _ = try result.get()
        return UInt64(clamping: status.st_size)
    }

    /// Maps a whole regular file read-only. Pages come in at first use: see
    /// `MappedRegion.ensureReadable`. The mapping needs no descriptor.
    package func mapReadOnly(_ path: String) throws(StoreError) -> MappedRegion {
        let descriptor = try Posix.open(path, O_RDONLY)
        defer { close(descriptor) }
        return try Posix.map(descriptor, path: path)
    }

    /// Takes the advisory lock of a file (flock), without waiting.
    package func lock(_ path: String, exclusive: Bool) throws(StoreError) -> any FileLock {
        let file = PosixFile(try Posix.open(path, O_RDWR | O_CREAT), path: path)
        let operation = (exclusive ? LOCK_EX : LOCK_SH) | LOCK_NB
        do {
            try Posix.check("flock", path) { flock(file.descriptor, operation) }
        } catch {
            guard case .io(_, _, EWOULDBLOCK) = error else { throw error }
            let holder = try file.read(at: 0, count: PosixFileLock.holderBytesMax)
            throw .locked(path: path, holder: String(decoding: holder, as: UTF8.self))
        }
        return PosixFileLock(file)
    }

    /// Bytes free for this user on the file system of `path`.
    package func freeBytes(_ path: String) throws(StoreError) -> UInt64 {
        var status = statvfs()
        try Posix.check("statvfs", path) { statvfs(path, &status) }
        let free = UInt64(status.f_bavail).multipliedReportingOverflow(by: UInt64(status.f_frsize))
        return free.overflow ? UInt64.max : free.partialValue
    }
}

/// A lock that ends with its descriptor.
private final class PosixFileLock: FileLock {
    static let holderBytesMax = 4096

    private let file: PosixFile

    init(_ file: PosixFile) { self.file = file }

    func describe(_ holder: String) throws(StoreError) {
        try file.truncate(to: 0)
        try file.write(Array(holder.utf8.prefix(Self.holderBytesMax)), at: 0)
    }
}
