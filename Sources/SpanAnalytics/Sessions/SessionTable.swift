// The `sessions` table of SQL: the rows of the question without parameters. Scores are looked up
// only when a query names them.

import SpanColumns
import SpanModel
import SpanQuery

enum SessionTable {
    /// What is known of a session without its scores.
    static let columns = Rollups.sessions.columns.filter {
        !["is_mixed", "root_started_at"].contains($0.name)
    }

    /// The same as a table.
    static let schema = TableSchema.derived(name: "sessions", columns: columns)

    static let order = ["started_at", "session_id"]

    /// Its columns have the numbers they have in `Rollups.sessions`.
    static let table = SQLTable.derived(
        "sessions", columns: columns + [ColumnSchema("scores", .json)], order: order
    ) { (wanted, tables, statistics) throws(StoreError) in
        var inquiry = Inquiry(
            parameters: try Parameters([:], spec: SessionsQuestion.spec, now: 0), tables: tables)
        let source = try SessionSource(view: .dedup, &inquiry)
        let provider: any TableProvider =
            wanted.contains("scores") ? try withScores(source, &inquiry) : source
        statistics.add(inquiry.statistics)
        return provider
    }

    private static func withScores(
        _ source: SessionSource, _ inquiry: inout Inquiry
    ) throws(StoreError) -> DerivedTable {
        let sessions = try inquiry.run(rows(source), over: source)
        let ids = try sessions.column("session_id").values.strings()
        let scores = try SessionScores.column(for: ids, &inquiry)
        return DerivedTable(
            schema: table.schema,
            rows: ResultTable(columns: sessions.columns + [scores], rowCount: sessions.rowCount))
    }

    /// All sessions, without scores.
    static func rows(_ source: SessionSource) -> Plan {
        var plan = Plan(
            table: source.schema,
            outputs: columns.map { Plan.Output($0.name, .column(Rollups.sessions.column($0.name))) }
        )
        plan.tieBreak = order.map { .column(Rollups.sessions.column($0)) }
        return plan
    }
}
