// Pluto's ingest: metric lines, console lines, structured data, and the last step of a run. A body is
// stored whole or not at all, and an answer of success means durable and visible.

import SpanAnalytics
import SpanColumns
import SpanModel
import SpanWire

/// POST /ingest/metrics, /ingest/logs, /ingest/data and /step.
struct PlutoIngest: Sendable {
    private let services: RouteServices
    private let pipeline: IngestPipeline

    init(_ services: RouteServices) {
        self.services = services
        pipeline = IngestPipeline(services)
    }

    var routes: [Route] {
        [
            lines("/ingest/metrics") { body, project, run throws(StoreError) in
                try PlutoMetricsDecoder.decode(body, project: project, runID: run)
            },
            lines("/ingest/logs") { body, project, run throws(StoreError) in
                try PlutoRawLine.log.decode(body, project: project, runID: run)
            },
            lines("/ingest/data") { body, project, run throws(StoreError) in
                try PlutoRawLine.data.decode(body, project: project, runID: run)
            },
            .post("/step", encodeFailure: PlutoFailure.encodeIngest) {
                request throws(RequestFailure) in try await step(request)
            },
        ]
    }

    private func lines(
        _ pattern: String,
        decode:
            @escaping @Sendable ([UInt8], _ project: String, _ run: String)
            throws(StoreError) -> DecodedBody
    ) -> Route {
        .post(pattern, encodeFailure: PlutoFailure.encodeIngest) {
            request throws(RequestFailure) in
            let (project, run) = try Self.target(request)
            // An idempotency key is of what is sent and for which run: that is in the headers.
            let target = RouteRequest(
                method: request.method, path: "\(request.path) \(project) \(run)",
                headers: request.headers, pathValues: [:], parameters: [:], body: request.body)
            let decoded = try await pipeline.ingest(target, policy: .allOrNothing) {
                body throws(StoreError) in try decode(body, project, run)
            }
            return RouteAnswer(
                contentType: "text/plain; charset=utf-8",
                text: "Stream processed successfully: \(decoded.acceptedCount) records")
        }
    }

    /// The greatest step of all writes of a run; 0 without any.
    private func step(_ request: RouteRequest) async throws(RequestFailure) -> RouteAnswer {
        let (project, run) = try Self.target(request)
        let workspace = try RequestNames.workspace(request.headers)
        let step = try await services.workers.run(.answer) { () throws(StoreError) in
            let names = try Questions.answer(
                "metrics/names", parameters: ["run": run, "project": project, "view": "raw"],
                tables: try services.store.tables(workspace: workspace), now: 0)
            return try names.table.column("max_step").values.integers().compactMap { $0 }.max()
        }
        return RouteAnswer(body: JSONBody.object { $0.integer("step", step ?? 0) })
    }

    /// The project and run of the headers. An id that is no number is refused: Pluto would store the
    /// lines under run 0.
    static func target(
        _ request: RouteRequest
    ) throws(RequestFailure) -> (project: String, run: String) {
        guard let project = request.headers[.plutoProject], !project.isEmpty else {
            throw RequestFailure(.invalidArgument, "Missing required header: X-Project-Name")
        }
        guard project.utf8.count <= Limits.stringBytesMax else {
            throw RequestFailure(.invalidArgument, "X-Project-Name is too long")
        }
        guard let text = request.headers[.plutoRunID] else {
            throw RequestFailure(.invalidArgument, "Missing required header: X-Run-Id")
        }
        guard let run = Int64(text), run >= 0 else {
            throw RequestFailure(.invalidArgument, "X-Run-Id must be a number")
        }
        return (project, "\(run)")
    }
}
