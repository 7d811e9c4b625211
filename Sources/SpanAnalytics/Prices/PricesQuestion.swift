// `prices`: what the price tables say, one row per model, tier and table, in dollars a million tokens.
// Imported tables come before the one that ships, newer before older: the first row that holds decides.

import SpanColumns
import SpanModel
import SpanQuery

package enum PricesQuestion {
    static let spec = QuestionSpec(
        name: "prices", summary: "Prices of models, a million tokens", argument: nil,
        parameters: [
            ParameterSpec("model", "only this model, by any name that spans may have"),
            ParameterSpec("provider", "the provider that goes with the model"),
            .condition, .order, .limit, .offset, .explain,
        ])

    static func answer(_ inquiry: inout Inquiry) throws(StoreError) -> ResultTable {
        let parameters = inquiry.parameters
        let book = try PriceBook(tables: inquiry.tables)
        let names = parameters.text("model").map {
            PriceBook.names($0.lowercased(), parameters.text("provider")?.lowercased())
        }
        var rows: [PriceRow] = []
        for (rank, table) in book.tables.enumerated() {
            let models = names ?? table.models.keys.sorted()
            for model in models {
                guard let price = table.models[model] else { continue }
                rows += PriceRow.rows(model, price, table, rank: Int64(rank))
            }
        }
        var table = Self.table(rows)
        if let text = parameters.text("where") {
            table = try table.filtered(
                try SQL.condition(text, result: table, now: parameters.now))
        }
        return try inquiry.arrange(table, ties: ["rank", "model", "above_input_tokens"])
    }

    private static func table(_ rows: [PriceRow]) -> ResultTable {
        func rates(
            _ name: String, _ rate: (TokenRates) -> Int64?
        ) -> ResultColumn {
            ResultColumn(name, .money, rows.map { rate($0.rates).map { $0 &* 1_000_000 } })
        }
        return ResultTable(
            columns: [
                ResultColumn("model", rows.map { $0.model }),
                ResultColumn("above_input_tokens", .int64, rows.map(\.above)),
                rates("input_usd") { $0.input }, rates("output_usd") { $0.output },
                rates("cache_read_usd") { $0.cacheRead },
                rates("cache_write_usd") { $0.cacheWrite },
                rates("reasoning_usd") { $0.reasoning },
                ResultColumn("effective_from", .instant, rows.map(\.table.effectiveFrom)),
                ResultColumn("price_table", rows.map { $0.table.id }),
                ResultColumn("rank", .int64, rows.map { $0.rank }),
            ], rowCount: rows.count)
    }

    // MARK: Differences

    /// What a table would change, one row per model and rate: `model`, `field`, `old_usd`, `new_usd`
    /// a token, null where there is none. Models that only the present tables know are left out:
    /// they keep their price.
    package static func differences(
        from book: PriceBook, to new: PriceTable
    ) -> ResultTable {
        let time = new.effectiveFrom ?? .max
        var rows: [(model: String, field: String, old: Int64?, new: Int64?)] = []
        for (model, price) in new.models.sorted(by: { $0.key < $1.key }) {
            let old = book.price(model: model, provider: nil, at: time)?.price
            let before = old.map(PriceField.fields) ?? []
            let after = PriceField.fields(of: price)
            for (field, rate) in after {
                let known = before.first { $0.name == field }?.rate
                if known != rate { rows.append((model, field, known, rate)) }
            }
            for (field, rate) in before where !after.contains(where: { $0.name == field }) {
                rows.append((model, field, rate, nil))
            }
        }
        return ResultTable(
            columns: [
                ResultColumn("model", rows.map { $0.model }),
                ResultColumn("field", rows.map { $0.field }),
                ResultColumn("old_usd", .money, rows.map(\.old)),
                ResultColumn("new_usd", .money, rows.map(\.new)),
            ], rowCount: rows.count)
    }
}

/// A row of prices: a model's base or one of its tiers.
private struct PriceRow {
    let model: String
    let above: Int64?
    let rates: TokenRates
    let table: PriceTable
    let rank: Int64

    static func rows(
        _ model: String, _ price: ModelPrice, _ table: PriceTable, rank: Int64
    ) -> [PriceRow] {
        [PriceRow(model: model, above: nil, rates: price.base, table: table, rank: rank)]
            + price.tiers.map {
                PriceRow(model: model, above: $0.above, rates: $0.rates, table: table, rank: rank)
            }
    }
}
