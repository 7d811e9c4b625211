// The price of single spans, for lists of spans: two columns behind the record's own. A cost that was
// given stays in `cost_usd`; one that is derived is told apart, with the table it is from.

import SpanColumns
import SpanModel
import SpanQuery

enum SpanPrices {
    /// Adds `derived_cost_usd` and `price_table`; both null where the span has a cost, or no price.
    static func added(to table: ResultTable, _ book: PriceBook) throws(StoreError) -> ResultTable {
        let spans = try PricedSpans(table)
        var costs: [Int64?] = []
        var stamps: [String?] = []
        for row in 0..<table.rowCount {
            let found = spans.price(row, book)
            costs.append(found?.cost)
            stamps.append(found?.table)
        }
        return table.adding([
            ResultColumn("derived_cost_usd", .money, costs), ResultColumn("price_table", stamps),
        ])
    }
}

/// What prices need of a list of spans.
private struct PricedSpans {
    private let costs: [Int64?]
    private let starts: [Int64?]
    private let models: [String?]
    private let providers: [String?]
    private let tokens: [[Int64?]]
    private let totals: [Int64?]

    init(_ table: ResultTable) throws(StoreError) {
        costs = try table.column("cost_usd").values.integers()
        starts = try table.column("start_time").values.integers()
        models = try table.column("model").values.strings()
        providers = try table.column("provider").values.strings()
        totals = try table.column("total_tokens").values.integers()
        var tokens: [[Int64?]] = []
        for name in [
            "input_tokens", "output_tokens", "cached_tokens", "cache_write_tokens",
            "reasoning_tokens",
        ] { tokens.append(try table.column(name).values.integers()) }
        self.tokens = tokens
    }

    /// The derived cost of a span and the table it is from.
    func price(_ row: Int, _ book: PriceBook) -> (cost: Int64, table: String)? {
        guard costs[row] == nil, tokens.contains(where: { $0[row] != nil }),
            let found = book.price(
                model: models[row], provider: providers[row], at: starts[row] ?? 0)
        else { return nil }
        let counts = TokenCounts(
            input: tokens[0][row] ?? 0, output: tokens[1][row] ?? 0, cached: tokens[2][row] ?? 0,
            cacheWrite: tokens[3][row] ?? 0, reasoning: tokens[4][row] ?? 0)
        let usage = UsageRules.classify(counts, total: totals[row], provider: providers[row])
        let rates = found.price.rates(contextTokens: usage.input(counts))
        return Int64(exactly: rates.cost(counts, usage)).map { ($0, found.table.id) }
    }
}
