// The catalogue of named questions. The CLI makes its commands and the HTTP server its routes from
// it; both pass parameters as text under the names listed here.
// Order of calls: `Questions.answer` once per question; it never keeps state.

import SpanColumns
import SpanModel
import SpanQuery

/// A parameter of a question.
package struct ParameterSpec: Sendable, Equatable {
    /// snake_case, as in HTTP; the CLI's flag has dashes.
    package let name: String
    /// One line for help texts.
    package let summary: String

    package init(_ name: String, _ summary: String) {
        self.name = name
        self.summary = summary
    }
}

/// A question and what it takes.
package struct QuestionSpec: Sendable, Equatable {
    /// Words divided by `/`: the CLI's sub-commands and the path of the route.
    package let name: String
    package let summary: String
    /// The parameter that the CLI takes by position, if any.
    package let argument: ParameterSpec?
    package let parameters: [ParameterSpec]
    /// Whether it is mostly about so few rows that waking a thread for it takes as long as answering it.
    package var isOftenSmall = false

    /// Whether the question takes a parameter of this name.
    package func accepts(_ name: String) -> Bool {
        argument?.name == name || parameters.contains { $0.name == name }
    }
}

/// The answer to a question.
package struct Answer: Sendable {
    package let table: ResultTable
    /// What was read and left out, for `--explain`.
    package let explain: QueryStatistics
    /// Where the next page begins, for questions that page by cursor; nil: nothing is left.
    package let nextCursor: String?

    package init(table: ResultTable, explain: QueryStatistics, nextCursor: String? = nil) {
        self.table = table
        self.explain = explain
        self.nextCursor = nextCursor
    }
}

/// All named questions.
package enum Questions {
    /// The questions, in the order of help texts.
    package static let all: [QuestionSpec] = [
        LatencyQuestion.spec, SessionsQuestion.spec, SpanListQuestion.session,
        SpanListQuestion.trace, CostsQuestion.spec, MetricNamesQuestion.spec,
        MetricSeriesQuestion.spec, MetricSeriesQuestion.chart, MetricStatsQuestion.spec,
        MetricStatsQuestion.comparison, MetricLeaderboardQuestion.spec,
        MetricBestQuestion.spec, MetricHeartbeatQuestion.spec, ConflictsQuestion.spans,
        ConflictsQuestion.metrics,
        ScoresQuestion.list, ScoresQuestion.stats, ExperimentsQuestion.spec, PricesQuestion.spec,
        UsageQuestion.spec, TracesQuestion.spec,
    ]

    /// Answers the question called `name` at the moment `now` (nanoseconds since the epoch). Throws
    /// `unknown` for a question or column that does not exist, `invalidArgument` for a parameter.
    package static func answer(
        _ name: String, parameters: [String: String], tables: any TableProvider, now: Int64
    ) throws(StoreError) -> Answer {
        guard let spec = all.first(where: { $0.name == name }) else {
            throw .unknown(what: "question", name: name)
        }
        var inquiry = Inquiry(
            parameters: try Parameters(parameters, spec: spec, now: now), tables: tables)
        let table: ResultTable
        switch name {
        case LatencyQuestion.spec.name: table = try LatencyQuestion.answer(&inquiry)
        case SessionsQuestion.spec.name: table = try SessionsQuestion.answer(&inquiry)
        case SpanListQuestion.session.name:
            table = try SpanListQuestion.answer(&inquiry, column: SpanColumn.sessionID)
        case SpanListQuestion.trace.name:
            table = try SpanListQuestion.answer(&inquiry, column: SpanColumn.traceID)
        case TracesQuestion.spec.name: table = try TracesQuestion.answer(&inquiry)
        case CostsQuestion.spec.name: table = try CostsQuestion.answer(&inquiry)
        case ScoresQuestion.list.name: table = try ScoresQuestion.answerList(&inquiry)
        case ScoresQuestion.stats.name: table = try ScoresQuestion.answerStats(&inquiry)
        case ExperimentsQuestion.spec.name: table = try ExperimentsQuestion.answer(&inquiry)
        case UsageQuestion.spec.name: table = try UsageQuestion.answer(&inquiry)
        case PricesQuestion.spec.name: table = try PricesQuestion.answer(&inquiry)
        case MetricNamesQuestion.spec.name: table = try MetricNamesQuestion.answer(&inquiry)
        case MetricSeriesQuestion.spec.name: table = try MetricSeriesQuestion.answer(&inquiry)
        case MetricSeriesQuestion.chart.name:
            table = try MetricSeriesQuestion.answerChart(&inquiry)
        case MetricStatsQuestion.comparison.name:
            table = try MetricStatsQuestion.compare(&inquiry)
        case MetricLeaderboardQuestion.spec.name:
            table = try MetricLeaderboardQuestion.answer(&inquiry)
        case MetricBestQuestion.spec.name: table = try MetricBestQuestion.answer(&inquiry)
        case MetricHeartbeatQuestion.spec.name:
            table = try MetricHeartbeatQuestion.answer(&inquiry)
        case ConflictsQuestion.spans.name: table = try ConflictsQuestion.answerSpans(&inquiry)
        case ConflictsQuestion.metrics.name:
            table = try ConflictsQuestion.answerMetrics(&inquiry)
        default: table = try MetricStatsQuestion.answer(&inquiry)
        }
        return Answer(
            table: table, explain: inquiry.statistics, nextCursor: inquiry.nextCursor)
    }
}

