// `scores`: the scores one by one, as the table holds them. `scores/stats`: per name how numbers and
// booleans (true is 1) are spread, and how often each text was given.

import SpanColumns
import SpanModel
import SpanQuery

enum ScoresQuestion {
    private static let targets = [
        ParameterSpec("session", "only scores that name this session"),
        ParameterSpec("trace", "only scores that name this trace"),
        ParameterSpec("span", "only scores that name this span"),
        ParameterSpec("name", "only scores of this name"),
        ParameterSpec("source", "only scores from this source"),
    ]
    private static let shared = ParameterSpec.common.filter { $0 != .project }

    static let list = QuestionSpec(
        name: "scores", summary: "Scores of sessions, traces and spans", argument: nil,
        parameters: targets + shared)
    static let stats = QuestionSpec(
        name: "scores/stats", summary: "How the scores of each name are spread", argument: nil,
        parameters: targets + shared)

    static func answerList(_ inquiry: inout Inquiry) throws(StoreError) -> ResultTable {
        let parameters = inquiry.parameters
        var plan = Plan(
            table: Tables.scores, view: try parameters.view(), filter: try filter(parameters),
            outputs: [
                ScoreColumn.sessionID, ScoreColumn.traceID, ScoreColumn.spanID, ScoreColumn.name,
                ScoreColumn.source, ScoreColumn.value, ScoreColumn.booleanValue,
                ScoreColumn.stringValue, ScoreColumn.comment, ScoreColumn.time,
            ].map { Plan.Output(Tables.scores.columns[$0].name, .column($0)) })
        plan.order = try parameters.order()
        plan.tieBreak = [
            ScoreColumn.sessionID, ScoreColumn.name, ScoreColumn.traceID, ScoreColumn.spanID,
            ScoreColumn.source,
        ].map { .column($0) }
        plan.offset = try parameters.offset()
        plan.limit = try parameters.limit()
        return try inquiry.runCounted(plan)
    }

    static func answerStats(_ inquiry: inout Inquiry) throws(StoreError) -> ResultTable {
        let parameters = inquiry.parameters
        let plan = Plan(
            table: Tables.scores, view: try parameters.view(), filter: try filter(parameters),
            outputs: [
                Plan.Output("name", .column(ScoreColumn.name)),
                Plan.Output("value", .column(ScoreColumn.value)),
                Plan.Output("flag", .column(ScoreColumn.booleanValue)),
                Plan.Output("text", .column(ScoreColumn.stringValue)),
            ])
        let names = NamedScores(try inquiry.run(plan))
        return try inquiry.arrange(try names.table(), ties: ["name"])
    }

    private static func filter(_ parameters: Parameters) throws(StoreError) -> Predicate {
        let window = try parameters.window()
        var parts = [
            try parameters.condition(Tables.scores),
            Predicate.window(.column(ScoreColumn.time), from: window.from, to: window.to),
        ]
        for (name, column) in [
            ("session", ScoreColumn.sessionID), ("trace", ScoreColumn.traceID),
            ("span", ScoreColumn.spanID), ("name", ScoreColumn.name),
            ("source", ScoreColumn.source),
        ] {
            guard let text = parameters.text(name) else { continue }
            parts.append(.compare(.column(column), .equal, .string(text)))
        }
        return .and(parts)
    }
}

/// Values of scores by name.
private struct NamedScores {
    private struct Values {
        var numbers: [Double] = []
        var labels: [String: Int64] = [:]
    }

    private let rows: ResultTable

    init(_ rows: ResultTable) { self.rows = rows }

    /// One row a name, with null figures where no score is a number.
    func table() throws(StoreError) -> ResultTable {
        let values = try collect().sorted { $0.key < $1.key }
        let spreads = values.map { Distribution($0.value.numbers) }
        var columns = [
            ResultColumn("name", values.map { $0.key }),
            ResultColumn("count", .int64, spreads.map { $0.map { Int64($0.count) } ?? 0 }),
        ]
        for (index, name) in ["sum", "mean", "median", "p90", "p95", "p99"].enumerated() {
            columns.append(ResultColumn(name, spreads.map { $0?.figures[index].value }))
        }
        columns.append(ResultColumn("labels", json: values.map { Self.json($0.value.labels) }))
        return ResultTable(columns: columns, rowCount: values.count)
    }

    private func collect() throws(StoreError) -> [String: Values] {
        var values: [String: Values] = [:]
        let names = try rows.column("name").values.strings()
        let numbers = try rows.column("value").values.floats()
        let flags = try rows.column("flag").values.integers()
        let texts = try rows.column("text").values.strings()
        for (row, name) in names.enumerated() {
            guard let name else { continue }
            if let number = numbers[row] ?? flags[row].map(Double.init), number.isFinite {
                values[name, default: Values()].numbers.append(number)
            } else if let text = texts[row] {
                values[name, default: Values()].labels[text, default: 0] += 1
            }
        }
        return values
    }

    /// `{"good":3,…}` in the order of the labels; null without any.
    private static func json(_ labels: [String: Int64]) -> [UInt8]? {
        guard !labels.isEmpty else { return nil }
        var json: [UInt8] = []
        for (label, count) in labels.sorted(by: { $0.key < $1.key }) {
            json.append(UInt8(ascii: json.isEmpty ? "{" : ","))
            JSONWriter.appendString(label, to: &json)
            json.append(UInt8(ascii: ":"))
            JSONWriter.appendInteger(count, to: &json)
        }
        json.append(UInt8(ascii: "}"))
        return json
    }
}
