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
        let decoded = try await pipeline.ingest(request, policy: .allOrNothing) {
            body throws(StoreError) in
            try body.reading { bytes throws(StoreError) in
                try ATIFDecoder.decode(bytes, workspace: workspace, ingestTime: now).body
            }
        }
        var body = Array("{\"accepted\":1,\"session_id\":".utf8)
        JSONWriter.appendString(Self.session(decoded), to: &body)
        for table in [Tables.spans, Tables.scores] {
            let rows = decoded.batches.filter { $0.schema.number == table.number }
                .reduce(0) { $0 + $1.rowCount }
            body += ",\"\(table.name)\":\(rows)".utf8
        }
        body += "}\n".utf8
        return RouteAnswer(status: 201, body: body)
    }

    /// The session of the first span.
    private static func session(_ body: DecodedBody) -> String {
        guard case .string(let sessions) = body.batches.first?.columns[SpanColumn.sessionID],
            let code = sessions.codes.first
        else { return "" }
        return sessions.dictionary.string(code)
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
