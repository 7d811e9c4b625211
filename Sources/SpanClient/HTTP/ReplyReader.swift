// Reads answers from a socket: heads, and bodies in their three framings. Keeps what it has read
// beyond an answer's end.
// Bounds: a head of 64 KiB and a body of 256 MiB, beyond which the server is not ours; a body that is handed
// on as it comes has no bound.

import Glibc
import SpanModel
import SpanPlatform

/// Buffered reading of HTTP/1.1 answers.
struct ReplyReader {
    private static let headBytesMax = 64 << 10
    private static let bodyBytesMax = 256 << 20
    private static let readBytes = 64 << 10

    private let name: String
    private var buffer: [UInt8] = []
    private var position = 0
    /// Whether any byte of the current answer has come.
    private(set) var hasBegun = false

    /// `name` is the server's address, for messages.
    init(name: String) { self.name = name }

    /// Reads one final answer. `mustClose` tells that the connection cannot be used again. The chunks of a
    /// successful answer are handed to `sink` as they come, and are not part of its body.
    mutating func read(
        from socket: ClientSocket, method: String, sink: HTTPClient.Sink? = nil
    ) throws(StoreError) -> (reply: HTTPReply, mustClose: Bool) {
        hasBegun = position < buffer.count
        var head = try readHead(socket)
        while head.isInformational { head = try readHead(socket) }
        guard let framing = head.framing(method: method) else { throw malformed() }
        let body: [UInt8]
        switch framing {
        case .none: body = []
        case .length(let length): body = try take(length, socket)
        case .chunked:
            body = try readChunks(socket, sink: HTTPReply.isSuccess(head.status) ? sink : nil)
        case .untilClose: body = try readToEnd(socket)
        }
        return (
            HTTPReply(status: head.status, headers: head.headers, body: body),
            head.closes || framing == .untilClose
        )
    }

    private mutating func readHead(_ socket: ClientSocket) throws(StoreError) -> ReplyHead {
        var searched = 0
        while true {
            let bytes = buffer[position...]
            if let end = Self.emptyLine(bytes, from: bytes.startIndex + searched) {
                position = end
                guard let head = ReplyHead(bytes[..<end]) else { throw malformed() }
                return head
            }
            searched = max(0, bytes.count - 3)
            guard bytes.count < Self.headBytesMax, try fill(socket) else { throw malformed() }
        }
    }

    /// The index after the first empty line that ends at or after `from`.
    private static func emptyLine(_ bytes: ArraySlice<UInt8>, from: Int) -> Int? {
        var index = from
        while let newline = bytes[index...].firstIndex(of: 0x0A) {
            if bytes[bytes.startIndex...newline].suffix(4).elementsEqual([13, 10, 13, 10]) {
                return newline + 1
            }
            index = newline + 1
        }
        return nil
    }

    private mutating func readChunks(
        _ socket: ClientSocket, sink: HTTPClient.Sink?
    ) throws(StoreError) -> [UInt8] {
        var body: [UInt8] = []
        while true {
            let line = try readLine(socket)
            let digits = line.prefix { $0 != UInt8(ascii: ";") && $0 != UInt8(ascii: " ") }
            guard let size = Int(String(decoding: digits, as: UTF8.self), radix: 16), size >= 0,
                size <= Self.bodyBytesMax - body.count
            else { throw malformed() }
            if size == 0 { break }
            try take(size, into: &body, socket)
            guard try readLine(socket).isEmpty else { throw malformed() }
            if let sink {
                try sink(body)
                body = []
            }
        }
        while try !readLine(socket).isEmpty {}
        return body
    }

    private mutating func readLine(_ socket: ClientSocket) throws(StoreError) -> [UInt8] {
        while true {
            if let newline = buffer[position...].firstIndex(of: 0x0A) {
                var line = Array(buffer[position..<newline])
                if line.last == 0x0D { line.removeLast() }
                position = newline + 1
                return line
            }
            guard buffer.count - position < Self.headBytesMax, try fill(socket) else {
                throw malformed()
            }
        }
    }

    private mutating func take(
        _ count: Int, _ socket: ClientSocket
    ) throws(StoreError) -> [UInt8] {
        guard count <= Self.bodyBytesMax else { throw malformed() }
        var body: [UInt8] = []
        try take(count, into: &body, socket)
        return body
    }

    /// Appends the next `count` bytes: what was read already, then straight from the socket.
    private mutating func take(
        _ count: Int, into body: inout [UInt8], _ socket: ClientSocket
    ) throws(StoreError) {
        let buffered = min(count, buffer.count - position)
        body.append(contentsOf: buffer[position..<position + buffered])
        position += buffered
        var start = body.count
        body.append(contentsOf: repeatElement(0, count: count - buffered))
        while start < body.count {
            let read = try Self.read(from: socket, into: &body, at: start)
            guard read > 0 else { throw malformed() }
            hasBegun = true
            start += read
        }
    }

    private mutating func readToEnd(_ socket: ClientSocket) throws(StoreError) -> [UInt8] {
        while try fill(socket) {
            guard buffer.count - position <= Self.bodyBytesMax else { throw malformed() }
        }
        return try take(buffer.count - position, socket)
    }

    /// Reads more; false at the end of the stream.
    private mutating func fill(_ socket: ClientSocket) throws(StoreError) -> Bool {
        if position > 0 {
            buffer.removeSubrange(..<position)
            position = 0
        }
        let start = buffer.count
        buffer.append(contentsOf: repeatElement(0, count: Self.readBytes))
        let count: Int
        do throws(StoreError) {
            count = try Self.read(from: socket, into: &buffer, at: start)
        } catch {
            buffer.removeLast(Self.readBytes)
            throw error
        }
        buffer.removeLast(Self.readBytes - count)
        hasBegun = hasBegun || count > 0
        return count > 0
    }

    /// Reads into the end of an array, from `start` on; 0 at the end of the stream.
    private static func read(
        from socket: ClientSocket, into bytes: inout [UInt8], at start: Int
    ) throws(StoreError) -> Int {
        let result: Result<Int, StoreError> = bytes.withUnsafeMutableBytes { bytes in
            Result { () throws(StoreError) in
                try socket.read(into: UnsafeMutableRawBufferPointer(rebasing: bytes[start...]))
            }
        }
        return try result.get()
    }

    private func malformed() -> StoreError {
        .io(operation: "read answer", path: name, errno: hasBegun ? EPROTO : ECONNRESET)
    }
}
