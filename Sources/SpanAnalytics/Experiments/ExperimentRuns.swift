// The runs of experiments: a session is a run of each experiment that one of its root spans names, and
// the earliest such root speaks for it. What a run spent is summed over all spans of its session, in
// any trace and from any source.
// Order of calls: `read`, then `usage` and `scores` for the sessions that matter.

import SpanColumns
import SpanModel
import SpanQuery

/// A session of an experiment.
package struct ExperimentRun: Sendable {
    package let experiment: String
    package let session: String
    /// Of the earliest root; times in nanoseconds since the epoch.
    package let trace: String
    package let rootSpan: String
    package let start: Int64
    package let end: Int64?
    package let status: String?
    package let testCase: String?

    /// Whole milliseconds from start to end; nil while the root is unfinished.
    package var latencyMilliseconds: Double? {
        end.map { Double(($0 &- start) / 1_000_000) }
    }
}

/// Sums over the spans of a session; nil where no span has the figure.
package struct SessionUsage: Sendable {
    package var inputTokens: Int64?
    package var outputTokens: Int64?
    package var cachedTokens: Int64?
    /// Picodollars.
    package var cost: Int64?
    /// Distinct, sorted.
    package var models: [String] = []
    package var agents: [String] = []

    /// Of a session without spans.
    package init() {}

    init(
        inputTokens: Int64?, outputTokens: Int64?, cachedTokens: Int64?, cost: Int64?,
        models: [String], agents: [String]
    ) {
        self.inputTokens = inputTokens
        self.outputTokens = outputTokens
        self.cachedTokens = cachedTokens
        self.cost = cost
        self.models = models
        self.agents = agents
    }
}

/// Questions about experiments, on one snapshot.
package struct ExperimentRuns {
    private var inquiry: Inquiry

    package init(tables: any TableProvider) throws(StoreError) {
        inquiry = Inquiry(
            parameters: try Parameters([:], spec: ExperimentsQuestion.spec, now: 0),
            tables: tables)
    }

    init(_ inquiry: Inquiry) { self.inquiry = inquiry }

    /// What was read.
    var statistics: QueryStatistics { inquiry.statistics }

    /// The runs of some experiments, or of all, ordered by start and root span.
    package mutating func read(
        experiments: [String]? = nil, from: Int64? = nil, to: Int64? = nil
    ) throws(StoreError) -> [ExperimentRun] {
        let experiment = Operand.column(SpanColumn.experiment)
        let plan = Plan(
            table: Tables.spans,
            filter: .and([
                experiments.map { .isIn(experiment, $0.map { .string($0) }) }
                    ?? .not(.isNull(experiment)),
                .isNull(.column(SpanColumn.parentSpanID)),
                .not(.isNull(.column(SpanColumn.sessionID))),
            ]),
            outputs: [
                Plan.Output("experiment", experiment),
                Plan.Output("session", .column(SpanColumn.sessionID)),
            ],
            aggregates: [
                Aggregate(
                    ["start", "end", "status", "test_case", "span", "trace"],
                    .first(
                        values: [
                            SpanColumn.startTime, SpanColumn.endTime, SpanColumn.status,
                            SpanColumn.testCaseID, SpanColumn.spanID, SpanColumn.traceID,
                        ].map { .column($0) }, by: SessionPlan.earliest))
            ])
        let runs = try Self.runs(try inquiry.run(plan))
        return runs.filter { run in
            (from.map { run.start >= $0 } ?? true) && (to.map { run.start < $0 } ?? true)
        }.sorted { ($0.start, $0.rootSpan, $0.session) < ($1.start, $1.rootSpan, $1.session) }
    }

    private static func runs(_ table: ResultTable) throws(StoreError) -> [ExperimentRun] {
        let experiments = try table.column("experiment").values.strings()
        let sessions = try table.column("session").values.strings()
        let starts = try table.column("start").values.integers()
        let ends = try table.column("end").values.integers()
        let statuses = try table.column("status").values.strings()
        let testCases = try table.column("test_case").values.strings()
        let spans = try table.column("span").values.strings()
        let traces = try table.column("trace").values.strings()
        return (0..<table.rowCount).map { row in
            ExperimentRun(
                experiment: experiments[row] ?? "", session: sessions[row] ?? "",
                trace: traces[row] ?? "", rootSpan: spans[row] ?? "", start: starts[row] ?? 0,
                end: ends[row], status: statuses[row], testCase: testCases[row])
        }
    }

    /// What sessions spent.
    package mutating func usage(
        of sessions: [String]
    ) throws(StoreError) -> [String: SessionUsage] {
        guard !sessions.isEmpty else { return [:] }
        let session = Operand.column(SpanColumn.sessionID)
        let plan = Plan(
            table: Tables.spans, filter: .isIn(session, sessions.map { .string($0) }),
            outputs: [Plan.Output("session", session)],
            aggregates: [
                Aggregate("input", .sum(.column(SpanColumn.inputTokens))),
                Aggregate("output", .sum(.column(SpanColumn.outputTokens))),
                Aggregate("cached", .sum(.column(SpanColumn.cachedTokens))),
                Aggregate("cost", .sum(.column(SpanColumn.cost))),
                Aggregate("models", .distinctList(.column(SpanColumn.model))),
                Aggregate("agents", .distinctList(.column(SpanColumn.agentName))),
            ])
        let table = try inquiry.run(plan)
        let names = try table.column("session").values.strings()
        let sums = [
            try table.column("input").values.integers(),
            try table.column("output").values.integers(),
            try table.column("cached").values.integers(),
            try table.column("cost").values.integers(),
        ]
        let models = try table.column("models").values.strings()
        let agents = try table.column("agents").values.strings()
        var usage: [String: SessionUsage] = [:]
        for (row, name) in names.enumerated() {
            guard let name else { continue }
            usage[name] = SessionUsage(
                inputTokens: sums[0][row], outputTokens: sums[1][row], cachedTokens: sums[2][row],
                cost: sums[3][row], models: StringList.read(models[row]),
                agents: StringList.read(agents[row]))
        }
        return usage
    }

    /// The means of the scores of sessions, by name.
    package mutating func scores(
        of sessions: [String]
    ) throws(StoreError) -> [String: [String: Double]] {
        try SessionScores.means(for: sessions, &inquiry)
    }

    /// What the earliest roots of runs were asked, by session.
    package mutating func inputs(of runs: [ExperimentRun]) throws(StoreError) -> [String: String] {
        guard !runs.isEmpty else { return [:] }
        let session = Operand.column(SpanColumn.sessionID)
        let span = Operand.column(SpanColumn.spanID)
        let plan = Plan(
            table: Tables.spans,
            filter: .and([
                .isIn(session, runs.map { .string($0.session) }),
                .isIn(span, runs.map { .string($0.rootSpan) }),
            ]),
            outputs: [
                Plan.Output("session", session), Plan.Output("span", span),
                Plan.Output("input", .column(SpanColumn.input)),
            ])
        let table = try inquiry.run(plan)
        let sessions = try table.column("session").values.strings()
        let spans = try table.column("span").values.strings()
        let inputs = try table.column("input").values.strings()
        let roots = Dictionary(runs.map { ($0.session, $0.rootSpan) }) { first, _ in first }
        var found: [String: String] = [:]
        for (row, session) in sessions.enumerated() {
            guard let session, roots[session] == spans[row] else { continue }
            found[session] = inputs[row]
        }
        return found
    }
}
