// Pluto (Trainy-ai) as its clients know it: ingest, control calls and reads over the store's own
// tables. Metrics are rows of `metrics`, runs and their lines are entities (`RunDirectory`). What
// differs from the original, and why, is in docs/dialects/pluto.md.

import SpanAnalytics
import SpanModel
import SpanWire

extension HeaderFields.Name {
    static let plutoRunID = Self("X-Run-Id")
    static let plutoProject = Self("X-Project-Name")
    static let host = Self("Host")
}

/// The routes of Pluto.
package enum PlutoFace {
    /// All of them.
    package static func routes(_ services: RouteServices) -> [Route] {
        let runs = PlutoRuns(services)
        return PlutoIngest(services).routes + PlutoControl(services, runs).routes
            + PlutoRunReads(services).routes + PlutoMetricReads(services).routes
            + PlutoLogs(services).routes + PlutoFiles(services).routes
    }
}

/// How failures are told: `{"error":"…"}` under /api, `{"code":"…","message":"…"}` under /ingest.
enum PlutoFailure {
    static let encode: Route.FailureEncoder = { failure, _ in
        answer(failure, status: failure.code.status) { $0.string("error", failure.message) }
    }

    /// A refused line is 422, as Pluto's is, so that its client does not send the batch again.
    static let encodeIngest: Route.FailureEncoder = { failure, _ in
        let isRefused = failure.code == .invalidRecord || failure.code == .malformedBody
        return answer(failure, status: isRefused ? 422 : failure.code.status) { body in
            body.string("code", code(failure.code))
            body.string("message", failure.message)
            guard let rejections = failure.rejections else { return }
            body.key("details")
            body.array { list in
                for line in rejections.listed {
                    list.object {
                        $0.integer("line", Int64(line.line))
                        $0.string("error", line.error)
                    }
                }
            }
        }
    }

    private static func answer(
        _ failure: RequestFailure, status: Int, _ members: (inout JSONBody) -> Void
    ) -> RouteAnswer {
        var answer = RouteAnswer(status: status, body: JSONBody.object(members))
        FailureAnswer.addHeaders(of: failure, to: &answer)
        return answer
    }

    /// Pluto's names of errors.
    private static func code(_ code: ErrorCode) -> String {
        switch code {
        case .invalidRecord, .malformedBody: "PROCESSING_FAILED"
        case .unauthorized: "AUTHENTICATION_FAILED"
        case .invalidArgument, .unknownName: "INVALID_HEADER_FORMAT"
        case .overloaded: "RATE_LIMIT_EXCEEDED"
        case .limitExceeded: "RESOURCE_EXHAUSTED"
        case .storageFull, .unavailable, .readOnly, .locked: "SERVICE_UNAVAILABLE"
        case .unsupportedMediaType, .notFound, .methodNotAllowed, .idempotencyConflict:
            "INVALID_INPUT"
        case .corruption, .ioError, .internal, .unsupportedVersion: "INTERNAL_ERROR"
        }
    }
}

/// Query parameters of Pluto's reads, checked.
struct PlutoParameters {
    private let request: RouteRequest

    init(_ request: RouteRequest) { self.request = request }

    /// A parameter; nil when absent.
    func text(_ name: String) -> String? { request.parameters[name] }

    /// A parameter that must be there.
    func required(_ name: String) throws(RequestFailure) -> String {
        guard let text = request.parameters[name], !text.isEmpty else {
            throw RequestFailure(.invalidArgument, "\(name) is required")
        }
        return text
    }

    /// A run's numeric id.
    func runID() throws(RequestFailure) -> Int64 {
        guard let id = Int64(try required("runId")), id >= 0 else {
            throw RequestFailure(.invalidArgument, "runId must be a number")
        }
        return id
    }

    /// An integer within a range; nil when absent.
    func integer(
        _ name: String, in range: ClosedRange<Int64>
    ) throws(RequestFailure) -> Int64? {
        guard let text = request.parameters[name] else { return nil }
        guard let number = Int64(text), range.contains(number) else {
            throw RequestFailure(
                .invalidArgument,
                "\(name) must be an integer from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    /// Numeric ids divided by commas, what is no number left out; nil when absent.
    func runIDs() -> [Int64]? {
        request.parameters["runIds"]?.split(separator: ",").compactMap {
            Int64($0.filter { $0 != " " })
        }
    }
}
