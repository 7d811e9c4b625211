// `sessions`: one row per session id, over all spans of the workspace that carry it. A window, a
// project and the other filters, `where` included, select whole sessions by their own values; they never cut spans
// out of a session. Costs are exact, sums over nothing are null.

import SpanColumns
import SpanModel
import SpanQuery

enum SessionsQuestion {
    static let spec = QuestionSpec(
        name: "sessions", summary: "Sessions with tokens, cost, status and scores",
        argument: nil,
        parameters: [
            ParameterSpec("experiment", "only sessions with a root span of this experiment"),
            ParameterSpec("status", "only sessions whose earliest root has this status"),
            ParameterSpec("test_case", "only sessions of this test case"),
            ParameterSpec("page", "page number, from 1"),
            ParameterSpec("page_size", "sessions per page (100)"),
        ] + ParameterSpec.common)

    private static let pageSizeDefault: Int64 = 100

    static func answer(_ inquiry: inout Inquiry) throws(StoreError) -> ResultTable {
        let parameters = inquiry.parameters
        let source = try SessionSource(
            view: try parameters.view(), experiment: parameters.text("experiment"), &inquiry)
        var plan = SessionTable.rows(source)
        plan.filter = try filter(parameters)
        plan.order = try parameters.order()
        let page = try page(parameters)
        (plan.offset, plan.limit) = (page.offset, page.limit)
        var found = QueryStatistics()
        let table = try Executor.run(plan, tables: source, statistics: &found)
        inquiry.statistics.add(found)
        let scores = try SessionScores.column(
            for: try table.column("session_id").values.strings(), &inquiry)
        return ResultTable(
            columns: table.columns + [scores], rowCount: table.rowCount,
            isTruncated: table.isTruncated, totalCount: found.rowsMatched)
    }

    /// The condition on sessions.
    private static func filter(_ parameters: Parameters) throws(StoreError) -> Predicate {
        let window = try parameters.window()
        func column(_ name: String) -> Operand { .column(Rollups.sessions.column(name)) }
        var parts = [Predicate.window(column("started_at"), from: window.from, to: window.to)]
        for (parameter, name) in [
            ("project", "project"), ("status", "status"), ("test_case", "test_case_id"),
            ("experiment", "experiment"),
        ] {
            guard let text = parameters.text(parameter) else { continue }
            parts.append(.compare(column(name), .equal, .string(text)))
        }
        if let text = parameters.text("where") {
            let sessions = TableSchema.derived(name: "sessions", columns: SessionTable.columns)
            parts.append(try SQL.condition(text, table: sessions, now: parameters.now))
        }
        return .and(parts)
    }

    /// From `page` and `page_size`, or `offset` and `limit`.
    private static func page(
        _ parameters: Parameters
    ) throws(StoreError) -> (offset: Int, limit: Int?) {
        let number = try parameters.integer("page", in: 1...1_000_000_000)
        let size = try parameters.integer("page_size", in: 1...1_000_000)
        let offset = try parameters.offset()
        let limit = try parameters.limit()
        if number == nil, size == nil { return (offset, limit) }
        guard parameters.text("offset") == nil, limit == nil else {
            throw .invalidArgument(name: "page", reason: "cannot be used with 'limit' or 'offset'")
        }
        let rows = size ?? pageSizeDefault
        return (Int(((number ?? 1) - 1) * rows), Int(rows))
    }
}
