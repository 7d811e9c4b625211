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

    // MARK: Points

    /// Every write of a metric, by step, time and arrival.
    private func raw(_ request: RouteRequest) async throws(RequestFailure) -> [UInt8] {
        let parameters = PlutoParameters(request)
        let name = try parameters.required("logName")
        var question = try points(parameters)
        question["view"] = "raw"
        question["run"] = "\(try parameters.runID())"
        question["name"] = name
        question["limit"] = "\(try parameters.integer("limit", in: 1...50_000) ?? 50_000)"
        question["cursor"] = parameters.text("cursor")
        let answer = try await ask("metrics/series", question, request)
        let table = try PlutoPoints(answer.table)
        return JSONBody.object { body in
            body.key("rows")
            body.array { list in
                for row in 0..<answer.table.rowCount {
                    list.object {
                        $0.string("logGroup", PlutoRunReads.group(name))
                        $0.integer("step", table.steps[row])
                        $0.string("time", PlutoTime.text(table.times[row] ?? 0))
                        $0.number("value", table.values[row] ?? 0)
                        $0.integer("nonFiniteFlags", table.flags[row])
                    }
                }
            }
            body.key("truncated")
            body.bool(answer.table.isTruncated)
            if let cursor = answer.nextCursor { body.string("nextCursor", cursor) }
        }
    }

    /// The points that count, every so-manieth of each metric.
    private func sampled(_ request: RouteRequest) async throws(RequestFailure) -> [UInt8] {
        let parameters = PlutoParameters(request)
        var question = try points(parameters)
        question["runs"] = "\(try parameters.runID())"
        question["name"] = parameters.text("logName")
        question["sampling"] = "stride"
        question["buckets"] = "\(try parameters.integer("limit", in: 1...10_000) ?? 2_000)"
        let table = try await ask("metrics/chart", question, request).table
        let points = try PlutoPoints(table)
        // An empty group is no filter here.
        let group = parameters.text("logGroup").flatMap { $0.isEmpty ? nil : $0 }
        return JSONBody.object { body in
            body.key("metrics")
            body.array { list in
                for row in 0..<table.rowCount {
                    let name = points.names[row] ?? ""
                    let own = PlutoRunReads.group(name)
                    if let group, group != own { continue }
                    list.object {
                        $0.string("logName", name)
                        $0.string("logGroup", own)
                        $0.number("value", points.values[row] ?? 0)
                        $0.string("valueFlag", Self.flag(points.flags[row] ?? 0))
                        $0.string("time", PlutoTime.text(points.times[row] ?? 0))
                        $0.integer("step", points.steps[row])
                    }
                }
            }
        }
    }

    private static func flag(_ flags: Int64) -> String {
        switch flags {
        case 0: ""
        case 1: "NaN"
        case 2: "Inf"
        default: "-Inf"
        }
    }

    /// Project and steps of a question.
    private func points(
        _ parameters: PlutoParameters
    ) throws(RequestFailure) -> [String: String] {
        var question = ["project": try parameters.required("projectName")]
        for (theirs, ours) in [("stepMin", "step_min"), ("stepMax", "step_max")] {
            question[ours] = try parameters.integer(theirs, in: 0...Int64.max).map { "\($0)" }
        }
        return question
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

    // MARK: Several runs

    private func compare(_ request: RouteRequest) async throws(RequestFailure) -> [UInt8] {
        let parameters = PlutoParameters(request)
        let project = try parameters.required("projectName")
        let name = try parameters.required("logName")
        guard let runs = parameters.runIDs(), !runs.isEmpty else {
            throw RequestFailure(.invalidArgument, "No valid run IDs provided")
        }
        let question = [
            "runs": try Self.list(runs, max: 100), "name": name, "project": project,
        ]
        let table = try await ask("metrics/compare", question, request).table
        let stats = try PlutoStatistics(table)
        let documents = try await self.documents(project, request)
        var compared = PlutoComparison(metric: name)
        return JSONBody.object { body in
            body.string("projectName", project)
            body.string("logName", name)
            body.key("runs")
            body.array { list in
                for id in Self.distinct(runs) {
                    let run = documents["\(id)"]
                    let row = stats.runs.firstIndex(of: "\(id)")
                    if run == nil, row == nil { continue }
                    list.object {
                        PlutoRunReads.identify(id, run, request, to: &$0)
                        $0.key("stats")
                        stats.appendComparison(row, to: &$0)
                    }
                    compared.add(id, run?.text("name"), final: row.flatMap { stats.last[$0] })
                }
            }
            body.key("summary")
            body.object { $0.json("bestRun", compared.best) }
        }
    }

    private func leaderboard(_ request: RouteRequest) async throws(RequestFailure) -> [UInt8] {
        let parameters = PlutoParameters(request)
        let project = try parameters.required("projectName")
        let name = try parameters.required("logName")
        let aggregation = parameters.text("aggregation") ?? "LAST"
        let direction = parameters.text("direction") ?? "ASC"
        let words = [
            "MIN": "min", "MAX": "max", "AVG": "mean", "LAST": "last",
            "VARIANCE": "variance",
        ]
        guard let ranking = words[aggregation], direction == "ASC" || direction == "DESC" else {
            throw RequestFailure(
                .invalidArgument,
                "aggregation must be MIN, MAX, AVG, LAST or VARIANCE, direction ASC or DESC")
        }
        let question = [
            "name": name, "project": project, "aggregation": ranking,
            "direction": direction.lowercased(),
            "limit": "\(min(try parameters.integer("limit", in: 1...Int64.max) ?? 20, 100))",
            "offset": "\(try parameters.integer("offset", in: 0...Int64.max) ?? 0)",
        ]
        let table = try await ask("metrics/leaderboard", question, request).table
        let ranked = try PlutoRanks(table)
        let documents = try await self.documents(project, request)
        return JSONBody.object { body in
            body.string("projectName", project)
            body.string("logName", name)
            body.string("aggregation", aggregation)
            body.string("direction", direction)
            body.key("runs")
            body.array { list in
                for row in 0..<table.rowCount {
                    let id = ranked.runs[row] ?? ""
                    list.object {
                        $0.integer("rank", ranked.ranks[row])
                        PlutoRunReads.identify(Int64(id), documents[id], request, to: &$0)
                        $0.number("value", ranked.values[row] ?? 0)
                        $0.string("valueFlag", Self.flag(ranked.flags[row] ?? 0))
                    }
                }
            }
            body.integer("total", Int64(table.totalCount ?? table.rowCount))
        }
    }

    // MARK: Asking

    private func ask(
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
    private func documents(
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

    /// Ids as a list without repeats.
    private static func list(_ ids: [Int64], max: Int) throws(RequestFailure) -> String {
        guard ids.count <= max else {
            throw RequestFailure(
                .invalidArgument, "Too many runs. Maximum is \(max), got \(ids.count)")
        }
        return distinct(ids).map { "\($0)" }.joined(separator: ",")
    }

    private static func distinct(_ ids: [Int64]) -> [Int64] {
        var seen: Set<Int64> = []
        return ids.filter { seen.insert($0).inserted }
    }

    static func read<T>(_ body: () throws(StoreError) -> T) throws(RequestFailure) -> T {
        do throws(StoreError) { return try body() } catch { throw RequestFailure(error) }
    }
}
