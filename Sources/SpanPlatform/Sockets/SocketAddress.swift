// Addresses of stream sockets, and the two system calls that need them. The bytes of a `sockaddr`
// never leave this file.

import Glibc
import SpanModel

/// Where a stream socket listens.
package enum SocketAddress: Sendable, Equatable, CustomStringConvertible {
    /// The path of a Unix-domain socket, up to 107 bytes.
    case unix(path: String)
    /// A host (name or numeric address) and a port.
    case tcp(host: String, port: UInt16)

    /// Parses `HOST:PORT` or `[V6]:PORT`; nil when it is neither.
    package static func parseTCP(_ text: String) -> SocketAddress? {
        guard let colon = text.lastIndex(of: ":"),
            let port = UInt16(text[text.index(after: colon)...])
        else { return nil }
        var host = text[..<colon]
        if host.first == "[", host.last == "]" {
            host = host.dropFirst().dropLast()
        } else if host.contains(":") {
            return nil
        }
        return host.isEmpty ? nil : .tcp(host: String(host), port: port)
    }

    /// Whether only this machine can reach the address. A name is loopback when it is `localhost`.
    package var isLoopback: Bool {
        switch self {
        case .unix: return true
        case .tcp(let host, _):
            return host == "localhost" || host == "::1"
                || (host.hasPrefix("127.") && host.allSatisfy { $0.isNumber || $0 == "." })
        }
    }

    package var description: String {
        switch self {
        case .unix(let path): return path
        case .tcp(let host, let port):
            return host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
        }
    }

    /// The same host with the port that a bound TCP socket really has: asked for port 0, the kernel
    /// chose one.
    package func bound(as descriptor: Int32) -> SocketAddress {
        guard case .tcp(let host, _) = self else { return self }
        var address = sockaddr_storage()
        var size = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let port = withUnsafeMutablePointer(to: &address) { pointer -> UInt16? in
            let result = pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                getsockname(descriptor, $0, &size)
            }
            guard result == 0 else { return nil }
            // The port has the same place in sockaddr_in and sockaddr_in6.
            return pointer.withMemoryRebound(to: sockaddr_in.self, capacity: 1) {
                UInt16(bigEndian: $0.pointee.sin_port)
            }
        }
        return port.map { .tcp(host: host, port: $0) } ?? self
    }

    /// Opens a socket of the address's family and calls `connect` or `bind` on it. The caller
    /// owns the descriptor. A name with several addresses is tried in the resolver's order.
    func open(
        _ verb: SocketVerb, prepare: (Int32) -> Void = { _ in }
    ) throws(StoreError) -> Int32 {
        switch self {
        case .unix(let path): return try openUnix(path, verb, prepare)
        case .tcp(let host, let port): return try openTCP(host, port, verb, prepare)
        }
    }

    private func openUnix(
        _ path: String, _ verb: SocketVerb, _ prepare: (Int32) -> Void
    ) throws(StoreError) -> Int32 {
        var address = sockaddr_un()
        let bytes = Array(path.utf8)
        guard bytes.count < MemoryLayout.size(ofValue: address.sun_path), !bytes.contains(0) else {
            throw .invalidArgument(
                name: "socket", reason: "the path of a socket has at most 107 bytes")
        }
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | closeOnExec, 0)
        guard descriptor >= 0 else {
            throw .io(operation: "socket", path: path, errno: errno)
        }
        prepare(descriptor)
        let result = withUnsafePointer(to: address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                verb.call(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard result == 0 else {
            let code = errno
            close(descriptor)
            throw .io(operation: verb.name, path: path, errno: code)
        }
        return descriptor
    }

    private func openTCP(
        _ host: String, _ port: UInt16, _ verb: SocketVerb, _ prepare: (Int32) -> Void
    ) throws(StoreError) -> Int32 {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(host, String(port), &hints, &list) == 0 else {
            throw .unknown(what: "host", name: host)
        }
        defer { freeaddrinfo(list) }
        var code = EADDRNOTAVAIL
        var next = list
        while let entry = next {
            next = entry.pointee.ai_next
            let descriptor = socket(
                entry.pointee.ai_family, entry.pointee.ai_socktype | closeOnExec,
                entry.pointee.ai_protocol)
            guard descriptor >= 0 else { continue }
            prepare(descriptor)
            if verb.call(descriptor, entry.pointee.ai_addr, entry.pointee.ai_addrlen) == 0 {
                return descriptor
            }
            code = errno
            close(descriptor)
        }
        throw .io(operation: verb.name, path: description, errno: code)
    }
}

/// SOCK_CLOEXEC, which is O_CLOEXEC on Linux.
let closeOnExec = O_CLOEXEC

/// What is done with a new socket and its address.
enum SocketVerb {
    case connect, bind

    var name: String { self == .connect ? "connect" : "bind" }

    func call(_ descriptor: Int32, _ address: UnsafePointer<sockaddr>?, _ length: socklen_t)
        -> Int32
    {
        switch self {
        case .connect: Glibc.connect(descriptor, address, length)
        case .bind: Glibc.bind(descriptor, address, length)
        }
    }
}
