// GET /api/runs/compare and /leaderboard: one metric of several runs.

import SpanAnalytics
import SpanColumns
import SpanModel

extension PlutoMetricReads {
    func compare(_ request: RouteRequest) async throws(RequestFailure) -> [UInt8] {
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

    func leaderboard(_ request: RouteRequest) async throws(RequestFailure) -> [UInt8] {
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
}
