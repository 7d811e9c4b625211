// A request on its way: what its head says, where it goes, and its body as it comes.
// Made from the head; `Responder.accept` fills in the rest or refuses it.

import NIOHPACK
import NIOHTTP1

/// One request until it is answered.
struct IncomingRequest: Sendable {
    let method: HTTPMethod
    let target: String
    let headers: HeaderFields
    let startedAt: UInt64
    /// The client understands chunked answers and `100 Continue`.
    let isHTTP11: Bool
    /// The client means to send more requests over the connection.
    let isKeptAlive: Bool
    var route: Route?
    var pathValues: [String: String] = [:]
    var parameters: [String: String] = [:]
    /// Nil when the route takes none.
    var body: BodyReader?

    init(_ head: HTTPRequestHead, now: UInt64) {
        method = head.method
        target = head.uri
        headers = HeaderFields(head.headers)
        startedAt = now
        isHTTP11 = head.version != .http1_0
        isKeptAlive = head.isKeepAlive
    }

    /// A request that is an HTTP/2 stream.
    init(_ head: HPACKHeaders, now: UInt64) {
        method = HTTPMethod(rawValue: head.first(name: ":method") ?? "")
        target = head.first(name: ":path") ?? ""
        var fields = HTTPHeaders()
        for (name, value, _) in head where !name.hasPrefix(":") {
            fields.add(name: name, value: value)
        }
        headers = HeaderFields(fields)
        startedAt = now
        isHTTP11 = true
        isKeptAlive = true
    }

    /// Bytes of a body follow the head.
    var hasBody: Bool {
        headers[.transferEncoding] != nil || headers[.contentLength].map { $0 != "0" } ?? false
    }

    /// The client waits for `100 Continue` before it sends the body.
    var expectsContinue: Bool {
        isHTTP11 && headers[.expect]?.lowercased() == "100-continue"
    }

    /// The request, once its body is complete, may be handled on the connection's event loop.
    var isSmall: Bool { body.map { $0.count <= ServerLimits.smallBodyBytesMax } ?? true }
}