/// A question being answered.
struct Inquiry {
    let parameters: Parameters
    let tables: any TableProvider
    var statistics = QueryStatistics()
    /// Where the next page begins.
    var nextCursor: String?

    init(parameters: Parameters, tables: any TableProvider) {
        self.parameters = parameters
        self.tables = tables
    }

    /// Runs a plan, adding to the statistics.
    mutating func run(_ plan: Plan) throws(StoreError) -> ResultTable {
        try run(plan, over: tables)
    }

    /// The same, with the count of all rows that match.
    mutating func runCounted(_ plan: Plan) throws(StoreError) -> ResultTable {
        try Executor.runCounted(plan, tables: tables, statistics: &statistics)
    }

    /// Runs a plan over other tables than the store's, adding to the statistics.
    mutating func run(
        _ plan: Plan, over tables: any TableProvider
    ) throws(StoreError) -> ResultTable {
        try Executor.run(plan, tables: tables, statistics: &statistics)
    }

    /// Gives the rows of a plan to a kernel, a page at a time, adding to the statistics; those of other
    /// tables than the store's when there are such.
    mutating func fold<Fold: RowFold>(
        _ plan: Plan, into empty: Fold, over others: (any TableProvider)? = nil
    ) throws(StoreError) -> Fold {
        var budget = QueryBudget()
        budget.morselRows = Limits.pageRowsMax
        return try Executor.fold(
            plan, into: empty, tables: others ?? tables, budget: budget, statistics: &statistics)
    }

    /// Orders and pages groups, which a plan gives in order of their keys, as the parameters say.
    func arrange(groups: ResultTable, by keys: [Plan.Output]) throws(StoreError) -> ResultTable {
        guard try parameters.order().isEmpty else {
            return try arrange(groups, ties: keys.map(\.name))
        }
        return groups.page(offset: try parameters.offset(), limit: try parameters.limit())
    }

    /// Orders and pages a finished result as the parameters say. `ties` make the order total; they
    /// are also the order when none is asked for.
    func arrange(_ table: ResultTable, ties: [String]) throws(StoreError) -> ResultTable {
        let order = try parameters.order() + ties.map { Plan.Order($0) }
        return try table.sorted(
            order, offset: try parameters.offset(), limit: try parameters.limit())
    }
}
