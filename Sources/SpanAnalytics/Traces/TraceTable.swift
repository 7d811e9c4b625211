// The `traces` table of SQL: one row per trace of one source, made as sessions are. The earliest
// root gives name, session, agent and status.

import SpanColumns
import SpanModel
import SpanQuery

enum TraceTable {
    static let table = SQLTable.derived("traces", columns: columns, order: []) {
        (_, tables, statistics) throws(StoreError) in
        let groups = try Executor.run(plan, tables: tables, statistics: &statistics)
        var traces = groups.columns.filter { column in
            column.name != "started_at" && columns.contains { $0.name == column.name }
        }
        traces += try SessionPlan.times(of: groups)
        let rows = try ResultTable(columns: traces, rowCount: groups.rowCount).sorted([
            Plan.Order("started_at"), Plan.Order("trace_id"), Plan.Order("source"),
        ])
        return DerivedTable(schema: .derived(name: "traces", columns: columns), rows: rows)
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
        ] + Rollups.usage

    private static let plan = Plan(
        table: Tables.spans,
        outputs: [
            Plan.Output("trace_id", .column(SpanColumn.traceID)),
            Plan.Output("source", .column(SpanColumn.source)),
        ],
        aggregates: SessionPlan.extent + [roots, project] + SessionPlan.counts + SessionPlan.sums)

    private static let roots = Aggregate(
        ["name", "session_id", "agent_name", "root_project", "status"],
        .first(
            values: [
                .column(SpanColumn.name), .column(SpanColumn.sessionID),
                .column(SpanColumn.agentName), .column(SpanColumn.project),
                .column(SpanColumn.status),
            ], by: SessionPlan.earliest), filter: .isNull(.column(SpanColumn.parentSpanID)))

    private static let project = Aggregate(
        ["span_project"],
        .first(values: [.column(SpanColumn.project)], by: SessionPlan.earliest))
}
