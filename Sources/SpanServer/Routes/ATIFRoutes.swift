// POST /api/v1/atif: one trajectory a body, stored whole or not at all. GET /api/v1/export/atif: the
// trajectory of a session again.

import SpanAnalytics
import SpanColumns
import SpanModel
import SpanPlatform
import SpanWire

/// The ATIF routes.
struct ATIFRoutes: Sendable {
    private let services: RouteServices
    private let pipeline: IngestPipeline

    init(_ services: RouteServices) {
        self.services = services
        pipeline = IngestPipeline(services)
    }

    var routes: [Route] {
        [
            .post("/api/v1/atif") { [self] request throws(RequestFailure) in
                try await store(request)
            },
            .get("/api/v1/\(ATIFExport.name)") { [self] request throws(RequestFailure) in
                try await export(request)
            },
        ]
    }

    private func store(_ request: RouteRequest) async throws(RequestFailure) -> RouteAnswer {
        let workspace = try RequestNames.workspace(request.headers)
        let now = services.clock.wallNanoseconds()
        let store = services.store
        let decoded = try await services.workers.run(.decode) { () throws(StoreError) in
            try ATIFBody(request.body, workspace: workspace, now: now, store: store)
        }
        _ = try await pipeline.ingest(request, policy: .allOrNothing) { _ throws(StoreError) in
            decoded.body
        }
        var body = Array("{\"accepted\":1,\"session_id\":".utf8)
        JSONWriter.appendString(decoded.sessionID, to: &body)
        body += ",\"spans\":\(decoded.spanCount),\"scores\":\(decoded.scoreCount)}\n".utf8
        return RouteAnswer(status: 201, body: body)
    }

    private func export(_ request: RouteRequest) async throws(RequestFailure) -> RouteAnswer {
        let workspace = try RequestNames.workspace(request.headers)
        guard let session = request.parameters["id"], !session.isEmpty else {
            throw RequestFailure(.invalidArgument, "id: is required")
        }
        return try await services.workers.run(.answer) { () throws(StoreError) in
            RouteAnswer(
                body: try ATIFExport.trajectory(
                    session: session, tables: try services.store.tables(workspace: workspace)))
        }
    }
}
