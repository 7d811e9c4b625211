// Sessions that lie in several segments: what their entries say together. Sums are added, extents joined,
// and the entry whose root is the earliest gives what a root does. What follows from a trace as a whole
// (that it is one, and what its spans effectively used) does not add up where a trace lies in several
// segments: its spans are read, together and by segment, and the difference is added as an entry more.
// Cost: that of grouping the entries, and of reading those spans once.

import SpanColumns
import SpanModel
import SpanQuery

/// Entries of sessions as a table that plans read, lists of models as strings.
struct AddedSessions: TableProvider, ColumnSource {
    let schema = TableSchema.derived(
        name: Rollups.sessions.name,
        columns: Rollups.sessions.columns.map {
            $0.name == "models" ? ColumnSchema($0.name, .string) : $0
        })
    private let groups: [any RowGroup]
    var rowCount: Int { groups.reduce(0) { $0 + $1.rowCount } }

    /// The sessions of entries of `Rollups.sessions`, with its columns.
    static func sessions(
        _ addable: AddableGroups, statistics: inout QueryStatistics
    ) throws(StoreError) -> ResultTable {
        var groups = addable.entries
        if !addable.shared.isEmpty {
            let traces = try SharedTraces.differences(addable.shared, statistics: &statistics)
            groups += try DerivedTable(schema: Rollups.sessions.table, rows: traces)
                .rowGroups(within: [])
        }
        let source = AddedSessions(groups: groups)
        let added = try Executor.run(source.plan, tables: source, statistics: &statistics)
        var models = try Executor.fold(
            ModelLists.plan(source.schema), into: ModelLists(), tables: source,
            statistics: &statistics)
        var effective: [ResultColumn] = []
        for name in SharedTraces.effectiveFields { effective.append(try added.column(name)) }
        return try SessionPlan.finish(
            added, models: models.column(of: try added.column("session_id")), effective: effective)
    }

    private init(groups: [any RowGroup]) { self.groups = groups }

    func source(_ table: TableSchema, view: View) -> any ColumnSource { self }

    func rowGroups(within bounds: [ColumnBound]) -> [any RowGroup] {
        groups.map { EntriesWithLists(base: $0) }
    }

    // MARK: Plan

    private static func column(_ name: String) -> Operand { .column(Rollups.sessions.column(name)) }

    private static let sums =
        [
            "span_count", "trace_count", "error_count", "llm_count", "input_tokens",
            "output_tokens", "cached_tokens", "reasoning_tokens", "total_tokens", "cost_usd",
        ] + SharedTraces.effectiveFields

    private var plan: Plan {
        let hasRoot = Predicate.not(.isNull(Self.column("root_started_at")))
        let experiment = Self.column("experiment")
        // Only entries of spans have a start.
        let isUnfinished = Predicate.and([
            .not(.isNull(Self.column("started_at"))), .isNull(Self.column("ended_at")),
        ])
        return Plan(
            table: schema, outputs: [Plan.Output("session_id", Self.column("session_id"))],
            aggregates: [
                Aggregate("started_at", .minimum(Self.column("started_at"))),
                Aggregate("last_end", .maximum(Self.column("ended_at"))),
                Aggregate("unfinished", .count, filter: isUnfinished),
                Aggregate(
                    SessionPlan.rootFields,
                    .first(
                        values: [
                            "project", "status", "test_case_id", "experiment", "root_started_at",
                        ].map(Self.column), by: [Self.column("root_started_at")]), filter: hasRoot),
                Aggregate(
                    ["span_project"],
                    .first(values: [Self.column("project")], by: [Self.column("started_at")])),
                Aggregate("least_experiment", .minimum(experiment), filter: hasRoot),
                Aggregate("greatest_experiment", .maximum(experiment), filter: hasRoot),
                Aggregate("root_count", .count, filter: hasRoot),
                Aggregate("experiment_count", .countValues(experiment), filter: hasRoot),
                Aggregate("is_mixed", .maximum(Self.column("is_mixed"))),
                Aggregate(
                    "worst_status",
                    .highestRanked(Self.column("worst_status"), rank: { StatusRank.of($0) })),
            ] + Self.sums.map { Aggregate($0, .sum(Self.column($0))) })
    }
}

/// Entries whose lists of models are strings.
private struct EntriesWithLists: RowGroup {
    let base: any RowGroup

    var rowCount: Int { base.rowCount }
    func selection() throws(StoreError) -> [UInt32]? { try base.selection() }
    func zone(_ column: Int) -> ZoneMap? { base.zone(column) }

    func vector(_ column: Int, rows: Range<Int>) throws(StoreError) -> ColumnVector {
        try base.vector(column, rows: rows).withTextsAsStrings()
    }

    func dictionary(_ column: Int) throws(StoreError) -> StringDictionary? {
        try base.dictionary(column)
    }
}
