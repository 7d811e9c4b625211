// `metrics stats`: statistics of the finite values of each metric of a run. A metric with only
// non-finite values has count 0 and nulls.

import SpanColumns
import SpanModel
import SpanQuery

enum MetricStatsQuestion {
    static let spec = QuestionSpec(
        name: "metrics/stats", summary: "Statistics of a run's metrics", argument: nil,
        parameters: [MetricFilters.run, ParameterSpec("name", "only this metric")]
            + ParameterSpec.common)

    static func answer(_ inquiry: inout Inquiry) throws(StoreError) -> ResultTable {
        var parts = [try MetricFilters.predicate(inquiry.parameters)]
        if let name = inquiry.parameters.text("name") {
            parts.append(.compare(.column(MetricColumn.name), .equal, .string(name)))
        }
        let value = Operand.column(MetricColumn.value)
        let finite = Predicate.isFinite(value)
        let step = Operand.column(MetricColumn.step)
        let plan = Plan(
            table: Tables.metrics, view: try inquiry.parameters.view(), filter: .and(parts),
            outputs: [Plan.Output("name", .column(MetricColumn.name))],
            aggregates: [
                Aggregate("count", .count, filter: finite),
                Aggregate("min", .minimum(value), filter: finite),
                Aggregate("max", .maximum(value), filter: finite),
                Aggregate("mean", .mean(value), filter: finite),
                Aggregate("stddev", .standardDeviation(value), filter: finite),
                Aggregate(
                    ["last_step", "last_value"],
                    .last(
                        values: [step, value], by: [step, .column(MetricColumn.time), .arrival]),
                    filter: finite),
                Aggregate("non_finite_count", .count, filter: .not(finite)),
            ])
        return try inquiry.arrange(try inquiry.run(plan), ties: ["name"])
    }
}
