// GET /api/runs/metrics/raw and /metrics: the points of a run, every write or those that count, by the
// store's series and charts.

import SpanAnalytics
import SpanColumns
import SpanModel

extension PlutoMetricReads {
    /// Every write of a metric, by step, time and arrival.
    func raw(_ request: RouteRequest) async throws(RequestFailure) -> [UInt8] {
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
    func sampled(_ request: RouteRequest) async throws(RequestFailure) -> [UInt8] {
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
}
