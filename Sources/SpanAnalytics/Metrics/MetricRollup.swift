// Summaries of metrics from the entries of the metrics rollup: what makes entries of points, and what
// adds entries up to the same figures.

import SpanColumns
import SpanModel
import SpanQuery

enum MetricRollup {
    /// The entries of `Rollups.metrics` for some points of a view.
    static func entries(filter: Predicate, view: View = .dedup) -> Plan {
        let value = Operand.column(MetricColumn.value)
        let step = Operand.column(MetricColumn.step)
        let time = Operand.column(MetricColumn.time)
        let finite = Predicate.isFinite(value)
        return Plan(
            table: Tables.metrics, view: view, filter: filter,
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

    /// Entries over entries: one for all of a metric of a run.
    static var addedEntries: Plan {
        let last = ["last_step", "last_time", "last_sequence"]
        return Plan(
            table: Rollups.metrics.table,
            outputs: ["project", "run_id", "name"].map { Plan.Output($0, column($0)) },
            aggregates: [
                Aggregate("points", .sum(column("points"))), MetricSummary.count.added,
                MetricSummary.nonFiniteCount.added, MetricSummary.minimum.added,
                MetricSummary.maximum.added, MetricSummary.mean.added,
                MetricSummary.deviation.added,
                Aggregate(
                    last + ["last_value"],
                    .last(values: (last + ["last_value"]).map(column), by: last.map(column))),
            ]
                + [.firstStep, .lastStep, .firstTime, .lastTime, .leastStep, .greatestStep].map {
                    (figure: MetricSummary) in figure.added
                })
    }

    fileprivate static func negated(_ operand: Operand) -> Operand {
        .computed(ScalarExpression(.negate, [operand], type: .int64))
    }

    /// The same figures over entries; nil when entries do not tell: of a part of the points, by other
    /// keys.
    static func plan(
        _ selection: MetricSelection, by keys: [Plan.Output], _ figures: [MetricSummary]
    ) -> Plan? {
        guard selection.isOfWholeLines else { return nil }
        var outputs: [Plan.Output] = []
        for key in keys {
            switch key.operand {
            case .column(MetricColumn.project), .column(MetricColumn.runID),
                .column(MetricColumn.name):
                outputs.append(Plan.Output(key.name, column(key.name)))
            default: return nil
            }
        }
        return Plan(
            table: Rollups.metrics.table, filter: lines(of: selection),
            outputs: outputs, aggregates: figures.map(\.added))
    }

    /// The least and greatest step, project, run and name of the entries of a selection's lines.
    static func bounds(_ selection: MetricSelection) -> Plan {
        Plan(
            table: Rollups.metrics.table, filter: lines(of: selection),
            outputs: ["min_step", "max_step", "project", "run_id", "name"].map {
                Plan.Output($0, column($0))
            })
    }

    /// True for the entries of a selection's lines.
    private static func lines(of selection: MetricSelection) -> Predicate {
        let rollup = Rollups.metrics
        return selection.lines(
            project: rollup.column("project"), run: rollup.column("run_id"),
            name: rollup.column("name"))
    }

    fileprivate static func column(_ name: String) -> Operand {
        .column(Rollups.metrics.column(name))
    }
}

extension MetricSummary {
    /// Over entries of the rollup.
    fileprivate var added: Aggregate {
        let (count, mean) = (MetricRollup.column("count"), MetricRollup.column("mean"))
        let deviation = MetricRollup.column("stddev")
        switch self {
        case .count: return Self.added("count") { .sum($0) }
        case .minimum: return Self.added("min") { .minimum($0) }
        case .maximum: return Self.added("max") { .maximum($0) }
        case .mean:
            return Aggregate("mean", .pooledMean(count: count, mean: mean, deviation: deviation))
        case .deviation:
            return Aggregate(
                "stddev", .pooledDeviation(count: count, mean: mean, deviation: deviation))
        case .last:
            let names = ["last_step", "last_value"]
            return Aggregate(
                names,
                .last(
                    values: names.map(MetricRollup.column),
                    by: ["last_step", "last_time", "last_sequence"].map(MetricRollup.column)))
        case .nonFiniteCount: return Self.added("non_finite_count") { .sum($0) }
        case .firstStep: return Self.added("min_step") { .minimum($0) }
        case .lastStep: return Self.added("max_step") { .maximum($0) }
        case .firstTime: return Self.added("min_time") { .minimum($0) }
        case .lastTime: return Self.added("max_time") { .maximum($0) }
        case .leastStep:
            let step = MetricRollup.column("arg_min_step")
            return Aggregate(
                ["arg_min_step"],
                .first(values: [step], by: [MetricRollup.column("min"), step]))
        case .greatestStep:
            let step = MetricRollup.column("arg_max_step")
            return Aggregate(
                ["arg_max_step"],
                .last(
                    values: [step],
                    by: [MetricRollup.column("max"), MetricRollup.negated(step)]))
        case .points: return Aggregate("count", .sum(MetricRollup.column("points")))
        }
    }

    private static func added(
        _ name: String, _ function: (Operand) -> Aggregate.Function
    ) -> Aggregate {
        Aggregate(name, function(MetricRollup.column(name)))
    }
}
