// Binds the daemon's sockets. A Unix socket is private to its owner (reliability promise S1): its
// directory is made with mode 0700, or checked; the socket has mode 0600; a socket file is taken
// over only when a connection to it was refused.
// Who may replace or rename the socket decides who can pose as the daemon. So the directory must be
// ours or root's and writable by nobody else, and so must every directory above it, except that a
// sticky one (/tmp) may be writable by all: there nobody can rename or remove what others own.

import Glibc
import SpanModel

/// Makes listening descriptors; the caller owns them.
package enum ListeningSocket {
    /// Connections the kernel queues before they are accepted.
    private static let backlog: Int32 = 128

    /// Binds and listens on a Unix socket. Throws `locked` when a live process listens there and
    /// `invalidArgument` when the path is not safe.
    package static func bindUnix(path: String) throws(StoreError) -> Int32 {
        guard path.hasPrefix("/") else {
            throw .invalidArgument(name: "socket", reason: "'\(path)' is not an absolute path")
        }
        let directory = parent(of: path)
        try makePrivateDirectory(directory)
        try checkParents(of: directory)
        try removeStale(path)
        let descriptor = try SocketAddress.unix(path: path).open(.bind) { descriptor in
            // Linux gives the file the descriptor's mode, less the umask; to set that would change what
            // other threads create meanwhile.
            fchmod(descriptor, 0o600)
        }
        return try listening(descriptor, path)
    }

    /// Binds and listens on a TCP address.
    package static func bindTCP(_ address: SocketAddress) throws(StoreError) -> Int32 {
        let descriptor = try address.open(.bind) { descriptor in
            var on: Int32 = 1
            setsockopt(
                descriptor, SOL_SOCKET, SO_REUSEADDR, &on, socklen_t(MemoryLayout<Int32>.size))
        }
        return try listening(descriptor, address.description)
    }

    /// Removes a socket file that `bindUnix` made.
    package static func remove(path: String) { unlink(path) }

    /// Closes a descriptor that no server took over.
    package static func close(_ descriptor: Int32) { _ = Glibc.close(descriptor) }

    private static func listening(_ descriptor: Int32, _ name: String) throws(StoreError) -> Int32 {
        guard listen(descriptor, backlog) == 0 else {
            let code = errno
            close(descriptor)
            throw .io(operation: "listen", path: name, errno: code)
        }
        return descriptor
    }

    /// Removes the socket file of a dead process.
    private static func removeStale(_ path: String) throws(StoreError) {
        var info = stat()
        guard lstat(path, &info) == 0 else { return }
        guard info.st_mode & S_IFMT == S_IFSOCK else {
            throw .invalidArgument(name: "socket", reason: "\(path) exists and is not a socket")
        }
        do throws(StoreError) {
            _ = try ClientSocket(.unix(path: path), timeoutSeconds: 1)
        } catch {
            if case .io(_, _, ECONNREFUSED) = error {
                unlink(path)
                return
            }
            throw error
        }
        throw .locked(path: path, holder: "a process that answers on this socket")
    }

    private static func makePrivateDirectory(_ path: String) throws(StoreError) {
        var info = stat()
        if lstat(path, &info) == 0 { return }
        let above = parent(of: path)
        if above != path { try makePrivateDirectory(above) }
        guard mkdir(path, 0o700) == 0 || errno == EEXIST else {
            throw .io(operation: "mkdir", path: path, errno: errno)
        }
    }

    private static func checkParents(of directory: String) throws(StoreError) {
        var path = directory
        var isFirst = true
        while true {
            try checkDirectory(path, allowsSticky: !isFirst)
            if path == "/" { return }
            path = parent(of: path)
            isFirst = false
        }
    }

    private static func checkDirectory(
        _ path: String, allowsSticky: Bool
    ) throws(StoreError) {
        var info = stat()
        guard lstat(path, &info) == 0 else {
            throw .io(operation: "stat", path: path, errno: errno)
        }
        let kind = info.st_mode & S_IFMT
        if kind == S_IFLNK, !allowsSticky || (info.st_uid != 0 && info.st_uid != geteuid()) {
            throw .invalidArgument(name: "socket", reason: "directory \(path) is a symbolic link")
        }
        guard kind == S_IFDIR || kind == S_IFLNK else {
            throw .invalidArgument(name: "socket", reason: "\(path) is not a directory")
        }
        guard info.st_uid == 0 || info.st_uid == geteuid() else {
            throw .invalidArgument(
                name: "socket", reason: "directory \(path) belongs to another user")
        }
        let isShared = kind == S_IFDIR && info.st_mode & (S_IWGRP | S_IWOTH) != 0
        if isShared && !(allowsSticky && info.st_mode & S_ISVTX != 0) {
            throw .invalidArgument(
                name: "socket", reason: "directory \(path) is writable by others")
        }
    }

    private static func parent(of path: String) -> String {
        guard
            let slash = path.dropLast(path.count > 1 && path.last == "/" ? 1 : 0)
                .lastIndex(of: "/")
        else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }
}
