// A run's console lines, as its client logged them.

import SpanAnalytics
import SpanColumns
import SpanModel

/// GET /api/runs/logs.
struct PlutoLogs: Sendable {
    private let services: RouteServices

    init(_ services: RouteServices) { self.services = services }

    var routes: [Route] {
        [.pluto("/api/runs/logs") { request throws(RequestFailure) in try await logs(request) }]
    }

    private func logs(_ request: RouteRequest) async throws(RequestFailure) -> [UInt8] {
        let parameters = PlutoParameters(request)
        let run = "\(try parameters.runID())"
        let project = try parameters.required("projectName")
        let limit = Int(try parameters.integer("limit", in: 1...10_000) ?? 1_000)
        let offset = Int(try parameters.integer("offset", in: 0...Int64.max) ?? 0)
        let type = parameters.text("logType")?.uppercased()
        let services = services
        let workspace = try RequestNames.workspace(request.headers)
        let lines = try await services.workers.run(.answer) { () throws(StoreError) in
            try RunDirectory.writes(
                .log, project: project, run: run,
                tables: try services.store.tables(workspace: workspace))
        }
        let wanted = Self.byLineNumber(
            lines.filter { type == nil || $0.text("logType")?.uppercased() == type })
        return JSONBody.object { body in
            body.key("logs")
            body.array { list in
                for (line, log) in wanted.dropFirst(offset).prefix(limit) {
                    list.object {
                        let time = log.text("time").flatMap { Int64($0) } ?? 0
                        $0.string("time", PlutoTime.text(time &* 1_000_000))
                        $0.string("logType", log.text("logType"))
                        $0.integer("lineNumber", line)
                        $0.string("message", log.text("message"))
                        $0.integer("step", nil)
                    }
                }
            }
            body.integer("total", Int64(wanted.count))
        }
    }

    /// Lines with their numbers, in order of them and of arrival.
    private static func byLineNumber(_ lines: [RunDocument]) -> [(Int64, RunDocument)] {
        let numbers = lines.map { $0.text("lineNumber").flatMap { Int64($0) } ?? 0 }
        let order = lines.indices.sorted { (numbers[$0], $0) < (numbers[$1], $1) }
        return order.map { (numbers[$0], lines[$0]) }
    }
}
