// What `erase` means by a session, a trace, a user, a run, an experiment and a project: which rows of
// which tables. Several of them hold together. A span goes with all its writes as soon as one of them, or
// the state that they make, fits; a score goes when it is about a span that goes, or about a trace or
// session of which no span is left. What the store keeps for itself is of no project.

import SpanModel
import SpanQuery
import SpanStorage

/// Selectors of rows to erase.
package enum EraseSelector {
    /// The parameters that select, and `dry_run`.
    package static let spec = QuestionSpec(
        name: "erase", summary: "Erase rows and their bytes.", argument: nil,
        parameters: [
            ParameterSpec("session", "Spans and scores of a session."),
            ParameterSpec("trace", "Spans and scores of a trace."),
            ParameterSpec("user", "Spans of a user."),
            ParameterSpec("run", "Metrics, entities and spans of a run."),
            ParameterSpec("experiment", "Spans and the document of an experiment."),
            ParameterSpec("project", "Spans, metrics and entities of a project."),
            ParameterSpec("before", "Only what is older than a time, RFC 3339."),
            ParameterSpec("dry_run", "Count, and erase nothing."),
        ])

    /// The attribute by which a span belongs to a run.
    package static let runAttribute = "run_id"

    /// Kinds of entities that no project owns: what the store itself goes by.
    static let storeKinds = [PriceBook.kind, RunDirectory.idsKind, RetentionPolicies.kind]

    /// The erasure that parameters ask for, and whether it is only to be counted. Throws
    /// `invalidArgument` when nothing is selected.
    package static func request(
        _ values: [String: String], workspace: String
    ) throws(StoreError) -> (request: EraseRequest, isDryRun: Bool) {
        let parameters = try Parameters(values, spec: spec, now: 0)
        var before: Int64?
        if let text = parameters.text("before") {
            guard let instant = Instant.parse(text) ?? Instant.parse(text + "T00:00:00Z") else {
                throw .invalidArgument(name: "before", reason: "must be a date or an RFC 3339 time")
            }
            before = instant
        }
        var selection = Selection(before: before)
        for name in ["session", "trace", "user", "run", "experiment", "project"] {
            guard let text = parameters.text(name) else { continue }
            guard !text.isEmpty else { throw .invalidArgument(name: name, reason: "is empty") }
            selection.values[name] = text
        }
        guard !selection.values.isEmpty else {
            throw .invalidArgument(
                name: "erase",
                reason: "needs session, trace, user, run, experiment or project")
        }
        let tables = [
            (Tables.spans, selection.spans, nil), (Tables.metrics, selection.metrics, nil),
            (Tables.scores, selection.scores, nil),
            (Tables.entities, selection.entities, selection.parts),
        ].compactMap { table, conditions, alternative in
            conditions.map { TableErasure(table, $0, or: alternative) }
        }
        let request = EraseRequest(
            workspace: workspace, tables: tables, dependents: scoresOfSpans)
        return (request, try parameters.flag("dry_run"))
    }

    /// Scores are about a span, else a trace, else a session.
    private static let scoresOfSpans = DependentRows(
        Tables.scores, of: Tables.spans,
        keys: [
            DependentRows.Key(
                dependent: [ScoreColumn.traceID, ScoreColumn.spanID],
                target: [SpanColumn.traceID, SpanColumn.spanID]),
            DependentRows.Key(
                dependent: [ScoreColumn.traceID], target: [SpanColumn.traceID]),
            DependentRows.Key(
                dependent: [ScoreColumn.sessionID], target: [SpanColumn.sessionID]),
        ])
}

/// What was selected, by parameter, in terms of the tables: nil where a table has no such rows.
private struct Selection {
    let before: Int64?
    var values: [String: String] = [:]

    init(before: Int64?) { self.before = before }

    var spans: [RowCondition]? {
        var conditions = equal([
            "session": SpanColumn.sessionID, "trace": SpanColumn.traceID,
            "user": SpanColumn.userID, "experiment": SpanColumn.experiment,
            "project": SpanColumn.project,
        ])
        if let run = values["run"] {
            conditions.append(
                .member(
                    column: SpanColumn.attributes, key: EraseSelector.runAttribute, run))
        }
        return older(SpanColumn.startTime) + conditions
    }

    var metrics: [RowCondition]? {
        guard isWithin(["run", "project"]) else { return nil }
        return older(MetricColumn.time)
            + equal(["run": MetricColumn.runID, "project": MetricColumn.project])
    }

    var scores: [RowCondition]? {
        guard isWithin(["session", "trace"]) else { return nil }
        return older(ScoreColumn.time)
            + equal(["session": ScoreColumn.sessionID, "trace": ScoreColumn.traceID])
    }

    /// Entities have no time: with `before` all stay.
    var entities: [RowCondition]? {
        guard before == nil else { return nil }
        let project = equal(["project": EntityColumn.project])
        let isNoneOfTheStore = RowCondition.isNone(
            column: EntityColumn.kind, of: EraseSelector.storeKinds)
        if isWithin(["run", "project"]), let run = values["run"] {
            let kinds = RunEntity.allCases.map(\.rawValue)
            return project + [
                .isOne(column: EntityColumn.kind, of: kinds),
                .equals(column: EntityColumn.name, run),
            ]
        }
        if isWithin(["experiment", "project"]), let experiment = values["experiment"] {
            return project + [
                .equals(column: EntityColumn.kind, ExperimentEntities.kind),
                .equals(column: EntityColumn.name, experiment),
            ]
        }
        return isWithin(["project"]) ? project + [isNoneOfTheStore] : nil
    }

    /// The bytes of a run's files.
    var parts: [RowCondition]? {
        guard let run = values["run"] else { return nil }
        return equal(["project": EntityColumn.project]) + [
            .equals(column: EntityColumn.kind, RunEntity.filePart.rawValue),
            .begins(column: EntityColumn.name, with: run + "/"),
        ]
    }

    private func isWithin(_ names: Set<String>) -> Bool {
        values.keys.allSatisfy(names.contains)
    }

    private func equal(_ columns: [String: Int]) -> [RowCondition] {
        columns.sorted { $0.key < $1.key }.compactMap { name, column in
            values[name].map { .equals(column: column, $0) }
        }
    }

    private func older(_ column: Int) -> [RowCondition] {
        before.map { [.before(column: column, $0)] } ?? []
    }
}
