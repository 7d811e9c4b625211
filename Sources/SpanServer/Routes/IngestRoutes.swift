// POST /api/v1/spans, metrics, scores, entities: NDJSON, one record a line (contract §2).

import SpanModel
import SpanWire

/// The record routes.
struct IngestRoutes: Sendable {
    private let pipeline: IngestPipeline

    init(_ services: RouteServices) { pipeline = IngestPipeline(services) }

    var routes: [Route] {
        Tables.all.map { table in
            .post("/api/v1/\(table.name)") { [pipeline] request throws(RequestFailure) in
                let isPartial = try Self.isPartial(request)
                let decoded = try await pipeline.ingest(
                    request, policy: isPartial ? .partial : .allOrNothing
                ) { body throws(StoreError) in try NDJSONDecoder.decode(body, table: table) }
                var body = Array("{\"accepted\":\(decoded.acceptedCount)".utf8)
                if isPartial { RejectionList(decoded).appendMembers(to: &body) }
                body.append(contentsOf: "}\n".utf8)
                return RouteAnswer(body: body)
            }
        }
    }

    private static func isPartial(_ request: RouteRequest) throws(RequestFailure) -> Bool {
        switch request.parameters["partial"] {
        case nil, "false", "0": return false
        case "true", "1", "": return true
        default: throw RequestFailure(.invalidArgument, "partial: must be true or false")
        }
    }
}
