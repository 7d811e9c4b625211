// Prices: tables, names, tiers, dates, and costs that are derived the same way for one span and for
// groups of them.

import SpanAnalytics
import SpanColumns
import SpanModel
import SpanTesting
import Testing

@Suite struct PriceTests {
    private func table(_ json: String, from: String? = nil) throws -> PriceTable {
        try PriceTable(
            json: Array(json.utf8), effectiveFrom: from.flatMap { Instant.parse($0) })
    }

    /// Imported tables as entities.
    private func entities(_ tables: [PriceTable]) -> MemoryTable {
        var builder = BatchBuilder(schema: Tables.entities)
        for table in tables {
            builder.setString(EntityColumn.kind, PriceBook.kind)
            builder.setString(EntityColumn.project, "default")
            builder.setString(EntityColumn.name, table.id)
            table.json.withUnsafeBytes { builder.setText(EntityColumn.body, $0) }
            builder.endRow()
        }
        return MemoryTable(builder.finish())
    }

    private func costs(
        _ spans: [SpanRow], _ tables: [PriceTable] = [], _ parameters: [String: String] = [:]
    ) throws -> [[String: Cell]] {
        try rows(
            try Questions.answer(
                "costs", parameters: parameters,
                tables: MemoryTables([spanTable(spans), entities(tables)]), now: 0))
    }

    // MARK: Tables

