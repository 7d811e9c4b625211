// `traces`: one row per trace of one source, with previews of what its root was asked and answered. A
// window, a project and the other filters select whole traces by their own values, a window by when a
// trace started. Traces without a root are listed too.
// Cost: one pass over the spans. For a page in order of starts that reads only which traces there are and
// when they began, once a snapshot; all else is read for the traces of the page alone.

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

    /// The filters that need more of a trace than when it began.
    private static let filters = [
        ("session", "session_id"), ("status", "status"), ("project", "project"),
    ]

    static func answer(_ inquiry: inout Inquiry) throws(StoreError) -> ResultTable {
        let parameters = inquiry.parameters
        let ties = TraceTable.order.map(\.name)
        let isByStart = try parameters.order().allSatisfy { ties.contains($0.name) }
        let hasFilter = (filters.map { $0.0 } + ["where"]).contains { parameters.text($0) != nil }
        let isPaged = try parameters.page().limit != nil
        let table =
            isByStart && !hasFilter && isPaged
            ? try pageByStart(&inquiry)
            : try arranged(try candidates(&inquiry), TraceTable.schema, &inquiry)
        let previews = try TracePreviews.columns(for: table, &inquiry)
        return ResultTable(
            columns: table.columns + previews, rowCount: table.rowCount,
            isTruncated: table.isTruncated, totalCount: table.totalCount)
    }

    /// All traces; of a session those that have a span of it.
    private static func candidates(_ inquiry: inout Inquiry) throws(StoreError) -> ResultTable {
        var filter = Predicate.always
        if let session = inquiry.parameters.text("session") {
            let spans = Plan(
                table: Tables.spans, view: try inquiry.parameters.view(),
                filter: .compare(.column(SpanColumn.sessionID), .equal, .string(session)),
                outputs: TraceTable.keys, aggregates: [])
            filter = try TraceTable.spans(of: try inquiry.run(spans))
        }
        return try rows(filter, &inquiry)
    }

    private static func rows(
        _ filter: Predicate, _ inquiry: inout Inquiry
    ) throws(StoreError) -> ResultTable {
        try TraceTable.rows(
            filter, view: try inquiry.parameters.view(), tables: inquiry.tables,
            statistics: &inquiry.statistics)
    }

    /// The traces that pass, ordered and paged as the parameters say.
    private static func arranged(
        _ traces: ResultTable, _ schema: TableSchema, _ inquiry: inout Inquiry
    ) throws(StoreError) -> ResultTable {
        let parameters = inquiry.parameters
        let window = try parameters.window()
        let page = try parameters.page()
        var parts: [Predicate] = []
        if let started = schema.column(named: "started_at") {
            parts.append(.window(.column(started), from: window.from, to: window.to))
        }
        for (parameter, name) in filters {
            guard let text = parameters.text(parameter), let column = schema.column(named: name)
            else { continue }
            parts.append(.compare(.column(column), .equal, .string(text)))
        }
        parts.append(try parameters.condition(schema))
        var plan = plan(schema, order: try parameters.order())
        plan.filter = .and(parts)
        (plan.offset, plan.limit) = (page.offset, page.limit)
        var found = QueryStatistics()
        var table = try Executor.run(
            plan, tables: DerivedTable(schema: schema, rows: traces), statistics: &found)
        table.totalCount = found.rowsMatched
        return table
    }

    private static func plan(_ schema: TableSchema, order: [Plan.Order]) -> Plan {
        let columns = schema.columns.enumerated().dropFirst(SystemColumn.count)
        var plan = Plan(
            table: schema, outputs: columns.map { Plan.Output($1.name, .column($0)) })
        plan.order = order
        plan.tieBreak = TraceTable.order.compactMap { order in
            schema.column(named: order.name).map { .column($0) }
        }
        return plan
    }

    // MARK: A page by start

    private static func pageByStart(_ inquiry: inout Inquiry) throws(StoreError) -> ResultTable {
        let begun = try beginnings(&inquiry)
        let page = try arranged(begun, TraceTable.beginningsSchema, &inquiry)
        if page.rowCount == 0 {
            return ResultTable(
                columns: TraceTable.columns.map { column in
                    ResultColumn(name: column.name, type: column.type, values: .null(count: 0))
                }, rowCount: 0, isTruncated: page.isTruncated, totalCount: page.totalCount)
        }
        var whole = try TraceTable.some(
            try rows(try TraceTable.spans(within: page), &inquiry), page)
        var found = QueryStatistics()
        whole = try Executor.run(
            plan(TraceTable.schema, order: try inquiry.parameters.order()),
            tables: DerivedTable(schema: TraceTable.schema, rows: whole), statistics: &found)
        whole.isTruncated = page.isTruncated
        whole.totalCount = page.totalCount
        return whole
    }

    /// When all traces began; kept with the snapshot, as pages are asked for one after the other.
    private static func beginnings(_ inquiry: inout Inquiry) throws(StoreError) -> ResultTable {
        let view = try inquiry.parameters.view()
        let spans = try inquiry.tables.source(Tables.spans, view: view)
        let memo = spans.memo
        let name = "trace beginnings, \(view)"
        if let known = memo?.value(name, as: ResultTable.self) { return known }
        let found = try inquiry.run(TraceTable.beginnings(view: view))
        if found.rowCount <= Limits.tracesKeptMax { memo?.keep(found, as: name) }
        return found
    }
}
