// Groups of sessions: by project, experiment, test case, status or any other column, and by when they
// started. Sums, extents and percentiles are over the sessions that the filters select.

import SpanColumns
import SpanModel
import SpanQuery
import SpanSketch

enum SessionGroups {
    /// One row per group, in order of the keys unless another is asked for.
    static func answer(
        _ keys: [Plan.Output], over source: SessionSource, _ filter: Predicate,
        _ inquiry: inout Inquiry
    ) throws(StoreError) -> ResultTable {
        let parameters = inquiry.parameters
        let method = try parameters.choice("method", QuantileMethod.self) ?? .interpolated
        let plan = Plan(
            table: source.schema, filter: filter, outputs: keys,
            aggregates: counts + sums + durations(method))
        var table = try inquiry.run(plan, over: source)
        table.totalCount = table.rowCount
        let page = try parameters.page()
        return try table.sorted(
            try parameters.order() + keys.map { Plan.Order($0.name) }, offset: page.offset,
            limit: page.limit)
    }

    private static func column(_ name: String) -> Operand { .column(Rollups.sessions.column(name)) }

    /// A session failed where its earliest root did, and runs while a span of it is unfinished.
    private static let counts = [
        Aggregate("session_count", .count),
        Aggregate(
            "failed_count", .count, filter: .compare(column("status"), .equal, .string("error"))),
        Aggregate("running_count", .count, filter: .isNull(column("ended_at"))),
        Aggregate("first_started_at", .minimum(column("started_at"))),
        Aggregate("last_started_at", .maximum(column("started_at"))),
    ]

    private static let sums = [
        "span_count", "trace_count", "error_count", "llm_count", "input_tokens", "output_tokens",
        "cached_tokens", "reasoning_tokens", "total_tokens", "cost_usd", "effective_input_tokens",
        "effective_output_tokens", "effective_cost_usd",
    ].map { Aggregate($0, .sum(column($0))) }

    private static func durations(_ method: QuantileMethod) -> [Aggregate] {
        let duration = column("duration_ms")
        return [
            Aggregate("mean_ms", .mean(duration)),
            Aggregate(
                ["p50_ms", "p95_ms", "p99_ms"], .quantiles(duration, [0.5, 0.95, 0.99], method)),
        ]
    }
}
