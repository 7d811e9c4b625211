// The beginnings of what the roots of traces were asked and answered: `input` and `output`, cut to so
// many characters. Only the texts of roots that are shown are read.

import SpanColumns
import SpanModel
import SpanQuery

enum TracePreviews {
    /// Characters (Unicode scalars) of a preview.
    static let length: Int64 = 300

    private struct Root: Hashable {
        let source: String
        let trace: String
        let span: String
    }

    /// The columns for the traces of a table.
    static func columns(
        for traces: ResultTable, _ inquiry: inout Inquiry
    ) throws(StoreError) -> [ResultColumn] {
        let roots = try roots(traces, "root_span_id")
        let first = try traces.column("started_at").values.integers().compactMap { $0 }.min()
        let known = try read(roots.compactMap { $0 }, from: first, &inquiry)
        return [
            ResultColumn("input", roots.map { $0.flatMap { known[$0]?.input } }),
            ResultColumn("output", roots.map { $0.flatMap { known[$0]?.output } }),
        ]
    }

    /// What is known of roots, none of which starts before `first`.
    private static func read(
        _ roots: [Root], from first: Int64?, _ inquiry: inout Inquiry
    ) throws(StoreError) -> [Root: (input: String?, output: String?)] {
        guard !roots.isEmpty else { return [:] }
        let trace = Operand.column(SpanColumn.traceID)
        let span = Operand.column(SpanColumn.spanID)
        let plan = Plan(
            table: Tables.spans, view: try inquiry.parameters.view(),
            filter: .and([
                .window(.column(SpanColumn.startTime), from: first, to: nil),
                .isNull(.column(SpanColumn.parentSpanID)),
                .isIn(trace, roots.map { .string($0.trace) }),
                .isIn(span, roots.map { .string($0.span) }),
            ]),
            outputs: TraceTable.keys + [
                Plan.Output("span_id", span),
                Plan.Output("input", beginning(of: SpanColumn.input)),
                Plan.Output("output", beginning(of: SpanColumn.output)),
            ])
        let rows = try inquiry.run(plan)
        let inputs = try rows.column("input").values.strings()
        let outputs = try rows.column("output").values.strings()
        var known: [Root: (input: String?, output: String?)] = [:]
        for (row, root) in try self.roots(rows, "span_id").enumerated() {
            if let root { known[root] = (inputs[row], outputs[row]) }
        }
        return known
    }

    private static func beginning(of column: Int) -> Operand {
        .computed(
            ScalarExpression(
                .substring,
                [
                    .column(column), .constant(.integer(1), .int64),
                    .constant(.integer(length), .int64),
                ], type: .string))
    }

    private static func roots(
        _ table: ResultTable, _ spanColumn: String
    ) throws(StoreError) -> [Root?] {
        let sources = try table.column("source").values.strings()
        let traces = try table.column("trace_id").values.strings()
        let spans = try table.column(spanColumn).values.strings()
        return spans.indices.map { row in
            spans[row].map {
                Root(source: sources[row] ?? "", trace: traces[row] ?? "", span: $0)
            }
        }
    }
}