    @Test func aTableInLiteLLMsShape() throws {
        let table = try table(
            #"""
            {"sample_spec":{"input_cost_per_token":"text"},"dall-e":{"mode":"image","input_cost_per_image":1},
             "Big/Model":{"input_cost_per_token":1.5000000000000002e-07,"output_cost_per_token":6e-07,
              "cache_read_input_token_cost":1e-8,"input_cost_per_token_above_200k_tokens":3e-07,
              "input_cost_per_token_batches":1,"litellm_provider":"x","supports":[1,{"a":2}]}}
            """#)
        #expect(table.skippedCount == 2 && table.models.count == 1)
        let price = try #require(table.models["big/model"])
        #expect(price.base == TokenRates(input: 150_000, output: 600_000, cacheRead: 10_000))
        #expect(price.rates(contextTokens: 200_000) == price.base)
        #expect(
            price.rates(contextTokens: 200_001)
                == TokenRates(input: 300_000, output: 600_000, cacheRead: 10_000))
        // What is stored reads back the same, under the same id.
        let again = try self.table(String(decoding: table.json, as: UTF8.self))
        #expect(again.models == table.models && again.id == table.id)
        #expect(table.id.hasPrefix("always-"))
        for bad in ["", "[]", "{", #"{"m":{}}"#] {
            #expect(throws: StoreError.self, "\(bad)") { try self.table(bad) }
        }
    }

    @Test(
        arguments: [
            ("gpt-4o", nil), ("gpt-4o-2024-08-06", "openai"), ("openai/gpt-4o", nil),
            ("GPT-4o", nil),
            ("gpt-4o-latest", nil), ("gpt-4o", "azure.ai.openai"),
        ] as [(String, String?)])
    func namesOfAModel(_ model: String, _ provider: String?) throws {
        let book = PriceBook(imported: [])
        let found = try #require(book.price(model: model, provider: provider, at: 0))
        #expect(found.price.base.input == 2_500_000)
        #expect(found.table.id.hasPrefix("shipped-"))
    }

    @Test func modelsThatNobodyKnowsHaveNoPrice() {
        let book = PriceBook(imported: [])
        for model in [nil, "", "gpt-4o-mystery", "gpt"] as [String?] {
            #expect(book.price(model: model, provider: "openai", at: 0) == nil)
        }
    }

    @Test func theLatestTableThatHoldsAndKnowsTheModelDecides() throws {
        let base = try table(
            #"{"gpt-4o":{"input_cost_per_token":1e-6},"m":{"input_cost_per_token":2e-6}}"#)
        let year = try table(
            #"{"m":{"input_cost_per_token":3e-6}}"#, from: "2026-01-01T00:00:00Z")
        let better = try table(
            #"{"m":{"input_cost_per_token":4e-6}}"#, from: "2026-01-01T00:00:00Z")
        let book = PriceBook(imported: [year, base, better])
        func input(_ model: String, _ time: String) -> Int64? {
            book.price(model: model, provider: nil, at: Instant.parse(time) ?? 0)?.price.base.input
        }
        #expect(input("m", "2025-12-31T23:59:59Z") == 2_000_000)
        #expect(input("m", "2026-01-01T00:00:00Z") == 4_000_000)
        #expect(input("gpt-4o", "2026-06-01T00:00:00Z") == 1_000_000)
        #expect(input("gpt-4o-mini", "2026-06-01T00:00:00Z") == 150_000)
    }

    // MARK: Costs

    /// genai-prices prices this at $0.00234.
    @Test func cachedTokensArePartOfTheInput() throws {
        let rates = try #require(
            PriceBook(imported: []).price(model: "claude-sonnet-4-5", provider: nil, at: 0)
        ).price.base
        let counts = TokenCounts(input: 1_000, output: 100, cached: 800)
        #expect(Money.format(rates.cost(counts, UsageClass())) == "0.00234")
    }

    /// litellm#9812: Anthropic's console says $0.05439; $0.091311 counts what was written twice.
    @Test func tokensBesideTheInputAreNotChargedTwice() throws {
        let counts = TokenCounts(input: 3, output: 550, cacheWrite: 12_304)
        let usage = UsageRules.classify(counts, total: nil, provider: "anthropic")
        let rates = try #require(
            PriceBook(imported: []).price(model: "claude-3-7-sonnet-20250219", provider: nil, at: 0)
        ).price.base
        #expect(Money.format(rates.cost(counts, usage)) == "0.054399")
    }

    @Test func costsAreDerivedOnlyWhereThereIsAPrice() throws {
        let spans = [
            SpanRow(id: "given", model: "gpt-4o", input: 1_000_000, output: 0, cost: "9"),
            SpanRow(
                id: "derived", model: "gpt-4o", input: 1_000_000, output: 100_000, total: 1_100_000),
            SpanRow(id: "unknown", model: "gpt-4o-mystery", input: 7, output: 3),
            SpanRow(id: "nameless", input: 5),
            SpanRow(id: "bare", model: "gpt-4o", total: 11),
        ]
        let table = try costs(spans)
        #expect(table.map { $0["model"] } == [.string("gpt-4o"), .string("gpt-4o-mystery"), .null])
        #expect(table[0]["cost_usd"] == .integer(12_500_000_000_000))
        #expect(table[0]["priced_count"] == .integer(2))
        #expect(table[0]["unpriced_count"] == .integer(1))
        #expect(table[0]["unpriced_tokens"] == .integer(11))
        #expect(table[1]["cost_usd"] == .null && table[1]["unpriced_tokens"] == .integer(10))
        #expect(table[2]["cost_usd"] == .null && table[2]["unpriced_count"] == .integer(1))
        let all = try costs(spans, [], ["by": "project"])
        #expect(all[0]["cost_usd"] == .integer(12_500_000_000_000))
        #expect(all[0]["unpriced_tokens"] == .integer(26))
    }

    @Test func aNewTableRepricesHistory() throws {
        let spans = [
            SpanRow(id: "a", start: 0, model: "m", input: 10, output: 1),
            SpanRow(id: "b", start: 86_400_000, model: "m", input: 10, output: 1),
        ]
        #expect(try costs(spans)[0]["unpriced_count"] == .integer(2))
        let base = try table(#"{"m":{"input_cost_per_token":0.5}}"#)
        #expect(try costs(spans, [base])[0]["cost_usd"] == .integer(10 * Money.scale))
        let dated = try table(
            #"{"m":{"input_cost_per_token":1}}"#, from: "1970-01-02T00:00:00Z")
        let row = try costs(spans, [base, dated])[0]
        #expect(row["cost_usd"] == .integer(15 * Money.scale))
        #expect(row["unpriced_count"] == .integer(0) && row["unpriced_tokens"] == .null)
    }

    @Test func listsOfSpansAreStamped() throws {
        let answer = try Questions.answer(
            "trace", parameters: ["id": "t1"],
            tables: MemoryTables([
                spanTable([
                    SpanRow(id: "a", model: "gpt-4o", input: 100), SpanRow(id: "b", cost: "1"),
                ])
            ]), now: 0)
        let table = rows(answer)
        #expect(table[0]["cost_usd"] == .null)
        #expect(table[0]["derived_cost_usd"] == .integer(250_000_000))
        #expect(table[0]["price_table"]?.string == DefaultPrices.table.id)
        #expect(table[1]["derived_cost_usd"] == .null && table[1]["price_table"] == .null)
    }

    /// The sum over random spans is the sum of what each costs, tiers and classes and dates included.
    @Test func groupsCostWhatTheirSpansCost() throws {
        var random = SeededGenerator(seed: 3)
        let imported = [
            try table(
                #"""
                {"m0":{"input_cost_per_token":3e-6,"output_cost_per_token":15e-6,
                 "cache_read_input_token_cost":3e-7,"input_cost_per_token_above_100_tokens":6e-6,
                 "output_cost_per_token_above_150_tokens":30e-6},
                 "gemini/m1":{"input_cost_per_token":1e-6,"output_cost_per_reasoning_token":7e-6}}
                """#),
            try table(#"{"m0":{"input_cost_per_token":1e-6}}"#, from: "1970-01-01T00:01:00Z"),
        ]
        let book = PriceBook(imported: imported)
        func number(_ max: Int64) -> Int64? {
            Bool.random(using: &random) ? Int64.random(in: 0...max, using: &random) : nil
        }
        for _ in 0..<20 {
            let spans = (0..<60).map { index in
                let (input, output, cached) = (number(200), number(60), number(120))
                let parts = [input, output, cached].compactMap { $0 }.reduce(0, +)
                return SpanRow(
                    id: "s\(index)", start: Int64.random(in: 0..<120_000, using: &random),
                    model: ["m0", "m1", "m2"].randomElement(using: &random), input: input,
                    output: output, cached: cached, total: Bool.random(using: &random) ? parts : nil
                )
            }
            var expected: Int128 = 0
            var priced: Int64 = 0
            for span in spans {
                guard span.input != nil || span.output != nil || span.cached != nil,
                    let found = book.price(
                        model: span.model, provider: nil, at: span.start * 1_000_000)
                else { continue }
                let counts = TokenCounts(
                    input: span.input ?? 0, output: span.output ?? 0, cached: span.cached ?? 0)
                let usage = UsageRules.classify(counts, total: span.total, provider: nil)
                expected += found.price.rates(contextTokens: usage.input(counts)).cost(
                    counts, usage)
                priced += 1
            }
            let row = try costs(spans, imported, ["by": "project"])[0]
            #expect(row["cost_usd"]?.integer.map { Int128($0) } == (priced == 0 ? nil : expected))
            #expect(row["priced_count"] == .integer(priced))
        }
    }
}
