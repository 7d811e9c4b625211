// `metrics leaderboard`: the runs that have a metric, ranked by one of its figures. ±Inf order as
// numbers, NaN comes last either way. `metrics heartbeat`: when each run was last heard of.

import SpanColumns
import SpanModel
import SpanQuery
import SpanSketch

/// What runs are ranked by.
enum MetricRanking: String, CaseIterable {
    case last, min, max, mean, variance

    fileprivate var figure: (MetricSummary, column: String) {
        switch self {
        case .last: (.last, "last_value")
        case .min: (.minimum, "min")
        case .max: (.maximum, "max")
        case .mean: (.mean, "mean")
        case .variance: (.deviation, "stddev")
        }
    }
}

/// An order of values.
enum MetricDirection: String, CaseIterable {
    case ascending = "asc"
    case descending = "desc"
}

enum MetricLeaderboardQuestion {
    static let spec = QuestionSpec(
        name: "metrics/leaderboard", summary: "Runs ranked by a metric", argument: nil,
        parameters: [
            MetricSelection.name,
            ParameterSpec("aggregation", "last (default), min, max, mean or variance"),
            ParameterSpec("direction", "asc (default) or desc"),
        ] + ParameterSpec.common.filter { $0 != .order })

    static func answer(_ inquiry: inout Inquiry) throws(StoreError) -> ResultTable {
        let parameters = inquiry.parameters
        _ = try parameters.required("name")
        let ranked = try table(
            try MetricSelection(parameters),
            by: try parameters.choice("aggregation", MetricRanking.self) ?? .last,
            try parameters.choice("direction", MetricDirection.self) ?? .ascending, &inquiry)
        var page = ranked.page(offset: try parameters.offset(), limit: try parameters.limit())
        page.totalCount = ranked.rowCount
        return page
    }

    /// Columns `rank`, `run_id`, `project`, `value`, `non_finite_flags`. A figure is of the finite
    /// values of a run; a run without any shows its last value. Equal values are in order of run.
    static func table(
        _ selection: MetricSelection, by ranking: MetricRanking, _ direction: MetricDirection,
        _ inquiry: inout Inquiry
    ) throws(StoreError) -> ResultTable {
        let (figure, column) = ranking.figure
        let table = try MetricSummaries.table(
            selection, by: [.runID, .project], &inquiry, [figure])
        var values = try table.column(column).values.floats()
        if ranking == .variance { values = values.map { value in value.map { $0 * $0 } } }
        if values.contains(nil) {
            let last = try lastValues(selection, &inquiry)
            values = zip(values, last).map { $0 ?? $1 }
        }
        let numbers = values.map { $0 ?? .nan }
        let isLess: (Double, Double) -> Bool = direction == .ascending ? (<) : (>)
        let order = numbers.indices.sorted { left, right in
            let (ours, theirs) = (numbers[left], numbers[right])
            if ours.isNaN != theirs.isNaN { return theirs.isNaN }
            return ours == theirs || ours.isNaN ? left < right : isLess(ours, theirs)
        }
        let ranks = ResultColumn("rank", .int64, order.indices.map { Int64($0 + 1) })
        let shown = order.map { numbers[$0].isFinite ? numbers[$0] : nil }
        return ResultTable(
            columns: [ranks] + table.rows(order.map { UInt32($0) }).columns[..<2] + [
                ResultColumn("value", shown),
                ResultColumn(
                    "non_finite_flags", .int64,
                    order.map { FiniteValues.flags(numbers[$0]) }),
            ], rowCount: order.count)
    }

    /// The last value of each run, finite or not, in order of run.
    private static func lastValues(
        _ selection: MetricSelection, _ inquiry: inout Inquiry
    ) throws(StoreError) -> [Double?] {
        let last = Aggregate(
            ["value"],
            .last(
                values: [.column(MetricColumn.value)],
                by: [.column(MetricColumn.step), .column(MetricColumn.time), .arrival]))
        let table = try inquiry.run(
            selection.plan([.runID, .project], aggregates: [last]))
        return try table.column("value").values.floats()
    }
}

enum MetricHeartbeatQuestion {
    static let spec = QuestionSpec(
        name: "metrics/heartbeat", summary: "The last time each run was heard of",
        argument: nil,
        parameters: [ParameterSpec("runs", "only these runs, divided by commas")]
            + ParameterSpec.common.filter { $0 != .view })

    /// Columns `run_id`, `project`, `last_time`, `points`. Of all writes, those included that a later
    /// one has replaced; runs without any are absent.
    static func answer(_ inquiry: inout Inquiry) throws(StoreError) -> ResultTable {
        var selection = try MetricSelection(inquiry.parameters)
        selection.view = .raw
        let table = try MetricSummaries.table(
            selection, by: [.runID, .project], &inquiry, [.lastTime, .points])
        let named = zip(table.columns, ["run_id", "project", "last_time", "points"]).map {
            $0.named($1)
        }
        return try inquiry.arrange(
            ResultTable(columns: named, rowCount: table.rowCount), ties: ["run_id", "project"])
    }
}
