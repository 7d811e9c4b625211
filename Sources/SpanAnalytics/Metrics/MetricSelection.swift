// Which points a question about metrics looks at: runs, names, steps, times. Parameters become
// conditions here, in one place.

import SpanModel
import SpanQuery

/// The points of a question.
struct MetricSelection {
    var project: String?
    /// Nil: all.
    var runs: [String]?
    var names: [String]?
    /// Conditions on what an identity is made of: runs and steps.
    var places: Predicate = .always
    /// Conditions on anything else.
    var condition: Predicate = .always
    var view: View = .dedup

    static let run = ParameterSpec("run", "the run (required)")
    static let runs = ParameterSpec("runs", "the runs, divided by commas (required)")
    static let name = ParameterSpec("name", "the metric (required)")
    static let steps = [
        ParameterSpec("step_min", "from this step on"),
        ParameterSpec("step_max", "up to this step, itself included"),
    ]

    /// The points of a project, or of all.
    init(project: String?, runs: [String]? = nil, names: [String]? = nil) {
        self.project = project
        self.runs = runs
        self.names = names
    }

    /// What `project`, `where`, `view`, the time window, and, where the question takes them, `run` or
    /// `runs`, `name` or `names` and the steps say.
    init(_ parameters: Parameters) throws(StoreError) {
        let window = try parameters.window()
        project = parameters.text("project")
        runs = try parameters.lines(one: "run", several: "runs")
        names = try parameters.lines(one: "name", several: "names")
        view = try parameters.view()
        condition = .and([
            try parameters.condition(Tables.metrics),
            .window(.column(MetricColumn.time), from: window.from, to: window.to),
        ])
        places = Self.steps(
            from: try parameters.integer("step_min", in: 0...Int64.max),
            through: try parameters.integer("step_max", in: 0...Int64.max))
    }

    /// Steps from `first` through `last`; a nil side is open.
    static func steps(from first: Int64?, through last: Int64?) -> Predicate {
        let step = Operand.column(MetricColumn.step)
        return .and([
            first.map { .compare(step, .greaterOrEqual, .integer($0)) } ?? .always,
            last.map { .compare(step, .lessOrEqual, .integer($0)) } ?? .always,
        ])
    }

    /// True for the points.
    var predicate: Predicate {
        .and([
            lines(
                project: MetricColumn.project, run: MetricColumn.runID, name: MetricColumn.name),
            places, condition,
        ])
    }

    /// Whether all points of its metrics are selected.
    var isOfWholeLines: Bool { places.isTrivial && condition.isTrivial }

    /// A selection with the same steps of the same lines, that of every write where it can: a write
    /// that replaces another has its step. Superseded rows need not be left out then.
    var ofEveryWrite: MetricSelection {
        guard condition.isTrivial else { return self }
        var selection = self
        selection.view = .raw
        return selection
    }

    /// True where columns with these numbers name one of its metrics.
    func lines(project: Int, run: Int, name: Int) -> Predicate {
        func among(_ column: Int, _ values: [String]?) -> Predicate {
            values.map { .isIn(.column(column), $0.map(Literal.string)) } ?? .always
        }
        return .and([
            among(project, self.project.map { [$0] }), among(run, runs), among(name, names),
        ])
    }

    /// A plan for the points.
    func plan(_ outputs: [Plan.Output], aggregates: [Aggregate]? = nil) -> Plan {
        Plan(
            table: Tables.metrics, view: view, filter: predicate, outputs: outputs,
            aggregates: aggregates)
    }
}

extension Plan.Output {
    static let project = Plan.Output("project", .column(MetricColumn.project))
    static let runID = Plan.Output("run_id", .column(MetricColumn.runID))
    static let metricName = Plan.Output("name", .column(MetricColumn.name))
    static let step = Plan.Output("step", .column(MetricColumn.step))
    static let time = Plan.Output("time", .column(MetricColumn.time))
    static let value = Plan.Output("value", .column(MetricColumn.value))
}

extension Parameters {
    /// The runs or metrics that are named by one parameter or listed by another; nil when by
    /// neither. Throws when there are too many.
    fileprivate func lines(one: String, several: String) throws(StoreError) -> [String]? {
        if let line = text(one) { return [line] }
        guard let list = try list(several) else { return nil }
        guard list.count <= MetricLimits.linesPerSideMax else {
            throw .limitExceeded(
                limit: several, value: list.count, maximum: MetricLimits.linesPerSideMax)
        }
        return list
    }
}
