// The grouping behind `sessions`, and the session's own fields from its groups. The earliest root
// is the span without a parent that started first, then by span id; it gives project, status, test
// case and experiment. When an experiment is asked for, only that experiment's roots count as such.

import SpanColumns
import SpanModel
import SpanQuery

enum SessionPlan {
    /// Groups of spans by session.
    static func plan(view: View, experiment: String?) -> Plan {
        let session = Operand.column(SpanColumn.sessionID)
        var root = Predicate.isNull(.column(SpanColumn.parentSpanID))
        if let experiment {
            root = .and([
                root, .compare(.column(SpanColumn.experiment), .equal, .string(experiment)),
            ])
        }
        return Plan(
            table: Tables.spans, view: view, filter: .not(.isNull(session)),
            outputs: [Plan.Output("session_id", session)],
            aggregates: extent + roots(root) + experiments(root) + counts + sums)
    }

    /// Whether the roots of a session differ in their experiment.
    private static func experiments(_ root: Predicate) -> [Aggregate] {
        let experiment = Operand.column(SpanColumn.experiment)
        return [
            Aggregate("least_experiment", .minimum(experiment), filter: root),
            Aggregate("greatest_experiment", .maximum(experiment), filter: root),
            Aggregate("root_count", .count, filter: root),
            Aggregate("experiment_count", .countValues(experiment), filter: root),
        ]
    }

    /// The order in which the first span of a group is the earliest.
    static let earliest: [Operand] = [
        .column(SpanColumn.startTime), .column(SpanColumn.spanID), .column(SpanColumn.traceID),
        .column(SpanColumn.source), .arrival,
    ]

    /// When a group of spans began.
    static let start = Aggregate("started_at", .minimum(.column(SpanColumn.startTime)))

    /// When a group of spans began and ended.
    static let extent = [
        start,
        Aggregate("last_end", .maximum(.column(SpanColumn.endTime))),
        Aggregate("unfinished", .count, filter: .isNull(.column(SpanColumn.endTime))),
    ]

    /// What the earliest root says.
    static let rootFields = [
        "root_project", "status", "test_case_id", "experiment", "root_started_at",
    ]

    private static func roots(_ root: Predicate) -> [Aggregate] {
        [
            Aggregate(
                rootFields,
                .first(
                    values: [
                        .column(SpanColumn.project), .column(SpanColumn.status),
                        .column(SpanColumn.testCaseID), .column(SpanColumn.experiment),
                        .column(SpanColumn.startTime),
                    ], by: earliest), filter: root),
            Aggregate(
                ["span_project"], .first(values: [.column(SpanColumn.project)], by: earliest)),
        ]
    }

    static let counts = [
        Aggregate(
            "worst_status",
            .highestRanked(.column(SpanColumn.status), rank: { StatusRank.of($0) })),
        Aggregate("span_count", .count),
        Aggregate(
            "trace_count",
            .countDistinct([.column(SpanColumn.source), .column(SpanColumn.traceID)])),
        Aggregate(
            "error_count", .count,
            filter: .compare(.column(SpanColumn.status), .equal, .string("error"))),
        Aggregate(
            "llm_count", .count,
            filter: .like(.column(SpanColumn.kind), pattern: "llm", ignoringCase: true)),
    ]

    static let sums = [
        Aggregate("input_tokens", .sum(.column(SpanColumn.inputTokens))),
        Aggregate("output_tokens", .sum(.column(SpanColumn.outputTokens))),
        Aggregate("cached_tokens", .sum(.column(SpanColumn.cachedTokens))),
        Aggregate("reasoning_tokens", .sum(.column(SpanColumn.reasoningTokens))),
        Aggregate("total_tokens", .sum(.column(SpanColumn.totalTokens))),
        Aggregate("cost_usd", .sum(.column(SpanColumn.cost))),
        Aggregate("models", .distinctList(.column(SpanColumn.model))),
    ]

    /// The sessions of the spans of some tables, with the columns of `Rollups.sessions`.
    static func sessions(
        view: View, experiment: String? = nil, tables: any TableProvider,
        budget: QueryBudget = QueryBudget(), statistics: inout QueryStatistics
    ) throws(StoreError) -> ResultTable {
        let groups = try Executor.run(
            plan(view: view, experiment: experiment), tables: tables, budget: budget,
            statistics: &statistics)
        var usage = try Executor.fold(
            EffectiveSessions.plan(view: view), into: EffectiveSessions(), tables: tables,
            budget: budget, statistics: &statistics)
        return try finish(
            groups, models: try groups.column("models"),
            effective: usage.columns(of: try groups.column("session_id")))
    }

    /// The columns of `Rollups.sessions`.
    static func finish(
        _ groups: ResultTable, models: ResultColumn, effective: [ResultColumn]
    ) throws(StoreError) -> ResultTable {
        var columns = [try groups.column("session_id"), try project(of: groups)]
        columns += try times(of: groups)
        for name in [
            "status", "worst_status", "span_count", "trace_count", "error_count", "llm_count",
            "input_tokens", "output_tokens", "cached_tokens", "reasoning_tokens", "total_tokens",
            "cost_usd",
        ] {
            columns.append(try groups.column(name))
        }
        columns.append(models)
        columns += [try groups.column("test_case_id"), try groups.column("experiment")]
        columns += effective
        columns += [try isMixed(groups), try groups.column("root_started_at")]
        return ResultTable(columns: columns, rowCount: groups.rowCount)
    }

    private static func isMixed(_ groups: ResultTable) throws(StoreError) -> ResultColumn {
        let least = try groups.column("least_experiment").values.strings()
        let greatest = try groups.column("greatest_experiment").values.strings()
        let roots = try groups.column("root_count").values.integers()
        let known = try groups.column("experiment_count").values.integers()
        let partMixed = groups.columns.first { $0.name == "is_mixed" }?.values.integers()
        return ResultColumn(
            "is_mixed", .bool,
            least.indices.map { row -> Int64 in
                let someLackIt = known[row] != 0 && known[row] != roots[row]
                let isMixed = least[row] != greatest[row] || someLackIt || partMixed?[row] == 1
                return isMixed ? 1 : 0
            })
    }

    /// `project` of groups of spans: the earliest root's, without one the earliest span's.
    static func project(of groups: ResultTable) throws(StoreError) -> ResultColumn {
        let projects = zip(
            try groups.column("root_project").values.strings(),
            try groups.column("span_project").values.strings()
        ).map { $0 ?? $1 }
        return ResultColumn("project", projects)
    }

    /// `started_at`, `ended_at` and `duration_ms` of groups of spans.
    static func times(of groups: ResultTable) throws(StoreError) -> [ResultColumn] {
        let started = try groups.column("started_at").values.integers()
        let unfinished = try groups.column("unfinished").values.integers()
        let ended = zip(try groups.column("last_end").values.integers(), unfinished).map {
            $1 == 0 ? $0 : nil
        }
        let durations = zip(started, ended).map { start, end -> Double? in
            guard let start, let end else { return nil }
            let (duration, overflow) = end.subtractingReportingOverflow(start)
            return overflow ? nil : Double(duration) / 1e6
        }
        return [
            try groups.column("started_at"), ResultColumn("ended_at", .instant, ended),
            ResultColumn("duration_ms", durations),
        ]
    }
}

/// How bad a status is: error > timeout > cancelled > any other word > unset > ok.
enum StatusRank {
    static func of(_ status: String) -> Int {
        switch status {
        case "error": 5
        case "timeout": 4
        case "cancelled", "canceled": 3
        case "unset": 1
        case "ok", "success": 0
        default: 2
        }
    }
}
