// `metrics names`: the metrics of a run, with how many points of the view they have, non-finite
// ones included.

import SpanColumns
import SpanModel
import SpanQuery

enum MetricNamesQuestion {
    static let spec = QuestionSpec(
        name: "metrics/names", summary: "The metrics of a run", argument: nil,
        parameters: [MetricFilters.run] + ParameterSpec.common)

    static func answer(_ inquiry: inout Inquiry) throws(StoreError) -> ResultTable {
        let plan = Plan(
            table: Tables.metrics, view: try inquiry.parameters.view(),
            filter: try MetricFilters.predicate(inquiry.parameters),
            outputs: [Plan.Output("name", .column(MetricColumn.name))],
            aggregates: [
                Aggregate("count", .count),
                Aggregate("min_step", .minimum(.column(MetricColumn.step))),
                Aggregate("max_step", .maximum(.column(MetricColumn.step))),
            ])
        return try inquiry.arrange(try inquiry.run(plan), ties: ["name"])
    }
}
