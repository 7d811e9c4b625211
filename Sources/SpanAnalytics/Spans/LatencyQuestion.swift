// `latency`: how long spans take, by group and time bucket. Percentiles are exact. Unfinished
// spans count but have no duration; a span that ends before it starts has a negative one.

import SpanColumns
import SpanModel
import SpanQuery
import SpanSketch

enum LatencyQuestion {
    static let spec = QuestionSpec(
        name: "latency", summary: "Latency and errors by group", argument: nil,
        parameters: [
            SpanFilters.by, SpanFilters.bucket, SpanFilters.zone,
            ParameterSpec("method", "percentiles: interpolated (default) or index"),
        ] + ParameterSpec.common)

    static func answer(_ inquiry: inout Inquiry) throws(StoreError) -> ResultTable {
        let parameters = inquiry.parameters
        let keys = try SpanFilters.keys(parameters, default: "agent_name")
        let method = try parameters.choice("method", QuantileMethod.self) ?? .interpolated
        let duration = SpanFilters.duration
        let isError = Predicate.compare(.column(SpanColumn.status), .equal, .string("error"))
        let plan = Plan(
            table: Tables.spans, view: try parameters.view(),
            filter: try SpanFilters.predicate(parameters), outputs: keys,
            aggregates: [
                Aggregate("count", .count),
                Aggregate("error_count", .count, filter: isError),
                Aggregate("mean_ms", .mean(duration), divisor: 1e6),
                Aggregate("min_ms", .minimum(duration), divisor: 1e6),
                Aggregate(
                    ["p50_ms", "p95_ms", "p99_ms"],
                    .quantiles(duration, [0.5, 0.95, 0.99], method), divisor: 1e6),
                Aggregate("max_ms", .maximum(duration), divisor: 1e6),
            ])
        let table = withErrorRate(try inquiry.run(plan), after: keys.count + 2)
        return try inquiry.arrange(groups: table, by: keys)
    }

    /// Inserts `error_rate` after `count` and `error_count`. A group has at least one span.
    private static func withErrorRate(_ table: ResultTable, after place: Int) -> ResultTable {
        var columns = table.columns
        guard case .integer(let counts) = columns[place - 2].values,
            case .integer(let errors) = columns[place - 1].values
        else { return table }
        let rates = zip(errors.values, counts.values).map { Double($0) / Double($1) }
        columns.insert(
            ResultColumn(
                name: "error_rate", type: .float64, values: .float(FloatVector(values: rates))),
            at: place)
        return ResultTable(columns: columns, rowCount: table.rowCount)
    }
}
