// The `sessions` table of SQL: the rows of the question without parameters. Scores are looked up
// only when a query names them.

import SpanColumns
import SpanModel
import SpanQuery

enum SessionTable {
    static let table = SQLTable.derived("sessions", columns: columns) {
        (wanted, tables, statistics) throws(StoreError) in
        var inquiry = Inquiry(
            parameters: try Parameters([:], spec: SessionsQuestion.spec, now: 0), tables: tables)
        inquiry.statistics = statistics
        let groups = try inquiry.run(SessionPlan.plan(view: .dedup, experiment: nil))
        var sessions = try SessionPlan.finish(groups)
        sessions = try sessions.sorted([Plan.Order("started_at"), Plan.Order("session_id")])
        if wanted.contains("scores") {
            let ids = try sessions.column("session_id").values.strings()
            let scores = try SessionScores.column(for: ids, &inquiry)
            sessions = ResultTable(
                columns: sessions.columns + [scores], rowCount: sessions.rowCount)
        }
        statistics = inquiry.statistics
        return sessions
    }

    static let columns =
        [
            ColumnSchema("session_id", .string, required: true), ColumnSchema("project", .string),
            ColumnSchema("started_at", .instant), ColumnSchema("ended_at", .instant),
            ColumnSchema("duration_ms", .float64), ColumnSchema("status", .string),
            ColumnSchema("worst_status", .string), ColumnSchema("span_count", .int64),
            ColumnSchema("trace_count", .int64),
        ] + usage + [
            ColumnSchema("test_case_id", .string), ColumnSchema("experiment", .string),
            ColumnSchema("scores", .json),
        ]

    /// What sessions and traces count alike.
    static let usage = [
        ColumnSchema("error_count", .int64), ColumnSchema("llm_count", .int64),
        ColumnSchema("input_tokens", .int64), ColumnSchema("output_tokens", .int64),
        ColumnSchema("cached_tokens", .int64), ColumnSchema("reasoning_tokens", .int64),
        ColumnSchema("total_tokens", .int64), ColumnSchema("cost_usd", .money),
        ColumnSchema("models", .json),
    ]
}
