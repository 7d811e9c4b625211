// Summaries of metrics from the entries of the metrics rollup: what makes entries of points, and what
// adds entries up to the same figures.

import SpanColumns
import SpanModel
import SpanQuery

enum MetricRollup {
    /// The entries of `Rollups.metrics` for some points.
    static func entries(filter: Predicate) -> Plan {
        let value = Operand.column(MetricColumn.value)
        let step = Operand.column(MetricColumn.step)
        let time = Operand.column(MetricColumn.time)
        let finite = Predicate.isFinite(value)
        return Plan(
            table: Tables.metrics, filter: filter,
            outputs: [
                Plan.Output("project", .column(MetricColumn.project)),
                Plan.Output("run_id", .column(MetricColumn.runID)),
                Plan.Output("name", .column(MetricColumn.name)),
            ],
            aggregates: [
                Aggregate("points", .count), Aggregate("count", .count, filter: finite),
                Aggregate("non_finite_count", .count, filter: .not(finite)),
                Aggregate("min", .minimum(value), filter: finite),
                Aggregate("max", .maximum(value), filter: finite),
                Aggregate("mean", .mean(value), filter: finite),
                Aggregate("stddev", .standardDeviation(value), filter: finite),
                Aggregate(
                    ["last_step", "last_time", "last_sequence", "last_value"],
                    .last(values: [step, time, .arrival, value], by: [step, time, .arrival]),
                    filter: finite),
                Aggregate("min_step", .minimum(step)), Aggregate("max_step", .maximum(step)),
                Aggregate("min_time", .minimum(time)), Aggregate("max_time", .maximum(time)),
                Aggregate(
                    ["arg_min_step"], .first(values: [step], by: [value, step]), filter: finite),
                Aggregate(
                    ["arg_max_step"], .last(values: [step], by: [value, negated(step)]),
                    filter: finite),
            ])
    }

    private static func negated(_ operand: Operand) -> Operand {
        .computed(ScalarExpression(.negate, [operand], type: .int64))
    }
}
