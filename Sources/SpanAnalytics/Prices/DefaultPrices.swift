// The table that ships: list prices of widely used models, in dollars a million tokens, written down
// from the providers' public price pages. It fills in where no imported table knows a model; import a
// table for prices of your own, or for newer ones (`spanq prices import`).

import SpanModel

/// The shipped prices.
package enum DefaultPrices {
    /// A model's prices a million tokens; cache prices where there are some.
    private struct Row {
        let models: [String]
        let input: String
        let output: String
        var cacheRead: String?
        var cacheWrite: String?
        /// Prices above so many thousand input tokens: input, output, cache read, cache write.
        var above: (Int, String, String, String?, String?)?
    }

    private static let rows: [Row] = [
        Row(models: ["gpt-5"], input: "1.25", output: "10", cacheRead: "0.125"),
        Row(models: ["gpt-5-mini"], input: "0.25", output: "2", cacheRead: "0.025"),
        Row(models: ["gpt-5-nano"], input: "0.05", output: "0.4", cacheRead: "0.005"),
        Row(models: ["gpt-4.1"], input: "2", output: "8", cacheRead: "0.5"),
        Row(models: ["gpt-4.1-mini"], input: "0.4", output: "1.6", cacheRead: "0.1"),
        Row(models: ["gpt-4.1-nano"], input: "0.1", output: "0.4", cacheRead: "0.025"),
        Row(models: ["gpt-4o"], input: "2.5", output: "10", cacheRead: "1.25"),
        Row(models: ["gpt-4o-mini"], input: "0.15", output: "0.6", cacheRead: "0.075"),
        Row(models: ["o1"], input: "15", output: "60", cacheRead: "7.5"),
        Row(models: ["o3"], input: "2", output: "8", cacheRead: "0.5"),
        Row(models: ["o3-mini"], input: "1.1", output: "4.4", cacheRead: "0.55"),
        Row(models: ["o4-mini"], input: "1.1", output: "4.4", cacheRead: "0.275"),
        Row(models: ["text-embedding-3-small"], input: "0.02", output: "0"),
        Row(models: ["text-embedding-3-large"], input: "0.13", output: "0"),
        Row(
            models: ["claude-opus-4-5"], input: "5", output: "25", cacheRead: "0.5",
            cacheWrite: "6.25"),
        Row(
            models: ["claude-opus-4", "claude-opus-4-0", "claude-opus-4-1", "claude-3-opus"],
            input: "15", output: "75", cacheRead: "1.5", cacheWrite: "18.75"),
        Row(
            models: ["claude-sonnet-4", "claude-sonnet-4-0", "claude-sonnet-4-5"], input: "3",
            output: "15", cacheRead: "0.3", cacheWrite: "3.75",
            above: (200, "6", "22.5", "0.6", "7.5")),
        Row(
            models: ["claude-3-7-sonnet", "claude-3-5-sonnet"], input: "3", output: "15",
            cacheRead: "0.3", cacheWrite: "3.75"),
        Row(
            models: ["claude-haiku-4-5"], input: "1", output: "5", cacheRead: "0.1",
            cacheWrite: "1.25"),
        Row(
            models: ["claude-3-5-haiku"], input: "0.8", output: "4", cacheRead: "0.08",
            cacheWrite: "1"),
        Row(
            models: ["claude-3-haiku"], input: "0.25", output: "1.25", cacheRead: "0.03",
            cacheWrite: "0.3"),
        Row(
            models: ["gemini-2.5-pro"], input: "1.25", output: "10", cacheRead: "0.125",
            above: (200, "2.5", "15", "0.25", nil)),
        Row(models: ["gemini-2.5-flash"], input: "0.3", output: "2.5", cacheRead: "0.03"),
        Row(models: ["gemini-2.5-flash-lite"], input: "0.1", output: "0.4", cacheRead: "0.01"),
        Row(models: ["gemini-2.0-flash"], input: "0.1", output: "0.4", cacheRead: "0.025"),
    ]

    /// The table; it holds always.
    package static let table: PriceTable = {
        var models: [String: ModelPrice] = [:]
        for row in rows {
            let base = rates(row.input, row.output, row.cacheRead, row.cacheWrite)
            let tiers = row.above.map { [(Int64($0.0) * 1_000, rates($0.1, $0.2, $0.3, $0.4))] }
            for model in row.models { models[model] = ModelPrice(base: base, tiers: tiers ?? []) }
        }
        return PriceTable(shipped: models)
    }()

    private static func rates(
        _ input: String, _ output: String, _ cacheRead: String?, _ cacheWrite: String?
    ) -> TokenRates {
        TokenRates(
            input: perToken(input), output: perToken(output),
            cacheRead: cacheRead.flatMap(perToken), cacheWrite: cacheWrite.flatMap(perToken))
    }

    private static func perToken(_ perMillion: String) -> Int64? {
        Money.parse(perMillion.utf8).map { $0 / 1_000_000 }
    }
}
