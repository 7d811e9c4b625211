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
        let groups = try inquiry.run(
            SessionPlan.plan(
                view: try parameters.view(), experiment: parameters.text("experiment")))
        var sessions = try SessionPlan.finish(groups)
        sessions = try sessions.filtered(try filter(parameters, sessions))
        let page = try page(parameters)
        let order = try parameters.order() + [Plan.Order("started_at"), Plan.Order("session_id")]
        var table = try sessions.sorted(order, offset: page.offset, limit: page.limit)
        table.totalCount = sessions.rowCount
        let scores = try SessionScores.column(
            for: try table.column("session_id").values.strings(), &inquiry)
        return ResultTable(
            columns: table.columns + [scores], rowCount: table.rowCount,
            isTruncated: table.isTruncated, totalCount: table.totalCount)
    }

    /// The condition on finished sessions.
    private static func filter(
        _ parameters: Parameters, _ table: ResultTable
    ) throws(StoreError) -> Predicate {
        let window = try parameters.window()
        var parts = [
            Predicate.window(
                .column(try table.number(of: "started_at")), from: window.from, to: window.to)
        ]
        for (parameter, column) in [
            ("project", "project"), ("status", "status"), ("test_case", "test_case_id"),
            ("experiment", "experiment"),
        ] {
            guard let text = parameters.text(parameter) else { continue }
            parts.append(
                .compare(.column(try table.number(of: column)), .equal, .string(text)))
        }
        if let text = parameters.text("where") {
            parts.append(try SQL.condition(text, result: table, now: parameters.now))
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
