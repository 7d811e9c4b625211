// Pluto's reads of metrics: the store's own questions in Pluto's shapes. Statistics, names, leaderboard
// and comparisons are always current.

import SpanAnalytics
import SpanColumns
import SpanModel
import SpanPlatform

/// GET /api/runs/metrics/raw, /metrics, /statistics, /compare, /metric-names and /leaderboard.
struct PlutoMetricReads: Sendable {
    let services: RouteServices

    init(_ services: RouteServices) { self.services = services }

    var routes: [Route] {
        [
            .pluto("/api/runs/metrics/raw") { request throws(RequestFailure) in
                try await raw(request)
            },
            .pluto("/api/runs/metrics") { request throws(RequestFailure) in
                try await sampled(request)
            },
            .pluto("/api/runs/metric-names") { request throws(RequestFailure) in
                try await names(request)
            },
            .pluto("/api/runs/statistics") { request throws(RequestFailure) in
                try await statistics(request)
            },
            .pluto("/api/runs/compare") { request throws(RequestFailure) in
                try await compare(request)
            },
            .pluto("/api/runs/leaderboard") { request throws(RequestFailure) in
                try await leaderboard(request)
            },
        ]
    }

    // MARK: Names and statistics

    private func names(_ request: RouteRequest) async throws(RequestFailure) -> [UInt8] {
        let parameters = PlutoParameters(request)
        let project = try parameters.required("projectName")
        let limit = min(try parameters.integer("limit", in: 1...Int64.max) ?? 500, 500)
        var question = ["project": project, "limit": "\(limit)"]
        question["search"] = parameters.text("search")
        if let runs = parameters.runIDs(), !runs.isEmpty {
            question["runs"] = try Self.list(runs, max: 200)
        }
        let table = try await ask("metrics/names", question, request).table
        let names = try Self.read { () throws(StoreError) in
            try table.column("name").values.strings()
        }
        return JSONBody.object { body in
            body.string("projectName", project)
            body.key("metricNames")
            body.array { list in for name in names { list.string(name) } }
            body.key("truncated")
            body.bool(table.isTruncated)
        }
    }

    private func statistics(_ request: RouteRequest) async throws(RequestFailure) -> [UInt8] {
        let parameters = PlutoParameters(request)
        let id = try parameters.runID()
        let project = try parameters.required("projectName")
        var question = ["run": "\(id)", "project": project]
        question["name"] = parameters.text("logName")
        let stats = try PlutoStatistics(try await ask("metrics/stats", question, request).table)
        let run = try await document(id, project, request)
        if run == nil, stats.names.isEmpty {
            let names = try await ask(
                "metrics/names", ["run": "\(id)", "project": project], request)
            guard names.table.rowCount > 0 else { throw PlutoControl.noRun }
        }
        let group = parameters.text("logGroup")
        return JSONBody.object { body in
            body.integer("runId", id)
            body.string("runName", run?.text("name"))
            body.string("projectName", project)
            body.string("url", PlutoRunReads.url(of: "\(id)", request))
            body.key("metrics")
            body.array { list in
                for (row, name) in stats.names.enumerated() {
                    let own = PlutoRunReads.group(name ?? "")
                    if let group, group != own { continue }
                    list.object {
                        $0.string("logName", name)
                        $0.string("logGroup", own)
                        stats.appendStatistics(row, to: &$0)
                    }
                }
            }
        }
    }

    // MARK: Asking

    func ask(
        _ question: String, _ parameters: [String: String], _ request: RouteRequest
    ) async throws(RequestFailure) -> Answer {
        let services = services
        let workspace = try RequestNames.workspace(request.headers)
        return try await services.workers.run(.answer) { () throws(StoreError) in
            try Questions.answer(
                question, parameters: parameters,
                tables: try services.store.tables(workspace: workspace),
                now: services.clock.wallNanoseconds())
        }
    }

    /// The runs of a project by id.
    func documents(
        _ project: String, _ request: RouteRequest
    ) async throws(RequestFailure) -> [String: RunDocument] {
        let services = services
        let workspace = try RequestNames.workspace(request.headers)
        let runs = try await services.workers.run(.answer) { () throws(StoreError) in
            try RunDirectory.documents(
                .run, project: project,
                tables: try services.store.tables(workspace: workspace))
        }
        return Dictionary(runs.map { ($0.run, $0) }) { first, _ in first }
    }

    private func document(
        _ id: Int64, _ project: String, _ request: RouteRequest
    ) async throws(RequestFailure) -> RunDocument? {
        try await documents(project, request)["\(id)"]
    }

    /// What the original calls a value that is not finite.
    static func flag(_ flags: Int64) -> String {
        switch flags {
        case 0: ""
        case 1: "NaN"
        case 2: "Inf"
        default: "-Inf"
        }
    }

    /// Ids as a list without repeats.
    static func list(_ ids: [Int64], max: Int) throws(RequestFailure) -> String {
        guard ids.count <= max else {
            throw RequestFailure(
                .invalidArgument, "Too many runs. Maximum is \(max), got \(ids.count)")
        }
        return distinct(ids).map { "\($0)" }.joined(separator: ",")
    }

    static func distinct(_ ids: [Int64]) -> [Int64] {
        var seen: Set<Int64> = []
        return ids.filter { seen.insert($0).inserted }
    }

    static func read<T>(_ body: () throws(StoreError) -> T) throws(RequestFailure) -> T {
        do throws(StoreError) { return try body() } catch { throw RequestFailure(error) }
    }
}
