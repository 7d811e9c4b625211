// `metrics series`: the points of one metric in order of step, client's time and arrival, as they
// are or averaged in buckets of steps. A value that is not finite is null and flagged.

import SpanColumns
import SpanModel
import SpanQuery

enum MetricSeriesQuestion {
    static let spec = QuestionSpec(
        name: "metrics/series", summary: "The points of a metric", argument: nil,
        parameters: [
            MetricFilters.run, ParameterSpec("name", "the metric (required)"),
            ParameterSpec("step_min", "from this step on"),
            ParameterSpec("step_max", "up to this step, itself included"),
            ParameterSpec("buckets", "average about this many equal ranges of steps"),
        ] + ParameterSpec.common)

    /// Buckets of one answer.
    static let bucketsMax: Int64 = 100_000

    static func answer(_ inquiry: inout Inquiry) throws(StoreError) -> ResultTable {
        let parameters = inquiry.parameters
        let plan = try plan(parameters)
        guard let buckets = try parameters.integer("buckets", in: 1...bucketsMax) else {
            if try parameters.order().isEmpty {
                var paged = plan
                paged.offset = try parameters.offset()
                paged.limit = try parameters.limit()
                return flagged(try inquiry.run(paged))
            }
            return try inquiry.arrange(flagged(try inquiry.run(plan)), ties: [])
        }
        let points = MetricPoints(try inquiry.run(plan))
        return try inquiry.arrange(points.averaged(buckets: buckets), ties: ["step"])
    }

    private static func plan(_ parameters: Parameters) throws(StoreError) -> Plan {
        let step = Operand.column(MetricColumn.step)
        let name = try parameters.required("name")
        var parts = [
            try MetricFilters.predicate(parameters),
            .compare(.column(MetricColumn.name), .equal, .string(name)),
        ]
        if let least = try parameters.integer("step_min", in: 0...Int64.max) {
            parts.append(.compare(step, .greaterOrEqual, .integer(least)))
        }
        if let greatest = try parameters.integer("step_max", in: 0...Int64.max) {
            parts.append(.compare(step, .lessOrEqual, .integer(greatest)))
        }
        var plan = Plan(
            table: Tables.metrics, view: try parameters.view(), filter: .and(parts),
            outputs: [
                Plan.Output("step", step), Plan.Output("time", .column(MetricColumn.time)),
                Plan.Output("value", .column(MetricColumn.value)),
            ])
        plan.order = [Plan.Order("step"), Plan.Order("time")]
        return plan
    }

    private static func flagged(_ table: ResultTable) -> ResultTable {
        let points = MetricPoints(table)
        let value = FloatVector(
            values: points.values.map { $0.isFinite ? $0 : 0 },
            validity: points.values.map { $0.isFinite ? 1 : 0 })
        let flags = points.values.map(MetricPoints.flags)
        return ResultTable(
            columns: Array(table.columns[..<2]) + [
                ResultColumn(name: "value", type: .float64, values: .float(value)),
                ResultColumn(
                    name: "non_finite_flags", type: .int64,
                    values: .integer(IntegerVector(values: flags))),
            ], rowCount: table.rowCount, isTruncated: table.isTruncated)
    }
}
