// Answers to OTLP requests, in the encoding of the request: Export…ServiceResponse, with
// `partial_success` only when there is something to say, and google.rpc.Status for errors.

import SpanModel

/// Encodes OTLP answers.
package struct OTLPResponse: Sendable {
    /// Refusals that `error_message` lists.
    private static let messagesMax = 5

    /// Whether answers are OTLP/JSON; else protobuf.
    private let isJSON: Bool

    package init(isJSON: Bool) { self.isJSON = isJSON }

    /// The answer's media type.
    package var contentType: String { isJSON ? "application/json" : "application/x-protobuf" }

    /// The answer to a trace request that was decoded to `body`.
    package func traces(_ body: DecodedBody) -> [UInt8] {
        guard body.rejectedCount > 0 else { return isJSON ? Array("{}".utf8) : [] }
        var message = body.rejections.prefix(Self.messagesMax).map(\.error).joined(separator: "; ")
        let unlisted = body.rejectedCount - min(Self.messagesMax, body.rejections.count)
        if unlisted > 0 { message += "; and \(unlisted) more" }
        return partialSuccess(.traces, rejected: body.rejectedCount, message: message)
    }

    /// The answer that says `rejected` items of `signal` were not stored, and why.
    package func partialSuccess(
        _ signal: OTLPSignal, rejected: Int, message: String
    ) -> [UInt8] {
        if isJSON {
            let name =
                switch signal {
                case .traces: "rejectedSpans"
                case .logs: "rejectedLogRecords"
                case .metrics: "rejectedDataPoints"
                }
            var out = Array("{\"partialSuccess\":{\"\(name)\":\"\(rejected)\"".utf8)
            out.append(contentsOf: ",\"errorMessage\":".utf8)
            JSONWriter.appendString(message, to: &out)
            out.append(contentsOf: "}}".utf8)
            return out
        }
        var partial: [UInt8] = []
        Self.append(field: 1, integer: UInt64(max(0, rejected)), to: &partial)
        Self.append(field: 2, bytes: Array(message.utf8), to: &partial)
        var out: [UInt8] = []
        Self.append(field: 1, bytes: partial, to: &out)
        return out
    }

    /// A google.rpc.Status: `code` is one of google.rpc.Code (3: invalid argument, 8: resource
    /// exhausted, 13: internal, 14: unavailable).
    package func status(code: Int, message: String) -> [UInt8] {
        var out: [UInt8] = []
        if isJSON {
            out = Array("{\"code\":\(code),\"message\":".utf8)
            JSONWriter.appendString(message, to: &out)
            out.append(UInt8(ascii: "}"))
            return out
        }
        Self.append(field: 1, integer: UInt64(max(0, code)), to: &out)
        Self.append(field: 2, bytes: Array(message.utf8), to: &out)
        return out
    }

    private static func append(field: UInt64, integer: UInt64, to out: inout [UInt8]) {
        appendVarint(field << 3, to: &out)
        appendVarint(integer, to: &out)
    }

    private static func append(field: UInt64, bytes: [UInt8], to out: inout [UInt8]) {
        appendVarint(field << 3 | 2, to: &out)
        appendVarint(UInt64(bytes.count), to: &out)
        out.append(contentsOf: bytes)
    }

    private static func appendVarint(_ value: UInt64, to out: inout [UInt8]) {
        var rest = value
        while rest >= 0x80 {
            out.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        out.append(UInt8(truncatingIfNeeded: rest))
    }
}
