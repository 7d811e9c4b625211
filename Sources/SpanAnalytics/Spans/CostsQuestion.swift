// `costs`: tokens and cost by group. Only spans that carry a cost or tokens take part. A span with
// tokens but no cost is unpriced: its tokens are counted apart, never as a cost of 0. By project,
// provider, model and whole UTC days the answer is added up from the costs rollup.

import SpanColumns
import SpanModel
import SpanQuery

enum CostsQuestion {
    static let spec = QuestionSpec(
        name: "costs", summary: "Tokens and cost by group", argument: nil,
        parameters: [SpanFilters.by, SpanFilters.bucket, SpanFilters.zone]
            + ParameterSpec.common)

    static func answer(_ inquiry: inout Inquiry) throws(StoreError) -> ResultTable {
        let keys = try SpanFilters.keys(inquiry.parameters, default: "model")
        let table: ResultTable
        if let added = try fromEntries(keys, &inquiry) {
            table = added
        } else {
            let plan = CostPlan.overSpans(
                view: try inquiry.parameters.view(),
                filter: try SpanFilters.predicate(inquiry.parameters), keys: keys)
            table = try inquiry.run(plan)
        }
        return try inquiry.arrange(table, ties: keys.map(\.name))
    }

    /// The groups of the rollup's entries; nil when they do not tell what is asked.
    private static func fromEntries(
        _ keys: [Plan.Output], _ inquiry: inout Inquiry
    ) throws(StoreError) -> ResultTable? {
        let parameters = inquiry.parameters
        let window = try parameters.window()
        var outputs: [Plan.Output] = []
        for key in keys {
            guard let operand = CostPlan.overEntries(key.operand) else { return nil }
            outputs.append(Plan.Output(key.name, operand))
        }
        guard try parameters.view() == .dedup, parameters.text("where") == nil,
            [window.from, window.to].allSatisfy({ $0.map(Instant.isStartOfDay) ?? true })
        else { return nil }
        let rows = CostPlan.entries(filter: try SpanFilters.predicate(parameters))
        guard let entries = try RollupEntries(Rollups.costs, plan: rows, &inquiry) else {
            return nil
        }
        var parts = [
            Predicate.window(
                .column(Rollups.costs.column("day")), from: window.from, to: window.to)
        ]
        if let project = parameters.text("project") {
            parts.append(
                .compare(
                    .column(Rollups.costs.column("project")), .equal, .string(project)))
        }
        return try inquiry.run(
            CostPlan.overEntries(filter: .and(parts), keys: outputs), over: entries)
    }
}
