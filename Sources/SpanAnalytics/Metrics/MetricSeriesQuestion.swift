// `metrics series`: the points of one metric of one run in order of step, client's time and arrival,
// as they are, page by page, or thinned out. A value that is not finite is null and flagged.
// `metrics chart`: many metrics of many runs at once, always thinned out.

import SpanColumns
import SpanModel
import SpanQuery

enum MetricSeriesQuestion {
    private static let lineage = ParameterSpec(
        "lineage", "true: also the points of the runs it was forked from, up to the forks")

    static let spec = QuestionSpec(
        name: "metrics/series", summary: "The points of a metric", argument: nil,
        parameters: [
            MetricSelection.run, MetricSelection.name,
            ParameterSpec("buckets", "thin out to about this many points"),
            MetricSampling.parameter, lineage,
            ParameterSpec("cursor", "go on behind this place: an answer's next_cursor"),
        ] + MetricSelection.steps + ParameterSpec.common, isOftenSmall: true)
    static let chart = QuestionSpec(
        name: "metrics/chart", summary: "Metrics of several runs, thinned out", argument: nil,
        parameters: [
            MetricSelection.runs,
            ParameterSpec("names", "the metrics, divided by commas (default: all)"),
            ParameterSpec("name", "one metric, whose name may have commas"),
            ParameterSpec("buckets", "about this many points of each line (default 1000)"),
            MetricSampling.parameter, lineage,
        ] + MetricSelection.steps + ParameterSpec.common)

    static func answer(_ inquiry: inout Inquiry) throws(StoreError) -> ResultTable {
        let parameters = inquiry.parameters
        let run = try parameters.required("run")
        _ = try parameters.required("name")
        var selection = try MetricSelection(parameters)
        if try parameters.flag("lineage") {
            selection = try RunLineage.of(run, selection.project, &inquiry).extend(selection)
        }
        let sampling = try parameters.choice("sampling", MetricSampling.self)
        let buckets = try parameters.integer("buckets", in: 1...MetricLimits.bucketsMax)
        guard let buckets else {
            if sampling != nil {
                throw .invalidArgument(name: "sampling", reason: "needs 'buckets'")
            }
            return try points(selection, &inquiry)
        }
        if parameters.text("cursor") != nil {
            throw .invalidArgument(name: "cursor", reason: "cannot be used with 'buckets'")
        }
        let chart = MetricChart(keys: [], sampling: sampling ?? .average, buckets: buckets)
        return try inquiry.arrange(try chart.table(selection, &inquiry), ties: ["step"])
    }

    /// The points as they are.
    private static func points(
        _ selection: MetricSelection, _ inquiry: inout Inquiry
    ) throws(StoreError) -> ResultTable {
        let parameters = inquiry.parameters
        var plan = selection.plan([.step, .time, .value])
        plan.order = [Plan.Order("step"), Plan.Order("time")]
        if let cursor = parameters.text("cursor") {
            plan.filter = .and([plan.filter, try MetricCursor(cursor).predicate])
        }
        guard try parameters.order().isEmpty else {
            return try inquiry.arrange(MetricPoints(try inquiry.run(plan)).table, ties: [])
        }
        plan.offset = try parameters.offset()
        plan.limit = try parameters.limit()
        plan.tellsLastArrival = true
        let page = try inquiry.run(plan)
        inquiry.nextCursor = try MetricCursor(endOf: page)?.text
        return MetricPoints(page).table
    }

    /// A row per line and bucket, or chosen point.
    static func answerChart(_ inquiry: inout Inquiry) throws(StoreError) -> ResultTable {
        let parameters = inquiry.parameters
        _ = try parameters.required("runs")
        let selection = try MetricSelection(parameters)
        let sampling = try parameters.choice("sampling", MetricSampling.self) ?? .average
        let buckets =
            try parameters.integer("buckets", in: 1...MetricLimits.bucketsMax)
            ?? MetricLimits.bucketsStandard
        let chart = MetricChart(
            keys: [.project, .runID, .metricName], sampling: sampling, buckets: buckets)
        let table =
            try parameters.flag("lineage")
            ? try descended(chart, selection, &inquiry) : try chart.table(selection, &inquiry)
        return try inquiry.arrange(table, ties: [])
    }

    /// A chart of runs with what they descend from, run by run: an ancestor's points may belong to
    /// several of them.
    private static func descended(
        _ chart: MetricChart, _ selection: MetricSelection, _ inquiry: inout Inquiry
    ) throws(StoreError) -> ResultTable {
        let alone = MetricChart(
            keys: [.project, .metricName], sampling: chart.sampling, buckets: chart.buckets)
        var parts: [ResultTable] = []
        for run in selection.runs ?? [] {
            let lineage = try RunLineage.of(run, selection.project, &inquiry)
            var columns = try alone.table(lineage.extend(selection), &inquiry).columns
            let count = columns[0].values.count
            columns.insert(ResultColumn("run_id", Array(repeating: run, count: count)), at: 1)
            parts.append(ResultTable(columns: columns, rowCount: count))
        }
        return try ResultTable.concatenated(parts)
    }
}
