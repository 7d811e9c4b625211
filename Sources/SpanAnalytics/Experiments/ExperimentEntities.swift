// Experiments as documents: entities of the kind `experiment`. They exist apart from their runs, and a
// run may name one that has no document.

import SpanColumns
import SpanModel
import SpanQuery

/// The document of an experiment.
package struct ExperimentEntity: Sendable {
    package let name: String
    /// A JSON object.
    package let body: [UInt8]
    package let ingestTime: Int64

    package init(name: String, body: [UInt8], ingestTime: Int64) {
        self.name = name
        self.body = body
        self.ingestTime = ingestTime
    }
}

package enum ExperimentEntities {
    /// The entity's kind.
    package static let kind = "experiment"

    /// The documents in the order of names; with `name` that one alone.
    package static func read(
        name: String? = nil, tables: any TableProvider
    ) throws(StoreError) -> [ExperimentEntity] {
        var filter = [
            Predicate.compare(.column(EntityColumn.kind), .equal, .string(kind))
        ]
        if let name {
            filter.append(.compare(.column(EntityColumn.name), .equal, .string(name)))
        }
        var plan = Plan(
            table: Tables.entities, filter: .and(filter),
            outputs: [
                Plan.Output("name", .column(EntityColumn.name)),
                Plan.Output("body", .column(EntityColumn.body)),
                Plan.Output("time", .column(SystemColumn.ingestTime)),
            ])
        plan.tieBreak = [.column(EntityColumn.name), .column(EntityColumn.project)]
        var statistics = QueryStatistics()
        let table = try Executor.run(plan, tables: tables, statistics: &statistics)
        let names = try table.column("name").values.strings()
        let bodies = try table.column("body").values.strings()
        let times = try table.column("time").values.integers()
        var entities: [ExperimentEntity] = []
        for row in 0..<table.rowCount where names[row] != entities.last?.name {
            entities.append(
                ExperimentEntity(
                    name: names[row] ?? "", body: Array((bodies[row] ?? "{}").utf8),
                    ingestTime: times[row] ?? 0))
        }
        return entities
    }
}
