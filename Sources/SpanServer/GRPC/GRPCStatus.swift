// Failures as gRPC statuses (gRPC over HTTP/2, "Responses"; google.rpc.Code): a status and a message
// in the trailers, and a google.rpc.Status with RetryInfo where the client may try again.

import SpanModel
import SpanWire

extension HeaderFields.Name {
    static let grpcStatus = Self("grpc-status")
    static let grpcMessage = Self("grpc-message")
    static let grpcStatusDetails = Self("grpc-status-details-bin")
    static let grpcEncoding = Self("grpc-encoding")
    static let grpcAcceptEncoding = Self("grpc-accept-encoding")
}

/// Encodes failures for gRPC clients.
enum GRPCStatus {
    /// The status of a method that does not exist (UNIMPLEMENTED).
    static let unimplemented = 12
    /// What is larger than it may be (RESOURCE_EXHAUSTED); without RetryInfo nobody tries again.
    private static let resourceExhausted = 8

    /// An answer without a body, whose headers are the trailers.
    static let encode: Route.FailureEncoder = { failure, _ in
        let code =
            switch failure.code {
            case .unsupportedMediaType: unimplemented
            case .limitExceeded: resourceExhausted
            default: OTLPFailure.rpcCode(failure.code)
            }
        let details = OTLPResponse(isJSON: false).status(
            code: code, message: failure.message, retryAfterSeconds: failure.retryAfterSeconds)
        var text: [UInt8] = []
        details.withUnsafeBytes { Base64.append($0, to: &text) }
        return RouteAnswer(
            status: failure.code.status, body: [],
            headers: [
                .grpcStatus: "\(code)", .grpcMessage: percentEncoded(failure.message),
                .grpcStatusDetails: String(decoding: text, as: UTF8.self),
            ])
    }

    /// All but printable ASCII escaped, and `%`.
    static func percentEncoded(_ text: String) -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        var out: [UInt8] = []
        for byte in text.utf8 {
            if (0x20...0x7E).contains(byte), byte != UInt8(ascii: "%") {
                out.append(byte)
            } else {
                out += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: out, as: UTF8.self)
    }
}
