// POST /api/v1/prices: imports a price table in LiteLLM's shape (`?from=` the time it holds from; without
// it always). POST /api/v1/prices/diff: what that would change. What the tables say is the question
// `prices`. Nothing is repriced here: costs are derived when they are asked for.

import SpanAnalytics
import SpanColumns
import SpanModel
import SpanPlatform
import SpanWire

/// The routes that take price tables.
struct PriceRoutes: Sendable {
    private let services: RouteServices
    private let pipeline: IngestPipeline

    init(_ services: RouteServices) {
        self.services = services
        pipeline = IngestPipeline(services)
    }

    var routes: [Route] {
        [
            .post("/api/v1/prices") { [self] request throws(RequestFailure) in
                try await store(request)
            },
            .post("/api/v1/prices/diff") { [self] request throws(RequestFailure) in
                try await compare(request)
            },
        ]
    }

    private func store(_ request: RouteRequest) async throws(RequestFailure) -> RouteAnswer {
        let table = try await table(request, known: ["from"])
        var line = Array("{\"kind\":\"\(PriceBook.kind)\",\"name\":".utf8)
        JSONWriter.appendString(table.id, to: &line)
        line += ",\"body\":".utf8
        line += table.json
        line.append(UInt8(ascii: "}"))
        let entity = line
        _ = try await pipeline.ingest(request, policy: .allOrNothing) { _ throws(StoreError) in
            try NDJSONDecoder.decode(entity, table: Tables.entities)
        }
        var body = Array("{\"price_table\":".utf8)
        JSONWriter.appendString(table.id, to: &body)
        body += ",\"models\":\(table.models.count),\"skipped\":\(table.skippedCount)}\n".utf8
        return RouteAnswer(body: body)
    }

    private func compare(_ request: RouteRequest) async throws(RequestFailure) -> RouteAnswer {
        let workspace = try RequestNames.workspace(request.headers)
        let format = try AnswerFormat(request)
        let table = try await table(request, known: AnswerFormat.parameters.union(["from"]))
        return try await services.workers.run(.answer) { () throws(StoreError) in
            let book = try PriceBook(tables: try services.store.tables(workspace: workspace))
            return try format.encode(PricesQuestion.differences(from: book, to: table))
        }
    }

    /// The table in the body.
    private func table(
        _ request: RouteRequest, known: Set<String>
    ) async throws(RequestFailure) -> PriceTable {
        for name in request.parameters.keys.sorted() where !known.contains(name) {
            throw RequestFailure(.invalidArgument, "\(name): 'prices' has no such parameter")
        }
        var from: Int64?
        if let text = request.parameters["from"] {
            guard let instant = Instant.parse(text) ?? Instant.parse(text + "T00:00:00Z") else {
                throw RequestFailure(.invalidArgument, "from: must be a date or an RFC 3339 time")
            }
            from = instant
        }
        let start = from
        return try await services.workers.run(.decode) { () throws(StoreError) in
            try PriceTable(json: request.body, effectiveFrom: start)
        }
    }
}
