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
    static let table = SQLTable.derived(withScores, order: order) { tables in
        ScoredSessions(tables: tables)
    }

    fileprivate static let withScores = TableSchema.derived(
        name: "sessions", columns: columns + [ColumnSchema("scores", .json)])

    /// All sessions: the columns named, without scores.
    static func rows(_ source: SessionSource, _ names: Set<String>? = nil) -> Plan {
        let wanted = columns.map(\.name).filter { names?.contains($0) ?? true }
        var plan = Plan(
            table: source.schema,
            outputs: wanted.map { Plan.Output($0, .column(Rollups.sessions.column($0))) })
        plan.tieBreak = order.map { .column(Rollups.sessions.column($0)) }
        return plan
    }
}

/// Sessions with their scores, which are looked up for those that are wanted.
private struct ScoredSessions: DetailedTable {
    let tables: any TableProvider
    let schema = SessionTable.withScores
    let keys = [Rollups.sessions.column("session_id")]

    private var scores: Int { schema.columns.count - 1 }
    var costly: Set<Int> { [scores] }

    func rows(
        with columns: Set<Int>, _ statistics: inout QueryStatistics
    ) throws(StoreError) -> any TableProvider {
        try rows(.always, columns, &statistics)
    }

    func rows(
        of page: ResultTable, with columns: Set<Int>, _ statistics: inout QueryStatistics
    ) throws(StoreError) -> any TableProvider {
        let ids = try page.columns[0].values.strings().compactMap { $0.map(Literal.string) }
        return try rows(.isIn(.column(keys[0]), ids), columns, &statistics)
    }

    private func rows(
        _ filter: Predicate, _ columns: Set<Int>, _ statistics: inout QueryStatistics
    ) throws(StoreError) -> any TableProvider {
        var inquiry = Inquiry(
            parameters: try Parameters([:], spec: SessionsQuestion.spec, now: 0), tables: tables)
        let source = try SessionSource(view: .dedup, &inquiry)
        defer { statistics.add(inquiry.statistics) }
        guard columns.contains(scores) else { return source }
        var plan = SessionTable.rows(
            source, Set(columns.union(keys).map { schema.columns[$0].name }))
        plan.filter = filter
        let sessions = try inquiry.run(plan, over: source)
        return DerivedTable(
            schema: schema, rows: try SessionScores.added(to: sessions, &inquiry))
    }
}
