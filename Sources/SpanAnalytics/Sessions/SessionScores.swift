// Scores of sessions: the mean per name over numbers and booleans (true is 1), as a JSON object.
// A score belongs to the session it names; without one, to the sessions that its trace or span
// belongs to. Text scores and non-finite numbers have no mean.

import SpanColumns
import SpanModel
import SpanQuery
import SpanSketch

enum SessionScores {
    /// A table with a column `session_id`, and the column `scores` behind the others.
    static func added(
        to table: ResultTable, _ inquiry: inout Inquiry
    ) throws(StoreError) -> ResultTable {
        let sessions = try table.column("session_id").values.strings()
        let means = try means(for: sessions.compactMap { $0 }, &inquiry)
        return table.adding([
            ResultColumn("scores", json: sessions.map { json($0.flatMap { means[$0] } ?? [:]) })
        ])
    }

    /// The mean of each name, by session.
    static func means(
        for sessions: [String], _ inquiry: inout Inquiry
    ) throws(StoreError) -> [String: [String: Double]] {
        guard !sessions.isEmpty else { return [:] }
        var means: [String: [String: Mean]] = [:]
        let scores = try read(sessions, &inquiry)
        let targets = try Targets(scores.filter { $0.session == nil }, sessions, &inquiry)
        let known = Set(sessions)
        for score in scores {
            for session in score.session.map({ [$0] }) ?? targets.sessions(of: score)
            where known.contains(session) {
                means[session, default: [:]][score.name, default: Mean()].add(score.value)
            }
        }
        return means.mapValues { $0.mapValues(\.value) }
    }

    struct Score {
        var session: String?
        var trace: String?
        var span: String?
        var name: String
        var value: Double
    }

    private struct Mean {
        private var sum = CompensatedSum()
        private var count = 0

        mutating func add(_ value: Double) {
            sum.add(value)
            count += 1
        }

        var value: Double { sum.value / Double(count) }
    }

    /// The scores of some sessions, and all that name none; apart, because an index finds the former.
    private static func read(
        _ sessions: [String], _ inquiry: inout Inquiry
    ) throws(StoreError) -> [Score] {
        let session = Operand.column(ScoreColumn.sessionID)
        return try read(.isIn(session, sessions.map { .string($0) }), &inquiry)
            + read(.isNull(session), &inquiry)
    }

    private static func read(
        _ condition: Predicate, _ inquiry: inout Inquiry
    ) throws(StoreError) -> [Score] {
        let session = Operand.column(ScoreColumn.sessionID)
        let value = Operand.column(ScoreColumn.value)
        let boolean = Operand.column(ScoreColumn.booleanValue)
        let plan = Plan(
            table: Tables.scores, view: try inquiry.parameters.view(),
            filter: .and([
                condition, .or([.isFinite(value), .not(.isNull(boolean))]),
            ]),
            outputs: [
                Plan.Output("session", session),
                Plan.Output("trace", .column(ScoreColumn.traceID)),
                Plan.Output("span", .column(ScoreColumn.spanID)),
                Plan.Output("name", .column(ScoreColumn.name)),
                Plan.Output("value", value), Plan.Output("boolean", boolean),
            ])
        let table = try inquiry.run(plan)
        let texts = [
            try table.columns[0].values.strings(), try table.columns[1].values.strings(),
            try table.columns[2].values.strings(), try table.columns[3].values.strings(),
        ]
        let values = table.columns[4].values.floats()
        let booleans = table.columns[5].values.integers()
        return (0..<table.rowCount).map { row in
            Score(
                session: texts[0][row], trace: texts[1][row], span: texts[2][row],
                name: texts[3][row] ?? "", value: values[row] ?? Double(booleans[row] ?? 0))
        }
    }

    private static func json(_ means: [String: Double]) -> [UInt8] {
        var out: [UInt8] = [UInt8(ascii: "{")]
        for (index, entry) in means.sorted(by: { $0.key < $1.key }).enumerated() {
            if index > 0 { out.append(UInt8(ascii: ",")) }
            JSONWriter.appendString(entry.key, to: &out)
            out.append(UInt8(ascii: ":"))
            JSONWriter.appendDouble(entry.value, to: &out)
        }
        out.append(UInt8(ascii: "}"))
        return out
    }
}

extension SessionScores {
    /// Which sessions the traces and spans that scores name belong to.
    struct Targets {
        private var sessionsOfTarget: [Target: [String]] = [:]

        private struct Target: Hashable {
            var trace: String?
            var span: String?
        }

        /// Looks up the targets of `scores` among the spans of `sessions`.
        init(
            _ scores: [Score], _ sessions: [String], _ inquiry: inout Inquiry
        ) throws(StoreError) {
            guard !scores.isEmpty else { return }
            let traces = scores.compactMap(\.trace)
            let spans = scores.filter { $0.trace == nil }.compactMap(\.span)
            let trace = Operand.column(SpanColumn.traceID)
            let span = Operand.column(SpanColumn.spanID)
            let session = Operand.column(SpanColumn.sessionID)
            let plan = Plan(
                table: Tables.spans, view: try inquiry.parameters.view(),
                filter: .and([
                    .isIn(session, sessions.map { .string($0) }),
                    .or([
                        .isIn(trace, traces.map { .string($0) }),
                        .isIn(span, spans.map { .string($0) }),
                    ]),
                ]),
                outputs: [
                    Plan.Output("trace", trace), Plan.Output("span", span),
                    Plan.Output("session", session),
                ], aggregates: [])
            let table = try inquiry.run(plan)
            let rows = zip(
                zip(
                    try table.columns[0].values.strings(),
                    try table.columns[1].values.strings()),
                try table.columns[2].values.strings())
            for ((trace, span), session) in rows {
                guard let session else { continue }
                for target in [
                    Target(trace: trace, span: span), Target(trace: trace, span: nil),
                    Target(trace: nil, span: span),
                ] where sessionsOfTarget[target]?.contains(session) != true {
                    sessionsOfTarget[target, default: []].append(session)
                }
            }
        }

        func sessions(of score: Score) -> [String] {
            sessionsOfTarget[Target(trace: score.trace, span: score.span)] ?? []
        }
    }
}
