// NeMo Intake's routes over the same data (docs/dialects/nemo-intake.md). The workspace is in the
// path. The files here know its words, statuses and bodies; all numbers come from SpanAnalytics.

import SpanModel

/// The face of NeMo Intake.
package struct IntakeFace: Sendable {
    static let root = "/apis/intake/v2/workspaces/{ws}"

    private let services: RouteServices

    package init(_ services: RouteServices) { self.services = services }

    /// All its routes.
    package var routes: [Route] {
        let ingest = IntakeIngest(services)
        let experiments = IntakeExperiments(services)
        let sessions = IntakeSessions(services)
        return [
            .post("\(Self.root)/ingest/otlp/v1/traces", encodeFailure: IntakeFailure.encodeOTLP) {
                request throws(RequestFailure) in try await ingest.storeTraces(request)
            },
            .post("\(Self.root)/ingest/atif", encodeFailure: IntakeFailure.encode) {
                request throws(RequestFailure) in try await ingest.storeTrajectory(request)
            },
            .post("\(Self.root)/experiments", encodeFailure: IntakeFailure.encode) {
                request throws(RequestFailure) in try await experiments.create(request)
            },
            .get("\(Self.root)/experiments", encodeFailure: IntakeFailure.encode) {
                request throws(RequestFailure) in try await experiments.list(request)
            },
            .get("\(Self.root)/experiments/{name}", encodeFailure: IntakeFailure.encode) {
                request throws(RequestFailure) in try await experiments.get(request)
            },
            .get("\(Self.root)/experiments/{name}/sessions", encodeFailure: IntakeFailure.encode) {
                request throws(RequestFailure) in try await sessions.list(request)
            },
        ]
    }
}

/// Failures as FastAPI writes them: `{"detail":"…"}`.
enum IntakeFailure {
    /// A body that breaks a rule is 422.
    static let encode: Route.FailureEncoder = { failure, _ in
        encode(
            failure,
            status: [.invalidRecord, .malformedBody].contains(failure.code)
                ? 422 : failure.code.status)
    }

    /// Bytes that are no request are 400.
    static let encodeOTLP: Route.FailureEncoder = { failure, _ in
        encode(failure, status: failure.code.status)
    }

    private static func encode(_ failure: RequestFailure, status: Int) -> RouteAnswer {
        var body = Array("{\"detail\":".utf8)
        JSONWriter.appendString(failure.message, to: &body)
        body.append(UInt8(ascii: "}"))
        var answer = RouteAnswer(status: status, body: body)
        FailureAnswer.addHeaders(of: failure, to: &answer)
        return answer
    }
}

extension RouteRequest {
    /// The workspace in the path.
    func intakeWorkspace() throws(RequestFailure) -> String {
        try RequestNames.checked(workspace: pathValues["ws"] ?? "")
    }
}

/// Status words: four of theirs for any of ours.
enum IntakeStatus: String, CaseIterable {
    case success, error, cancelled, unknown

    /// Of a stored status; OTLP's unset is a success.
    init(stored status: String?) {
        switch status?.lowercased() {
        case "ok", "success", "unset": self = .success
        case "error": self = .error
        case "cancelled", "canceled": self = .cancelled
        default: self = .unknown
        }
    }
}
