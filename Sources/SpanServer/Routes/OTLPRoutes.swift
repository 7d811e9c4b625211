// POST /v1/traces, /v1/logs, /v1/metrics: OTLP over HTTP (opentelemetry-proto, "OTLP/HTTP"), and the
// Export methods of OTLP over gRPC. Over HTTP protobuf or JSON by Content-Type, and the answer in the
// same. Traces are stored; logs and
// metrics, which SDKs send to the same endpoint, are counted and said not to be stored.

import SpanModel
import SpanPlatform
import SpanWire

extension HeaderFields.Name {
    /// How many records an answer's format has no place to count.
    static let accepted = Self("X-Accepted")
    static let rejected = Self("X-Rejected")
}

/// The OTLP routes.
struct OTLPRoutes: Sendable {
    private let services: RouteServices
    private let pipeline: IngestPipeline

    init(_ services: RouteServices) {
        self.services = services
        pipeline = IngestPipeline(services)
    }

    /// The HTTP routes.
    var routes: [Route] {
        [
            ("/v1/traces", OTLPSignal.traces), ("/v1/logs", .logs), ("/v1/metrics", .metrics),
            // Where Langfuse's SDKs send spans below the address they are given.
            ("/api/public/otel/v1/traces", .traces),
        ].map { path, signal in
            .post(path, encodeFailure: OTLPFailure.encode) {
                [self] request throws(RequestFailure) in
                let isJSON = try OTLPMediaType.isJSON(request.headers)
                return try await export(signal, request, isJSON: isJSON)
            }
        }
    }

    /// The gRPC methods, as routes of their HTTP/2 paths.
    var methods: [Route] {
        [
            ("trace", "Trace", OTLPSignal.traces), ("logs", "Logs", .logs),
            ("metrics", "Metrics", .metrics),
        ].map { package, name, signal in
            let path = "/opentelemetry.proto.collector.\(package).v1.\(name)Service/Export"
            return .post(path, encodeFailure: GRPCStatus.encode) {
                [self] request throws(RequestFailure) in
                try await export(signal, request, isJSON: false)
            }
        }
    }

    private func export(
        _ signal: OTLPSignal, _ request: RouteRequest, isJSON: Bool
    ) async throws(RequestFailure) -> RouteAnswer {
        if case .traces = signal { return try await storeTraces(request, isJSON: isJSON) }
        return try await count(signal, request, isJSON: isJSON)
    }

    private func storeTraces(
        _ request: RouteRequest, isJSON: Bool
    ) async throws(RequestFailure) -> RouteAnswer {
        let now = services.clock.wallNanoseconds()
        let decoded = try await pipeline.ingest(
            request, policy: .partial, isKeyedByContent: true
        ) {
            body throws(StoreError) in
            try body.reading { bytes throws(StoreError) in
                isJSON
                    ? try OTLPTraceDecoder.decodeJSON(bytes, ingestTime: now)
                    : try OTLPTraceDecoder.decodeProtobuf(bytes, ingestTime: now)
            }
        }
        let response = OTLPResponse(isJSON: isJSON)
        return RouteAnswer(
            contentType: response.contentType, body: response.traces(decoded),
            headers: [
                .accepted: "\(decoded.acceptedCount)", .rejected: "\(decoded.rejectedCount)",
            ])
    }

    private func count(
        _ signal: OTLPSignal, _ request: RouteRequest, isJSON: Bool
    ) async throws(RequestFailure) -> RouteAnswer {
        let body = request.body
        let count = try await services.workers.run(.decode) { () throws(StoreError) in
            try body.reading { bytes throws(StoreError) in
                isJSON ? try signal.countJSON(bytes) : try signal.countProtobuf(bytes)
            }
        }
        let response = OTLPResponse(isJSON: isJSON)
        let answer =
            count == 0
            ? response.traces(DecodedBody())
            : response.partialSuccess(
                signal, rejected: count, message: "only traces are stored")
        return RouteAnswer(contentType: response.contentType, body: answer)
    }
}

/// The media types of OTLP/HTTP.
enum OTLPMediaType {
    /// Whether a request is OTLP/JSON; parameters such as a charset do not count. Throws
    /// `unsupportedMediaType` when it is neither JSON nor protobuf.
    static func isJSON(_ headers: HeaderFields) throws(RequestFailure) -> Bool {
        switch name(headers) {
        case "application/json": return true
        case "application/x-protobuf", "application/protobuf": return false
        default:
            throw RequestFailure(
                .unsupportedMediaType,
                "Content-Type must be application/x-protobuf or application/json")
        }
    }

    /// The media type in lower case, without parameters.
    static func name(_ headers: HeaderFields) -> String {
        let value = headers[.contentType] ?? ""
        let name = value.prefix { $0 != ";" }.filter { $0 != " " && $0 != "\t" }
        return name.lowercased()
    }
}

/// Failures as google.rpc.Status, in the format of the request.
enum OTLPFailure {
    static let encode: Route.FailureEncoder = { failure, headers in
        let response = OTLPResponse(
            isJSON: OTLPMediaType.name(headers) == "application/json")
        var answer = RouteAnswer(
            status: failure.code.status, contentType: response.contentType,
            body: response.status(code: rpcCode(failure.code), message: failure.message))
        FailureAnswer.addHeaders(of: failure, to: &answer)
        return answer
    }

    /// google.rpc.Code.
    static func rpcCode(_ code: ErrorCode) -> Int {
        switch code {
        case .notFound: 5
        case .unauthorized: 16
        case .overloaded, .storageFull: 8
        case .unavailable, .readOnly, .locked: 14
        case .idempotencyConflict: 10
        case .methodNotAllowed: 12
        case .corruption, .ioError, .internal, .unsupportedVersion: 13
        case .invalidRecord, .malformedBody, .invalidArgument, .unknownName, .limitExceeded,
            .unsupportedMediaType:
            3
        }
    }
}

extension [UInt8] {
    /// Gives `body` the bytes in place.
    func reading<T>(
        _ body: (UnsafeRawBufferPointer) throws(StoreError) -> T
    ) throws(StoreError) -> T {
        let result: Result<T, StoreError> = withUnsafeBytes { bytes in
            Result { () throws(StoreError) in try body(bytes) }
        }
        return try result.get()
    }
}
