// `costs`: tokens and cost by group. Only spans that carry a cost or tokens take part. A span with
// tokens but no cost is unpriced: its tokens are counted apart, never as a cost of 0.

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
        let cost = Operand.column(SpanColumn.cost)
        let isUnpriced = Predicate.isNull(cost)
        let tokens: [(String, Int)] = [
            ("input_tokens", SpanColumn.inputTokens), ("output_tokens", SpanColumn.outputTokens),
            ("cached_tokens", SpanColumn.cachedTokens),
            ("cache_write_tokens", SpanColumn.cacheWriteTokens),
            ("reasoning_tokens", SpanColumn.reasoningTokens),
        ]
        let counted = [cost, SpanFilters.totalTokens] + tokens.map { .column($0.1) }
        let plan = Plan(
            table: Tables.spans, view: try parameters.view(),
            filter: .and([
                try SpanFilters.predicate(parameters),
                .or(counted.map { .not(.isNull($0)) }),
            ]), outputs: keys,
            aggregates: tokens.map { Aggregate($0.0, .sum(.column($0.1))) } + [
                Aggregate("total_tokens", .sum(.column(SpanColumn.totalTokens))),
                Aggregate("cost_usd", .sum(cost)),
                Aggregate("priced_count", .countValues(cost)),
                Aggregate("unpriced_count", .count, filter: isUnpriced),
                Aggregate(
                    "unpriced_tokens", .sum(SpanFilters.totalTokens), filter: isUnpriced),
            ])
        return try inquiry.arrange(try inquiry.run(plan), ties: keys.map(\.name))
    }
}
