// `metrics stats` and `metrics compare`: the summaries of a run's metrics, or of one metric in
// several runs. A metric with only non-finite values has count 0 and nulls.

import SpanColumns
import SpanModel
import SpanQuery

enum MetricStatsQuestion {
    static let spec = QuestionSpec(
        name: "metrics/stats", summary: "Statistics of a run's metrics", argument: nil,
        parameters: [MetricSelection.run, ParameterSpec("name", "only this metric")]
            + ParameterSpec.common, isOftenSmall: true)
    static let comparison = QuestionSpec(
        name: "metrics/compare", summary: "Statistics of one metric in several runs",
        argument: nil,
        parameters: [MetricSelection.runs, MetricSelection.name] + ParameterSpec.common)

    static func answer(_ inquiry: inout Inquiry) throws(StoreError) -> ResultTable {
        _ = try inquiry.parameters.required("run")
        let selection = try MetricSelection(inquiry.parameters)
        let table = try MetricSummaries.table(selection, by: [.metricName], &inquiry)
        return try inquiry.arrange(table, ties: ["name"])
    }

    /// A row for each run that has the metric, in the order in which the runs are named.
    static func compare(_ inquiry: inout Inquiry) throws(StoreError) -> ResultTable {
        _ = try inquiry.parameters.required("runs")
        _ = try inquiry.parameters.required("name")
        let selection = try MetricSelection(inquiry.parameters)
        let table = try MetricSummaries.table(selection, by: [.runID, .project], &inquiry)
        let runs = try table.column("run_id").values.strings()
        let picks = (selection.runs ?? []).flatMap { wanted in
            runs.indices.filter { runs[$0] == wanted }.map { UInt32($0) }
        }
        return try inquiry.arrange(table.rows(picks), ties: [])
    }
}
