// `sessions`: one row per session id, over all spans of the workspace that carry it; with `by` or
// `bucket` one row per group of sessions. A window, a project and the other filters, `where` included,
// select whole sessions by their own values; they never cut spans out of a session. Costs are exact, sums
// over nothing are null. Plain sums count what agents repeat of their calls, the effective ones do not.

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
            ParameterSpec("by", "groups of sessions by columns, such as experiment,status"),
            ParameterSpec("bucket", "groups by when sessions started: 1h, 1d, 1w, 1mo"),
            SpanFilters.zone,
            ParameterSpec("method", "percentiles of groups: interpolated (default) or index"),
            .page, .pageSize,
        ] + ParameterSpec.common)

    static func answer(_ inquiry: inout Inquiry) throws(StoreError) -> ResultTable {
        let parameters = inquiry.parameters
        let source = try SessionSource(
            view: try parameters.view(), experiment: parameters.text("experiment"), &inquiry)
        let keys = try SpanFilters.keys(
            parameters, default: nil, of: SessionTable.schema,
            time: Rollups.sessions.column("started_at"))
        guard keys.isEmpty else {
            let filter = try filter(parameters)
            return try SessionGroups.answer(keys, over: source, filter, &inquiry)
        }
        var plan = SessionTable.rows(source)
        plan.filter = try filter(parameters)
        plan.order = try parameters.order()
        let page = try parameters.page()
        (plan.offset, plan.limit) = (page.offset, page.limit)
        let table = try Executor.runCounted(
            plan, tables: source, statistics: &inquiry.statistics)
        return try SessionScores.added(to: table, &inquiry)
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
            parts.append(
                try SQL.condition(text, table: SessionTable.schema, now: parameters.now))
        }
        return .and(parts)
    }
}
