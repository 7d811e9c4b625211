// `costs`: tokens and cost by group. Only spans that carry a cost or tokens take part. A span with
// tokens but no cost gets one from the price tables (`CostDerivation`); where no table knows its model
// it is unpriced: its tokens are counted apart, never as a cost of 0. By project, provider, model and
// whole UTC days what is given is added up from the costs rollup.

import SpanColumns
import SpanModel
import SpanQuery

enum CostsQuestion {
    static let spec = QuestionSpec(
        name: "costs", summary: "Tokens and cost by group", argument: nil,
        parameters: [SpanFilters.by, SpanFilters.bucket, SpanFilters.zone]
            + ParameterSpec.common)

    static func answer(_ inquiry: inout Inquiry) throws(StoreError) -> ResultTable {
        let parameters = inquiry.parameters
        let keys = try SpanFilters.keys(parameters, default: "model")
        let filter = try SpanFilters.predicate(parameters)
        let view = try parameters.view()
        let entries = try entries(keys, &inquiry)
        var table: ResultTable
        if let entries {
            let plan = CostPlan.overEntries(filter: entries.filter, keys: entries.keys)
            table = try inquiry.run(plan, over: entries.table)
        } else {
            table = try inquiry.run(CostPlan.overSpans(view: view, filter: filter, keys: keys))
        }
        let unpriced = try table.column("unpriced_count").values.integers()
        if !unpriced.allSatisfy({ $0 == 0 }) {
            let derivation = CostDerivation(
                try PriceBook(tables: inquiry.tables), keys: keys, filter: filter, view: view)
            let derived = try derivation.derive(from: entries, &inquiry)
            table = try priced(table, keys: keys.count, derived)
        }
        return try inquiry.arrange(groups: table, by: keys)
    }

    /// The rollup's entries for what is asked; nil when they do not tell.
    private static func entries(
        _ keys: [Plan.Output], _ inquiry: inout Inquiry
    ) throws(StoreError) -> CostEntries? {
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
        guard let table = try RollupEntries(Rollups.costs, plan: rows, &inquiry) else {
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
        return CostEntries(table: table, filter: .and(parts), keys: outputs)
    }

    /// The table with derived costs moved from the unpriced to the priced.
    private static func priced(
        _ table: ResultTable, keys: Int, _ derived: [[GroupKey]: CostDerivation.Derived]
    ) throws(StoreError) -> ResultTable {
        guard !derived.isEmpty else { return table }
        let groups = try (0..<keys).map { index throws(StoreError) in
            try GroupKey.values(table.columns[index].values)
        }
        var costs = try table.column("cost_usd").values.integers()
        var priced = try table.column("priced_count").values.integers()
        var unpriced = try table.column("unpriced_count").values.integers()
        var tokens = try table.column("unpriced_tokens").values.integers()
        for row in 0..<table.rowCount {
            guard let found = derived[groups.map { $0[row] }] else { continue }
            let cost = found.cost + Int128(costs[row] ?? 0)
            guard let sum = Int64(exactly: cost) else {
                throw .limitExceeded(limit: "cost_usd", value: .max, maximum: .max)
            }
            costs[row] = sum
            priced[row] = (priced[row] ?? 0) + found.count
            unpriced[row] = (unpriced[row] ?? 0) - found.count
            tokens[row] = unpriced[row] == 0 ? nil : tokens[row].map { $0 - (found.tokens ?? 0) }
        }
        let changed = [
            ResultColumn("cost_usd", .money, costs),
            ResultColumn("priced_count", .int64, priced),
            ResultColumn("unpriced_count", .int64, unpriced),
            ResultColumn("unpriced_tokens", .int64, tokens),
        ]
        return ResultTable(
            columns: table.columns.map { column in
                changed.first { $0.name == column.name } ?? column
            }, rowCount: table.rowCount)
    }
}

/// Entries of `Rollups.costs` in place of spans.
struct CostEntries {
    let table: RollupEntries
    /// What is asked, over entries.
    let filter: Predicate
    /// The question's group keys, over entries.
    let keys: [Plan.Output]
}
