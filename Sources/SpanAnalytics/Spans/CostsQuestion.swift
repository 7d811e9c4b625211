// `costs`: tokens and cost by group. Only spans that carry a cost or tokens take part. A span with
// tokens but no cost gets one from the price tables (`CostDerivation`); where no table knows its model
// it is unpriced: its tokens are counted apart, never as a cost of 0.

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
        let given = try inquiry.run(plan(keys, filter, view))
        let isComplete = try given.column("unpriced_count").values.integers().allSatisfy { $0 == 0 }
        if isComplete { return try inquiry.arrange(given, ties: keys.map(\.name)) }
        let derivation = CostDerivation(try PriceBook(tables: inquiry.tables))
        let derived = try derivation.derive(keys: keys, filter: filter, view: view, &inquiry)
        let table = try priced(given, keys: keys.count, derived)
        return try inquiry.arrange(table, ties: keys.map(\.name))
    }

    /// Tokens, and costs as they were given.
    private static func plan(_ keys: [Plan.Output], _ filter: Predicate, _ view: View) -> Plan {
        let cost = Operand.column(SpanColumn.cost)
        let isUnpriced = Predicate.isNull(cost)
        let tokens: [(String, Int)] = [
            ("input_tokens", SpanColumn.inputTokens), ("output_tokens", SpanColumn.outputTokens),
            ("cached_tokens", SpanColumn.cachedTokens),
            ("cache_write_tokens", SpanColumn.cacheWriteTokens),
            ("reasoning_tokens", SpanColumn.reasoningTokens),
        ]
        let counted = [cost, SpanFilters.totalTokens] + tokens.map { .column($0.1) }
        return Plan(
            table: Tables.spans, view: view,
            filter: .and([filter, .or(counted.map { .not(.isNull($0)) })]), outputs: keys,
            aggregates: tokens.map { Aggregate($0.0, .sum(.column($0.1))) } + [
                Aggregate("total_tokens", .sum(.column(SpanColumn.totalTokens))),
                Aggregate("cost_usd", .sum(cost)),
                Aggregate("priced_count", .countValues(cost)),
                Aggregate("unpriced_count", .count, filter: isUnpriced),
                Aggregate(
                    "unpriced_tokens", .sum(SpanFilters.totalTokens), filter: isUnpriced),
            ])
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
