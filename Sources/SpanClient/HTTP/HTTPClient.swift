// A blocking HTTP/1.1 client of one server, over a Unix socket or TCP. The connection is made at
// the first request, kept, and made again when the server has closed it meanwhile. Not for use by
// two threads at a time.
// Cost: two system calls a request beside the body's; no thread, no Foundation.

import Glibc
import SpanModel
import SpanPlatform

/// Sends requests to one server.
package final class HTTPClient {
    /// Takes a piece of a body that comes in pieces. What it throws ends the answer.
    package typealias Sink = (_ piece: [UInt8]) throws(StoreError) -> Void

    private let address: SocketAddress
    private let timeoutSeconds: Int
    private let token: String?
    private var socket: ClientSocket?
    private var reader: ReplyReader

    /// `timeoutSeconds` bounds each wait for the server. `token` is sent as a bearer token.
    package init(_ address: SocketAddress, timeoutSeconds: Int = 60, token: String? = nil) {
        self.address = address
        self.timeoutSeconds = timeoutSeconds
        self.token = token
        reader = ReplyReader(name: address.description)
    }

    /// Sends a request and reads its answer, whatever its status. A successful answer that comes in chunks is
    /// handed to `sink` when there is one, and leaves the reply's body empty. Throws `StoreError.io`:
    /// operation `connect` when nobody listens, errno EAGAIN when the server is too slow.
    package func send(
        _ method: String, _ target: String, headers: [(name: String, value: String)] = [],
        body: [UInt8]? = nil, sink: Sink? = nil
    ) throws(StoreError) -> HTTPReply {
        let connection = try takeConnection()
        do throws(StoreError) {
            try connection.write(head(method, target, headers, body?.count))
            try connection.write(body ?? [])
        } catch {
            // A server that refuses a body may answer and close before all of it is sent.
            guard let early = try? reader.read(from: connection, method: method) else {
                throw error
            }
            return early.reply
        }
        let (reply, mustClose) = try reader.read(from: connection, method: method, sink: sink)
        if !mustClose { socket = connection }
        return reply
    }

    /// The kept connection if the server still holds it, else a new one.
    private func takeConnection() throws(StoreError) -> ClientSocket {
        if let kept = socket, kept.isIdle {
            socket = nil
            return kept
        }
        socket = nil
        reader = ReplyReader(name: address.description)
        return try ClientSocket(address, timeoutSeconds: timeoutSeconds)
    }

    private func head(
        _ method: String, _ target: String, _ headers: [(name: String, value: String)],
        _ length: Int?
    ) -> [UInt8] {
        var text = "\(method) \(target) HTTP/1.1\r\nHost: \(host)\r\n"
        for (name, value) in headers { text += "\(name): \(value)\r\n" }
        if let token { text += "Authorization: Bearer \(token)\r\n" }
        if let length { text += "Content-Length: \(length)\r\n" }
        return Array((text + "\r\n").utf8)
    }

    private var host: String {
        if case .tcp = address { return address.description }
        return "localhost"
    }
}
