// `metrics best`: the step where a metric is best in each run; with `near`, the best one that has a
// point of another metric close by, as a checkpoint or a picture of the step is wanted.

import SpanColumns
import SpanModel
import SpanQuery

/// Which value is best.
enum MetricGoal: String, CaseIterable {
    case min, max
}

enum MetricBestQuestion {
    static let spec = QuestionSpec(
        name: "metrics/best", summary: "The step where a metric is best in each run",
        argument: nil,
        parameters: [
            MetricSelection.name,
            ParameterSpec("runs", "only these runs, divided by commas"),
            ParameterSpec("goal", "min (default) or max"),
            ParameterSpec("near", "a metric that must have a point close by"),
            ParameterSpec("tolerance", "how many steps away that point may be (default 0)"),
        ] + ParameterSpec.common)

    /// Columns `run_id`, `project`, `step`, `value`, and with `near` also `near_step`, `distance` and
    /// `other_step`: of two points as near, the one with the larger step is chosen and the other is
    /// named. Runs without a finite value, or without a point near enough, are absent.
    static func answer(_ inquiry: inout Inquiry) throws(StoreError) -> ResultTable {
        let parameters = inquiry.parameters
        _ = try parameters.required("name")
        var selection = try MetricSelection(parameters)
        selection.condition = .and([
            selection.condition, .isFinite(.column(MetricColumn.value)),
        ])
        let goal = try parameters.choice("goal", MetricGoal.self) ?? .min
        let tolerance = try parameters.integer("tolerance", in: 0...Int64.max) ?? 0
        let table =
            if let near = parameters.text("near") {
                try best(selection, goal, near: near, tolerance: tolerance, &inquiry)
            } else { try best(selection, goal, &inquiry) }
        return try inquiry.arrange(table, ties: ["run_id", "project"])
    }

    private static func best(
        _ selection: MetricSelection, _ goal: MetricGoal, _ inquiry: inout Inquiry
    ) throws(StoreError) -> ResultTable {
        let figures: [MetricSummary] =
            goal == .min ? [.leastStep, .minimum] : [.greatestStep, .maximum]
        let table = try MetricSummaries.table(
            selection, by: [.runID, .project], &inquiry, figures)
        return ResultTable(
            columns: zip(table.columns, ["run_id", "project", "step", "value"]).map {
                $0.named($1)
            }, rowCount: table.rowCount)
    }

    private static func best(
        _ selection: MetricSelection, _ goal: MetricGoal, near name: String, tolerance: Int64,
        _ inquiry: inout Inquiry
    ) throws(StoreError) -> ResultTable {
        var neighbours = selection
        neighbours.names = [name]
        let runs = try inquiry.run(selection.plan([.runID, .project], aggregates: []))
        let ids = try runs.columns[0].values.strings()
        let projects = try runs.columns[1].values.strings()
        var found: [(run: UInt32, match: StepMatch)] = []
        for run in 0..<runs.rowCount {
            let isOfRun = Predicate.and([
                .compare(.column(MetricColumn.runID), .equal, .string(ids[run] ?? "")),
                .compare(.column(MetricColumn.project), .equal, .string(projects[run] ?? "")),
            ])
            let points = try steps(selection, isOfRun, &inquiry)
            let others = try steps(neighbours, isOfRun, &inquiry)
            let match = StepMatch.best(
                goal, steps: points.steps, values: points.values, near: others.steps, tolerance)
            if let match { found.append((UInt32(run), match)) }
        }
        let matches = found.map(\.match)
        return ResultTable(
            columns: runs.rows(found.map(\.run)).columns + [
                ResultColumn("step", .int64, matches.map(\.step)),
                ResultColumn("value", matches.map(\.value)),
                ResultColumn("near_step", .int64, matches.map(\.near)),
                ResultColumn("distance", .int64, matches.map(\.distance)),
                ResultColumn("other_step", .int64, matches.map(\.other)),
            ], rowCount: found.count)
    }

    /// Steps and values of points in order of step.
    private static func steps(
        _ selection: MetricSelection, _ condition: Predicate, _ inquiry: inout Inquiry
    ) throws(StoreError) -> (steps: [Int64], values: [Double]) {
        var plan = selection.plan([.step, .value])
        plan.filter = .and([plan.filter, condition])
        plan.order = [Plan.Order("step")]
        let table = try inquiry.run(plan)
        return (
            table.columns[0].values.integers().map { $0 ?? 0 },
            table.columns[1].values.floats().map { $0 ?? .nan }
        )
    }
}

/// A step of one metric and the nearest one of another.
struct StepMatch: Equatable {
    let step: Int64
    let value: Double
    let near: Int64
    let distance: Int64
    /// The step that is as near on the other side.
    let other: Int64?

    /// The best of the points that have a step of `near` within `tolerance`; of equal values the
    /// first. Both lists ascend, and the values are finite. Nil when no point has one.
    static func best(
        _ goal: MetricGoal, steps: [Int64], values: [Double], near: [Int64], _ tolerance: Int64
    ) -> StepMatch? {
        var best: StepMatch?
        var next = 0
        for (step, value) in zip(steps, values) {
            while next < near.count, near[next] < step { next += 1 }
            let isBetter =
                best.map { goal == .min ? value < $0.value : value > $0.value } ?? true
            guard isBetter else { continue }
            let above = next < near.count ? near[next] : nil
            let below = next > 0 ? near[next - 1] : nil
            if let match = StepMatch(step, value, below: below, above: above),
                match.distance <= tolerance
            {
                best = match
            }
        }
        return best
    }

    private init?(_ step: Int64, _ value: Double, below: Int64?, above: Int64?) {
        self.step = step
        self.value = value
        let down = below.map { step - $0 }
        let up = above.map { $0 - step }
        guard let distance = [up, down].compactMap({ $0 }).min() else { return nil }
        self.distance = distance
        near = up == distance ? step + distance : step - distance
        other = up == down ? below : nil
    }
}
