// `session ID` and `trace ID`: the spans, oldest first (start, then span id), with every field of
// the record. An id that no span has gives an empty list.

import SpanColumns
import SpanModel
import SpanQuery

enum SpanListQuestion {
    static let session = QuestionSpec(
        name: "session", summary: "The spans of a session, oldest first",
        argument: ParameterSpec("id", "the session's id"), parameters: ParameterSpec.common)
    static let trace = QuestionSpec(
        name: "trace", summary: "The spans of a trace, oldest first",
        argument: ParameterSpec("id", "the trace's id"), parameters: ParameterSpec.common,
        isOftenSmall: true)

    /// The spans whose `column` is the id asked for.
    static func answer(
        _ inquiry: inout Inquiry, column: Int
    ) throws(StoreError) -> ResultTable {
        let parameters = inquiry.parameters
        let id = try parameters.required("id")
        var plan = Plan(
            table: Tables.spans, view: try parameters.view(),
            filter: .and([
                .compare(.column(column), .equal, .string(id)),
                try SpanFilters.predicate(parameters),
            ]), outputs: outputs)
        plan.order = try parameters.order()
        plan.tieBreak = [
            .column(SpanColumn.startTime), .column(SpanColumn.spanID),
            .column(SpanColumn.traceID), .column(SpanColumn.source),
        ]
        plan.offset = try parameters.offset()
        plan.limit = try parameters.limit()
        return try SpanPrices.added(
            to: try inquiry.run(plan), try PriceBook(tables: inquiry.tables))
    }

    /// All columns of the record, `duration_ms` after the times.
    private static var outputs: [Plan.Output] {
        var outputs: [Plan.Output] = []
        for (number, column) in Tables.spans.columns.enumerated()
        where number >= SystemColumn.count {
            outputs.append(Plan.Output(column.name, .column(number)))
            if number == SpanColumn.endTime {
                outputs.append(Plan.Output("duration_ms", .quotient(SpanFilters.duration, 1e6)))
            }
        }
        return outputs
    }
}
