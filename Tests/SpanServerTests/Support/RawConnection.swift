// A connection on which a test writes and reads bytes as it likes.

import Glibc
import SpanModel
import SpanPlatform

/// Blocking reads and writes of text; 10 s at most each.
final class RawConnection: @unchecked Sendable {
    private let socket: ClientSocket
    private var buffer: [UInt8] = []

    init(_ address: SocketAddress) throws {
        socket = try ClientSocket(address, timeoutSeconds: 10)
    }

    func send(_ text: String) async throws { try await send(Array(text.utf8)) }

    func send(_ bytes: [UInt8]) async throws {
        try await blocking { try self.socket.write(bytes) }
    }

    func finishWriting() { socket.finishWriting() }

    /// Reads up to and including `marker`.
    func read(through marker: String) async throws -> String {
        let wanted = Array(marker.utf8)
        return try await blocking {
            while true {
                if let end = self.end(of: wanted) {
                    let text = String(decoding: self.buffer[..<end], as: UTF8.self)
                    self.buffer.removeSubrange(..<end)
                    return text
                }
                guard try self.fill() else {
                    throw StoreError.io(operation: "read", path: marker, errno: ECONNRESET)
                }
            }
        }
    }

    /// Reads until the server closes; a reset counts as closed.
    func readToEnd() async throws -> String {
        try await blocking {
            do {
                while try self.fill() {}
            } catch StoreError.io(_, _, ECONNRESET) {}
            return String(decoding: self.buffer, as: UTF8.self)
        }
    }

    private func end(of marker: [UInt8]) -> Int? {
        guard buffer.count >= marker.count else { return nil }
        for start in 0...(buffer.count - marker.count)
        where buffer[start..<start + marker.count].elementsEqual(marker) {
            return start + marker.count
        }
        return nil
    }

    private func fill() throws -> Bool {
        var piece = [UInt8](repeating: 0, count: 4_096)
        let count = try piece.withUnsafeMutableBytes { try socket.read(into: $0) }
        buffer += piece[..<count]
        return count > 0
    }
}
