// A blocking stream socket of a client. Order of calls: `init` connects, then any number of
// `write` and `read`; it is closed at deinit. Not for use by two threads at a time.
// Cost: one system call per verb; a connection over a Unix socket is about 50 µs.

import Glibc
import SpanModel

/// A connected stream socket.
package final class ClientSocket {
    private let descriptor: Int32
    private let name: String

    /// Connects. `timeoutSeconds` bounds every later read and write, 0 for ever. Throws
    /// `StoreError.io` with operation `connect` when nobody listens.
    package init(_ address: SocketAddress, timeoutSeconds: Int) throws(StoreError) {
        descriptor = try address.open(.connect)
        name = address.description
        var limit = timeval(tv_sec: timeoutSeconds, tv_usec: 0)
        let size = socklen_t(MemoryLayout<timeval>.size)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, size)
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, size)
    }

    deinit { close(descriptor) }

    /// Writes all bytes; a peer that went away is `EPIPE`, never a signal.
    package func write(_ bytes: UnsafeRawBufferPointer) throws(StoreError) {
        var rest = bytes
        while !rest.isEmpty {
            let count = send(descriptor, rest.baseAddress, rest.count, Int32(MSG_NOSIGNAL))
            if count < 0 {
                if errno == EINTR { continue }
                throw .io(operation: "write", path: name, errno: errno)
            }
            rest = UnsafeRawBufferPointer(rebasing: rest[count...])
        }
    }

    /// Writes all bytes of an array.
    package func write(_ bytes: [UInt8]) throws(StoreError) {
        var failure: StoreError?
        bytes.withUnsafeBytes { buffer in
            do throws(StoreError) { try write(buffer) } catch { failure = error }
        }
        if let failure { throw failure }
    }

    /// Reads some bytes into `buffer`; 0 at the end of the stream. A timeout is `EAGAIN`.
    package func read(into buffer: UnsafeMutableRawBufferPointer) throws(StoreError)
        -> Int
    {
        while true {
            let count = recv(descriptor, buffer.baseAddress, buffer.count, 0)
            if count >= 0 { return count }
            if errno == EINTR { continue }
            throw .io(operation: "read", path: name, errno: errno)
        }
    }

    /// Whether the peer has neither ended the stream nor sent anything: the state of a kept
    /// connection that can take a new request.
    package var isIdle: Bool {
        var byte: UInt8 = 0
        let flags = Int32(MSG_PEEK) | Int32(MSG_DONTWAIT)
        return recv(descriptor, &byte, 1, flags) < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)
    }

    /// Ends the writing direction; the peer sees the end of the stream.
    package func finishWriting() { shutdown(descriptor, Int32(SHUT_WR)) }
}
