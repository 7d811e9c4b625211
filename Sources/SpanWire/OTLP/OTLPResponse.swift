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
    /// exhausted, 13: internal, 14: unavailable). Its details say what was bad (BadRequest), and in
    /// protobuf with `retryAfterSeconds` that clients may try again (RetryInfo).
    package func status(
        code: Int, message: String, retryAfterSeconds: Int? = nil
    ) -> [UInt8] {
        let isBadRequest = code == Self.invalidArgument
        var out: [UInt8] = []
        if isJSON {
            out = Array("{\"code\":\(code),\"message\":".utf8)
            JSONWriter.appendString(message, to: &out)
            if isBadRequest {
                out.append(contentsOf: ",\"details\":[{\"@type\":\"\(Self.badRequest)\",".utf8)
                out.append(contentsOf: "\"fieldViolations\":[{\"description\":".utf8)
                JSONWriter.appendString(message, to: &out)
                out.append(contentsOf: "}]}]".utf8)
            }
            out.append(UInt8(ascii: "}"))
            return out
        }
        let text = Array(message.utf8)
        Self.append(field: 1, integer: UInt64(max(0, code)), to: &out)
        Self.append(field: 2, bytes: text, to: &out)
        if isBadRequest {
            // BadRequest{field_violations{description}}
            let violation = Self.message { Self.append(field: 2, bytes: text, to: &$0) }
            let detail = Self.message { Self.append(field: 1, bytes: violation, to: &$0) }
            Self.append(field: 3, bytes: Self.any(Self.badRequest, detail), to: &out)
        }
        if let seconds = retryAfterSeconds {
            // RetryInfo{retry_delay{seconds}}
            let delay = Self.message {
                Self.append(field: 1, integer: UInt64(max(0, seconds)), to: &$0)
            }
            let detail = Self.message { Self.append(field: 1, bytes: delay, to: &$0) }
            Self.append(field: 3, bytes: Self.any(Self.retryInfo, detail), to: &out)
        }
        return out
    }

    private static let invalidArgument = 3
    private static let badRequest = "type.googleapis.com/google.rpc.BadRequest"
    private static let retryInfo = "type.googleapis.com/google.rpc.RetryInfo"

    /// A google.protobuf.Any.
    private static func any(_ type: String, _ value: [UInt8]) -> [UInt8] {
        message {
            append(field: 1, bytes: Array(type.utf8), to: &$0)
            append(field: 2, bytes: value, to: &$0)
        }
    }

    private static func message(_ fill: (inout [UInt8]) -> Void) -> [UInt8] {
        var out: [UInt8] = []
        fill(&out)
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
