// `usage`: per session or trace the plain sums of tokens and cost over all spans, and beside them the
// effective ones, in which spans that repeat their children count once (`EffectiveUsage`). Where they
// differ, some span repeats another; `disagreements` counts the spans whose own figure is not the sum of
// their children's.

import SpanColumns
import SpanModel
import SpanQuery

enum UsageQuestion {
    static let spec = QuestionSpec(
        name: "usage", summary: "Plain and effective tokens of sessions or traces", argument: nil,
        parameters: [
            ParameterSpec("by", "session (default) or trace"),
            ParameterSpec("session", "only this session"),
            ParameterSpec("trace", "only this trace"),
        ] + ParameterSpec.common)

    private enum Unit: String, CaseIterable {
        case session, trace
    }

    static func answer(_ inquiry: inout Inquiry) throws(StoreError) -> ResultTable {
        let parameters = inquiry.parameters
        let unit = try parameters.choice("by", Unit.self) ?? .session
        var filter = [try SpanFilters.predicate(parameters)]
        for (name, column) in [("session", SpanColumn.sessionID), ("trace", SpanColumn.traceID)] {
            guard let text = parameters.text(name) else { continue }
            filter.append(.compare(.column(column), .equal, .string(text)))
        }
        if unit == .session { filter.append(.not(.isNull(.column(SpanColumn.sessionID)))) }
        var plan = Plan(
            table: Tables.spans, view: try parameters.view(), filter: .and(filter),
            outputs: UsageSpans.columns.map {
                Plan.Output(Tables.spans.columns[$0].name, .column($0))
            })
        plan.tieBreak = [.column(SpanColumn.startTime), .column(SpanColumn.spanID)]
        let spans = try UsageSpans(try inquiry.run(plan))
        let keys = unit == .session ? spans.sessions : spans.traces
        let groups = Dictionary(grouping: keys.indices) { keys[$0] ?? "" }
            .sorted { $0.key < $1.key }
        let usages = groups.map { group in EffectiveUsage(group.value.map { spans.spans[$0] }) }
        let table = table(
            "\(unit.rawValue)_id", groups.map(\.key), groups.map { Int64($0.value.count) }, usages)
        return try inquiry.arrange(table, ties: ["\(unit.rawValue)_id"])
    }

    private static func table(
        _ name: String, _ keys: [String], _ counts: [Int64], _ usages: [EffectiveUsage]
    ) -> ResultTable {
        func column(
            _ name: String, _ type: ColumnType, _ value: (EffectiveUsage) -> Int64?
        ) -> ResultColumn { ResultColumn(name, type, usages.map(value)) }
        return ResultTable(
            columns: [
                ResultColumn(name, keys.map { $0 }),
                ResultColumn("span_count", .int64, counts.map { $0 }),
                column("plain_input_tokens", .int64) { $0.plain.input },
                column("plain_output_tokens", .int64) { $0.plain.output },
                column("plain_cost_usd", .money) { $0.plain.cost },
                column("effective_input_tokens", .int64) { $0.total.input },
                column("effective_output_tokens", .int64) { $0.total.output },
                column("effective_cost_usd", .money) { $0.total.cost },
                column("disagreements", .int64) { Int64($0.disagreements) },
            ], rowCount: keys.count)
    }
}
