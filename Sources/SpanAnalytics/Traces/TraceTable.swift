// Traces as a table: one row per trace of one source, made as sessions are. The earliest root gives
// name, session, agent, project and status; a trace whose root has not come (or never will) is named by
// its earliest span and has no status.
// Cost: one pass over the spans, for the aggregates that the wanted columns need.

import SpanColumns
import SpanModel
import SpanQuery

enum TraceTable {
    static let table = SQLTable.derived("traces", columns: columns, order: []) {
        (_, tables, statistics) throws(StoreError) in
        let traces = try rows(.always, view: .dedup, tables: tables, statistics: &statistics)
        return DerivedTable(schema: schema, rows: try traces.sorted(order))
    }

    static let columns =
        [
            ColumnSchema("trace_id", .identifier, required: true),
            ColumnSchema("source", .string, required: true), ColumnSchema("name", .string),
            ColumnSchema("session_id", .string), ColumnSchema("agent_name", .string),
            ColumnSchema("project", .string), ColumnSchema("started_at", .instant),
            ColumnSchema("ended_at", .instant), ColumnSchema("duration_ms", .float64),
            ColumnSchema("status", .string), ColumnSchema("worst_status", .string),
            ColumnSchema("span_count", .int64),
        ] + Rollups.usage + [
            // Null: no root has come.
            ColumnSchema("root_span_id", .identifier),
            // `running` while a span is unfinished, else `rootless` without a root, else `finished`.
            ColumnSchema("state", .string),
        ]

    static let schema = TableSchema.derived(name: "traces", columns: columns)

    static let order = ["started_at", "trace_id", "source"].map { Plan.Order($0) }

    /// The traces that the spans which pass `filter` make up.
    static func rows(
        _ filter: Predicate, view: View, tables: any TableProvider,
        statistics: inout QueryStatistics
    ) throws(StoreError) -> ResultTable {
        let plan = Plan(
            table: Tables.spans, view: view, filter: filter, outputs: keys,
            aggregates: SessionPlan.extent + firsts + SessionPlan.counts + SessionPlan.sums)
        return try finish(try Executor.run(plan, tables: tables, statistics: &statistics))
    }

    static let keys = [
        Plan.Output("trace_id", .column(SpanColumn.traceID)),
        Plan.Output("source", .column(SpanColumn.source)),
    ]

    private static let named = [
        ("name", SpanColumn.name), ("session_id", SpanColumn.sessionID),
        ("agent_name", SpanColumn.agentName), ("project", SpanColumn.project),
    ]

    /// Fields of the earliest root, and of the earliest span.
    private static let firsts = [
        Aggregate(
            named.map { "root_\($0.0)" } + ["status", "root_span_id"],
            .first(
                values: named.map { .column($0.1) } + [
                    .column(SpanColumn.status), .column(SpanColumn.spanID),
                ], by: SessionPlan.earliest), filter: .isNull(.column(SpanColumn.parentSpanID))),
        Aggregate(
            named.map { "span_\($0.0)" },
            .first(values: named.map { .column($0.1) }, by: SessionPlan.earliest)),
    ]

    private static func finish(_ groups: ResultTable) throws(StoreError) -> ResultTable {
        let roots = try groups.column("root_span_id").values.strings()
        var made = try SessionPlan.times(of: groups)
        for (name, _) in named where name != "project" {
            let ofRoots = try groups.column("root_\(name)").values.strings()
            let ofSpans = try groups.column("span_\(name)").values.strings()
            made.append(
                ResultColumn(
                    name, roots.indices.map { roots[$0] == nil ? ofSpans[$0] : ofRoots[$0] }))
        }
        let unfinished = try groups.column("unfinished").values.integers()
        made.append(
            ResultColumn(
                "state",
                roots.indices.map { row in
                    unfinished[row] != 0 ? "running" : roots[row] == nil ? "rootless" : "finished"
                }))
        let known = ResultTable(columns: made + groups.columns, rowCount: groups.rowCount)
        var columns: [ResultColumn] = []
        for column in Self.columns { columns.append(try known.column(column.name)) }
        return ResultTable(columns: columns, rowCount: groups.rowCount)
    }
}

extension TraceTable {
    /// What `beginnings` gives.
    static let beginningsSchema = TableSchema.derived(
        name: "traces",
        columns: [
            ColumnSchema("trace_id", .identifier, required: true),
            ColumnSchema("source", .string, required: true), ColumnSchema("started_at", .instant),
            ColumnSchema("last_start", .instant),
        ])

    /// All traces with their first and last start of a span.
    static func beginnings(view: View) -> Plan {
        let start = Operand.column(SpanColumn.startTime)
        return Plan(
            table: Tables.spans, view: view, outputs: keys,
            aggregates: [
                Aggregate("started_at", .minimum(start)), Aggregate("last_start", .maximum(start)),
            ])
    }

    /// The condition on spans of the traces of a table, and maybe some of other sources.
    static func spans(of traces: ResultTable) throws(StoreError) -> Predicate {
        let ids = try traces.column("trace_id").values.strings()
        return .isIn(.column(SpanColumn.traceID), ids.compactMap { $0.map { .string($0) } })
    }

    /// The same for some `beginnings`, whose starts bound those of the spans.
    static func spans(within traces: ResultTable) throws(StoreError) -> Predicate {
        let first = try traces.column("started_at").values.integers().compactMap { $0 }.min()
        let last = try traces.column("last_start").values.integers().compactMap { $0 }.max()
        let start = Operand.column(SpanColumn.startTime)
        return .and([
            .compare(start, .greaterOrEqual, first.map { .integer($0) } ?? .null),
            .compare(start, .lessOrEqual, last.map { .integer($0) } ?? .null),
            try spans(of: traces),
        ])
    }

    /// The rows of `traces` that `wanted` has; traces of equal ids differ in their source.
    static func some(
        _ traces: ResultTable, _ wanted: ResultTable
    ) throws(StoreError) -> ResultTable {
        if traces.rowCount == wanted.rowCount { return traces }
        let ids = try wanted.column("trace_id").values.strings()
        let sources = try wanted.column("source").values.strings()
        return try traces.filtered(
            .or(
                zip(ids, sources).map { id, source in
                    .and([
                        .compare(.column(0), .equal, id.map { .string($0) } ?? .null),
                        .compare(.column(1), .equal, source.map { .string($0) } ?? .null),
                    ])
                }))
    }
}
