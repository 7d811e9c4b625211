// Traces as a table: one row per trace of one source, made as sessions are. The earliest root gives
// name, session, agent, project and status; a trace whose root has not come (or never will) is named by
// its earliest span and has no status.
// Cost: one pass over the spans, for the aggregates that the wanted columns need.

import SpanColumns
import SpanModel
import SpanQuery

enum TraceTable {
    static let table = SQLTable.derived(schema, order: order.map(\.name)) { tables in
        DetailedTraces(tables: tables)
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

    static let keys = [
        Plan.Output("trace_id", .column(SpanColumn.traceID)),
        Plan.Output("source", .column(SpanColumn.source)),
    ]

    /// The traces that the spans which pass `filter` make up, with the columns named.
    static func rows(
        _ filter: Predicate, _ names: Set<String>, view: View, tables: any TableProvider,
        statistics: inout QueryStatistics
    ) throws(StoreError) -> ResultTable {
        let plan = Plan(
            table: Tables.spans, view: view, filter: filter, outputs: keys,
            aggregates: (hasEnd(names) ? SessionPlan.extent : [SessionPlan.start]) + firsts(names)
                + (SessionPlan.counts + SessionPlan.sums).filter { names.contains($0.names[0]) })
        var budget = QueryBudget()
        budget.resultBytesMax = Limits.derivedBytesMax
        let groups = try Executor.run(
            plan, tables: tables, budget: budget, statistics: &statistics)
        return try finish(groups, names)
    }

    /// Whether some of these need to know when a trace ended.
    private static func hasEnd(_ names: Set<String>) -> Bool {
        !names.isDisjoint(with: ["ended_at", "duration_ms", "state"])
    }

    /// What the earliest root tells, without one the earliest span.
    private static let named = [
        ("name", SpanColumn.name), ("session_id", SpanColumn.sessionID),
        ("agent_name", SpanColumn.agentName), ("project", SpanColumn.project),
    ]

    /// As `SessionPlan.earliest` has it of the spans of one trace, which agree in the other terms.
    private static let earliest: [Operand] = [
        .column(SpanColumn.startTime), .column(SpanColumn.spanID), .arrival,
    ]

    /// Fields of the earliest root, and of the earliest span.
    private static func firsts(_ names: Set<String>) -> [Aggregate] {
        let named = named.filter { names.contains($0.0) }
        let values = named.map { Operand.column($0.1) }
        var firsts: [Aggregate] = []
        if !named.isEmpty || !names.isDisjoint(with: ["status", "root_span_id", "state"]) {
            firsts.append(
                Aggregate(
                    named.map { "root_\($0.0)" } + ["status", "root_span_id"],
                    .first(
                        values: values + [.column(SpanColumn.status), .column(SpanColumn.spanID)],
                        by: earliest),
                    filter: .isNull(.column(SpanColumn.parentSpanID))))
        }
        if !named.isEmpty {
            firsts.append(
                Aggregate(
                    named.map { "span_\($0.0)" },
                    .first(values: values, by: earliest)))
        }
        return firsts
    }

    private static func finish(
        _ groups: ResultTable, _ names: Set<String>
    ) throws(StoreError) -> ResultTable {
        var made = hasEnd(names) ? try SessionPlan.times(of: groups) : []
        if names.contains("project") { made.append(try SessionPlan.project(of: groups)) }
        for (name, _) in named where name != "project" && names.contains(name) {
            made.append(try ofRootOrSpan(name, groups))
        }
        if names.contains("state") { made.append(try state(of: groups)) }
        let known = ResultTable(columns: made + groups.columns, rowCount: groups.rowCount)
        var columns: [ResultColumn] = []
        for column in Self.columns where names.contains(column.name) {
            columns.append(try known.column(column.name))
        }
        return ResultTable(columns: columns, rowCount: groups.rowCount)
    }

    private static func ofRootOrSpan(
        _ name: String, _ groups: ResultTable
    ) throws(StoreError) -> ResultColumn {
        let hasRoot = try groups.column("root_span_id").values.areIdentifiers
        let ofRoots = try groups.column("root_\(name)").values.strings()
        let ofSpans = try groups.column("span_\(name)").values.strings()
        return ResultColumn(
            name, hasRoot.indices.map { hasRoot[$0] ? ofRoots[$0] : ofSpans[$0] })
    }

    private static func state(of groups: ResultTable) throws(StoreError) -> ResultColumn {
        let hasRoot = try groups.column("root_span_id").values.areIdentifiers
        let unfinished = try groups.column("unfinished").values.integers()
        return ResultColumn(
            "state",
            hasRoot.indices.map { row in
                unfinished[row] != 0 ? "running" : hasRoot[row] ? "finished" : "rootless"
            })
    }
}
