// Answers as bytes of HTTP/1.1 (RFC 9112 §4, §6, §7.1). A small answer is one buffer, so that it is
// one write. Control characters in field values become spaces: no value can end its line.

import NIOCore
import NIOHTTP1

/// How the end of an answer's body is told.
enum BodyFraming {
    case length(Int)
    case chunked
    /// With the connection: for HTTP/1.0.
    case untilClose
}

extension ByteBuffer {
    /// The interim answer to `Expect: 100-continue`.
    static let continueHead = ByteBuffer(string: "HTTP/1.1 100 Continue\r\n\r\n")
    /// The end of a chunked body.
    static let lastChunk = ByteBuffer(string: "0\r\n\r\n")

    /// Appends the status line and the header section.
    mutating func writeHead(of answer: RouteAnswer, _ framing: BodyFraming, closes: Bool) {
        let status = HTTPResponseStatus(statusCode: answer.status)
        writeString("HTTP/1.1 \(answer.status) ")
        writeString(status.reasonPhrase)
        writeField("Content-Type", answer.contentType)
        switch framing {
        case .length(let count): if status.mayHaveResponseBody { writeLength(count) }
        case .chunked: writeField("Transfer-Encoding", "chunked")
        case .untilClose: break
        }
        for (name, value) in answer.headers.fields { writeField(name, value) }
        if closes { writeField("Connection", "close") }
        writeStaticString("\r\n\r\n")
    }

    /// Appends a piece of a chunked body; an empty one would be its end.
    mutating func writeChunk(_ bytes: ArraySlice<UInt8>) {
        writeString(String(bytes.count, radix: 16))
        writeStaticString("\r\n")
        writeBytes(bytes)
        writeStaticString("\r\n")
    }

    private mutating func writeLength(_ count: Int) {
        writeStaticString("\r\nContent-Length: ")
        writeString(String(count))
    }

    private mutating func writeField(_ name: String, _ value: String) {
        writeStaticString("\r\n")
        writeString(name)
        writeStaticString(": ")
        if value.utf8.allSatisfy({ $0 >= 0x20 }) {
            writeString(value)
        } else {
            writeBytes(value.utf8.map { max($0, UInt8(ascii: " ")) })
        }
    }
}
