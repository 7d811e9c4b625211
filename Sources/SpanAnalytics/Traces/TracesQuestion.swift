// `traces`: one row per trace of one source, with previews of what its root was asked and answered. A
// window, a project and the other filters select whole traces by their own values, a window by when a
// trace started. Traces without a root are listed too.
// Cost: that of `DetailedTraces`; of a page all but what filters and orders is read for its traces alone.

import SpanColumns
import SpanModel
import SpanQuery

enum TracesQuestion {
    static let spec = QuestionSpec(
        name: "traces", summary: "Traces with status, tokens, cost and previews", argument: nil,
        parameters: [
            ParameterSpec("session", "only traces of this session"),
            ParameterSpec("status", "only traces whose earliest root has this status"),
            .page, .pageSize,
        ] + ParameterSpec.common)

    /// The parameters that are values of a trace.
    private static let filters = [
        ("session", "session_id"), ("status", "status"), ("project", "project"),
    ]

    static func answer(_ inquiry: inout Inquiry) throws(StoreError) -> ResultTable {
        let traces = DetailedTraces(
            tables: inquiry.tables, view: try inquiry.parameters.view(),
            filter: try ofSession(&inquiry))
        let table = try Executor.run(
            try plan(inquiry.parameters), over: traces, statistics: &inquiry.statistics)
        return table.adding(try TracePreviews.columns(for: table, &inquiry))
    }

    /// The condition on spans of traces that have one of the session asked for.
    private static func ofSession(_ inquiry: inout Inquiry) throws(StoreError) -> Predicate {
        guard let session = inquiry.parameters.text("session") else { return .always }
        let spans = Plan(
            table: Tables.spans, view: try inquiry.parameters.view(),
            filter: .compare(.column(SpanColumn.sessionID), .equal, .string(session)),
            outputs: TraceTable.keys, aggregates: [])
        let ids = try inquiry.run(spans).column("trace_id").values.strings()
        return .isIn(.column(SpanColumn.traceID), ids.compactMap { $0.map(Literal.string) })
    }

    /// All columns of the traces that the parameters select, ordered and paged as they say.
    private static func plan(_ parameters: Parameters) throws(StoreError) -> Plan {
        let schema = TraceTable.schema
        func column(_ name: String) -> Operand { .column(schema.column(named: name) ?? 0) }
        var plan = Plan(
            table: schema,
            outputs: TraceTable.columns.map { Plan.Output($0.name, column($0.name)) })
        let window = try parameters.window()
        var parts = [Predicate.window(column("started_at"), from: window.from, to: window.to)]
        for (parameter, name) in filters {
            guard let text = parameters.text(parameter) else { continue }
            parts.append(.compare(column(name), .equal, .string(text)))
        }
        parts.append(try parameters.condition(schema))
        plan.filter = .and(parts)
        plan.order = try parameters.order()
        plan.tieBreak = TraceTable.order.map { column($0.name) }
        let page = try parameters.page()
        (plan.offset, plan.limit) = (page.offset, page.limit)
        return plan
    }
}
