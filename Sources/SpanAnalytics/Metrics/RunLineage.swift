// The runs that a run was forked from. A run is an entity of kind `run`, named by its id; the body of
// a forked one says `forked_from_run_id` and `fork_step`. The line of a run is its parent's up to and
// with the fork step, and its own behind it; so for the parent, and on.

import SpanColumns
import SpanModel
import SpanQuery

/// A run and its ancestors, each with the steps that count of it.
struct RunLineage {
    private struct Part {
        let run: String
        /// Steps above this; nil: all.
        let after: Int64?
        /// Steps up to this; nil: all.
        let through: Int64?
    }

    private let parts: [Part]

    /// The lineage of `run`. Throws `limitExceeded` when it is too long, or goes in a circle.
    static func of(
        _ run: String, _ project: String?, _ inquiry: inout Inquiry
    ) throws(StoreError) -> RunLineage {
        var parts: [Part] = []
        var run = run
        var through: Int64?
        while true {
            let fork = try fork(of: run, project, &inquiry)
            parts.append(Part(run: run, after: fork?.step, through: through))
            guard let fork else { return RunLineage(parts: parts) }
            guard parts.count <= MetricLimits.lineageDepthMax else {
                throw .limitExceeded(
                    limit: "runs that a run descends from", value: parts.count,
                    maximum: MetricLimits.lineageDepthMax)
            }
            run = fork.run
            through = min(through ?? fork.step, fork.step)
        }
    }

    /// A selection of the points of a run as one of the points of its lineage.
    func extend(_ selection: MetricSelection) -> MetricSelection {
        var extended = selection
        extended.runs = parts.map(\.run)
        extended.places = .and([
            selection.places,
            .or(
                parts.map { part in
                    .and([
                        .compare(.column(MetricColumn.runID), .equal, .string(part.run)),
                        MetricSelection.steps(
                            from: part.after.map { $0 == .max ? $0 : $0 + 1 },
                            through: part.through),
                    ])
                }),
        ])
        return extended
    }

    /// Where a run was forked off; nil when it was not, or is unknown.
    private static func fork(
        of run: String, _ project: String?, _ inquiry: inout Inquiry
    ) throws(StoreError) -> (run: String, step: Int64)? {
        var parts: [Predicate] = [
            .compare(.column(EntityColumn.kind), .equal, .string(RunEntity.run.rawValue)),
            .compare(.column(EntityColumn.name), .equal, .string(run)),
        ]
        if let project {
            parts.append(.compare(.column(EntityColumn.project), .equal, .string(project)))
        }
        func member(_ key: String) -> Plan.Output {
            Plan.Output(key, .attribute(column: EntityColumn.body, key: key))
        }
        let table = try inquiry.run(
            Plan(
                table: Tables.entities, filter: .and(parts),
                outputs: [member("forked_from_run_id"), member("fork_step")]))
        let parents = try table.columns[0].values.strings()
        let steps = try table.columns[1].values.strings()
        for (parent, step) in zip(parents, steps) {
            if let parent, let step = step.flatMap({ Int64($0) }) { return (parent, step) }
        }
        return nil
    }
}
