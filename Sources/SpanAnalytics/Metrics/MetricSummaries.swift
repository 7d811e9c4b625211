// What is known of each (run, metric): the one place that names the figures, whoever shows them.
// Statistics are of finite values; steps and times are of all points of the view. Always current: a
// plan over the snapshot that the question sees.

import SpanColumns
import SpanModel
import SpanQuery

/// A figure of a metric.
enum MetricSummary: CaseIterable {
    /// Points with a finite value.
    case count
    case minimum, maximum, mean
    /// Population standard deviation, numerically stable.
    case deviation
    /// Step and value of the last finite point.
    case last
    case nonFiniteCount
    /// Of all points, those that are not finite included.
    case firstStep, lastStep, firstTime, lastTime
    /// The steps of the least and the greatest value; of several the first one.
    case leastStep, greatestStep
    /// All points.
    case points

    /// What `metrics stats` and its like show.
    static let shown = allCases.filter { $0 != .points }

    /// Over points.
    fileprivate var aggregate: Aggregate {
        let value = Operand.column(MetricColumn.value)
        let step = Operand.column(MetricColumn.step)
        let time = Operand.column(MetricColumn.time)
        let finite = Predicate.isFinite(value)
        switch self {
        case .count: return Aggregate("count", .count, filter: finite)
        case .minimum: return Aggregate("min", .minimum(value), filter: finite)
        case .maximum: return Aggregate("max", .maximum(value), filter: finite)
        case .mean: return Aggregate("mean", .mean(value), filter: finite)
        case .deviation: return Aggregate("stddev", .standardDeviation(value), filter: finite)
        case .last:
            return Aggregate(
                ["last_step", "last_value"],
                .last(values: [step, value], by: [step, time, .arrival]), filter: finite)
        case .nonFiniteCount:
            return Aggregate("non_finite_count", .count, filter: .not(finite))
        case .firstStep: return Aggregate("min_step", .minimum(step))
        case .lastStep: return Aggregate("max_step", .maximum(step))
        case .firstTime: return Aggregate("min_time", .minimum(time))
        case .lastTime: return Aggregate("max_time", .maximum(time))
        case .leastStep:
            return Aggregate(
                ["arg_min_step"], .first(values: [step], by: [value, step]), filter: finite)
        case .greatestStep:
            let descending = Operand.computed(
                ScalarExpression(.negate, [step], type: .int64))
            return Aggregate(
                ["arg_max_step"], .last(values: [step], by: [value, descending]), filter: finite)
        case .points: return Aggregate("count", .count)
        }
    }
}

/// Summaries of metrics.
enum MetricSummaries {
    /// The `figures` of the points of a selection, a row for each of its keys, ordered by them.
    static func table(
        _ selection: MetricSelection, by keys: [Plan.Output],
        _ inquiry: inout Inquiry, _ figures: [MetricSummary] = MetricSummary.shown
    ) throws(StoreError) -> ResultTable {
        if let plan = MetricRollup.plan(selection, by: keys, figures),
            let entries = try RollupEntries(
                Rollups.metrics,
                plan: MetricRollup.entries(filter: selection.predicate, view: selection.view),
                &inquiry)
        {
            if let table = try LoneEntries.table(plan, figures, over: entries, &inquiry) {
                return table
            }
            return try inquiry.run(plan, over: entries)
        }
        return try inquiry.run(selection.plan(keys, aggregates: figures.map(\.aggregate)))
    }
}
