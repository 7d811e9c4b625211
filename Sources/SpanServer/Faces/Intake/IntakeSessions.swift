// GET …/experiments/{name}/sessions: one row a session, in the order of its earliest root. Errors come
// in Intake's order: unknown parameter, unknown experiment, telemetry unreadable, unknown status.

import SpanAnalytics
import SpanModel
import SpanPlatform

/// The list of an experiment's sessions.
struct IntakeSessions: Sendable {
    private static let parameters: Set<String> = ["status", "test_case_id", "page", "page_size"]

    private let services: RouteServices

    init(_ services: RouteServices) { self.services = services }

    func list(_ request: RouteRequest) async throws(RequestFailure) -> RouteAnswer {
        let workspace = try request.intakeWorkspace()
        try IntakeParameters.check(request, Self.parameters) { name in
            ["filter[status]", "filter[test_case_id]"].contains(name)
        }
        let page = try IntakePage(request.parameters)
        let name = request.pathValues["name"] ?? ""
        let status = request.parameters["status"] ?? request.parameters["filter[status]"]
        let testCase =
            request.parameters["test_case_id"] ?? request.parameters["filter[test_case_id]"]
        let outcome = try await services.workers.run(.answer) {
            () throws(StoreError) -> Result<RouteAnswer, RequestFailure> in
            let tables = try services.store.tables(workspace: workspace)
            guard try !ExperimentEntities.read(name: name, tables: tables).isEmpty else {
                return .failure(IntakeExperiments.unknown(name, workspace))
            }
            do throws(StoreError) {
                var questions = try ExperimentRuns(tables: tables)
                var runs = try questions.read(experiments: [name])
                if let status {
                    guard let wanted = IntakeStatus(rawValue: status) else {
                        return .failure(Self.unknownStatus(status))
                    }
                    runs.removeAll { IntakeStatus(stored: $0.status) != wanted }
                }
                if let testCase { runs.removeAll { $0.testCase != testCase } }
                let rows = try Self.rows(Array(page.items(of: runs)), workspace, &questions)
                return .success(RouteAnswer(body: page.body(rows, total: runs.count)))
            } catch {
                return .failure(RequestFailure(.unavailable, "Telemetry store unavailable."))
            }
        }
        return try outcome.get()
    }

    private static func unknownStatus(_ status: String) -> RequestFailure {
        let valid = IntakeStatus.allCases.map { "'\($0.rawValue)'" }.joined(separator: ", ")
        return RequestFailure(
            .invalidArgument, "Invalid status '\(status)'. Valid values: [\(valid)]")
    }

    private static func rows(
        _ runs: [ExperimentRun], _ workspace: String, _ questions: inout ExperimentRuns
    ) throws(StoreError) -> [[UInt8]] {
        let sessions = runs.map(\.session)
        let usage = try questions.usage(of: sessions)
        let scores = try questions.scores(of: sessions)
        let inputs = try questions.inputs(of: runs)
        return runs.map { run in
            row(
                run, workspace, usage[run.session] ?? SessionUsage(), scores[run.session] ?? [:],
                input: inputs[run.session])
        }
    }

    private static func row(
        _ run: ExperimentRun, _ workspace: String, _ usage: SessionUsage,
        _ scores: [String: Double], input: String?
    ) -> [UInt8] {
        var row = IntakeObject()
        row.add("workspace", workspace)
        row.add("experiment_name", run.experiment)
        row.add("session_id", run.session)
        row.add("test_case_id", run.testCase)
        row.add("trace_id", run.trace)
        row.add("root_span_id", run.rootSpan)
        row.add("started_at", instant: run.start)
        row.add("ended_at", instant: run.end)
        row.add("latency_ms", run.latencyMilliseconds)
        row.add("status", IntakeStatus(stored: run.status).rawValue)
        row.add("input", input)
        row.add("input_tokens", usage.inputTokens)
        row.add("output_tokens", usage.outputTokens)
        row.add("cached_tokens", usage.cachedTokens)
        row.add("cost_total_usd", picodollars: usage.cost)
        var means = IntakeObject()
        for (name, mean) in scores.sorted(by: { $0.key < $1.key }) { means.add(name, mean) }
        row.add("evaluator_scores", json: means.json)
        return row.json
    }
}
