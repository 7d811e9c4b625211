// What users of other systems published about tokens and costs that were counted wrongly, with their
// numbers: the figure that is right is the one expected here.

import SpanAnalytics
import SpanColumns
import SpanModel
import SpanTesting
import Testing

@Suite struct PublishedUsageTests {
    // MARK: Parts and wholes

    /// A usage: (input, output, cached, written, thought, total) and what was really read and written.
    struct Published: Sendable, CustomTestStringConvertible {
        let source: String
        let counts: TokenCounts
        var total: Int64?
        var provider: String?
        let input: Int64
        let output: Int64

        var testDescription: String { source }
    }

    static let published = [
        Published(
            source: "langfuse#10592: 17,903 in, 17,817 of them cached; shown as 35,720",
            counts: TokenCounts(input: 17_903, cached: 17_817), input: 17_903, output: 0),
        Published(
            source: "braintrust-sdk-python#504: 37,694 with 37,324 read and 369 written; 75,387",
            counts: TokenCounts(input: 37_694, cached: 37_324, cacheWrite: 369),
            provider: "anthropic", input: 37_694, output: 0),
        Published(
            source: "litellm#9812: 3 beside 12,304 written",
            counts: TokenCounts(input: 3, output: 550, cacheWrite: 12_304),
            provider: "anthropic", input: 12_307, output: 550),
        Published(
            source: "litellm#11364: 66,360 read and 32,435 written of 98,805",
            counts: TokenCounts(
                input: 98_805, output: 5_120, cached: 66_360, cacheWrite: 32_435, reasoning: 1_710),
            total: 103_925, input: 98_805, output: 5_120),
        Published(
            source: "langsmith-sdk#2519: 19 beside 39,000 cached",
            counts: TokenCounts(input: 19, cached: 39_000), input: 39_019, output: 0),
        Published(
            source: "phoenix#13379: a total that holds the cache",
            counts: TokenCounts(
                input: 4_299, output: 631, cached: 35_574, cacheWrite: 17_787), total: 58_291,
            provider: "aws.bedrock", input: 57_660, output: 631),
        Published(
            source: "multica#8416: 2,303 thoughts of 2,315; counted as 4,618",
            counts: TokenCounts(input: 20_793, output: 2_315, reasoning: 2_303), total: 23_108,
            provider: "openai", input: 20_793, output: 2_315),
        Published(
            source: "crewAI#5699, vercel/ai#6738: Gemini's thoughts are beside the candidates",
            counts: TokenCounts(input: 100, output: 50, reasoning: 30), total: 180,
            provider: "gcp.gemini", input: 100, output: 80),
        Published(
            source: "the same without a total",
            counts: TokenCounts(input: 100, output: 50, reasoning: 30), provider: "gemini",
            input: 100, output: 80),
        Published(
            source: "Gemini through an instrumentation that follows the convention",
            counts: TokenCounts(input: 100, output: 80, reasoning: 30), total: 180,
            provider: "gcp.gemini", input: 100, output: 80),
        Published(
            source: "everything beside, as Langfuse's details are",
            counts: TokenCounts(input: 10, output: 7, cached: 5, cacheWrite: 4, reasoning: 3),
            total: 29, input: 19, output: 10),
        Published(
            source:
                "codex-observability-plugin#22: 117,231, of which 115,584 cached; counted twice",
            counts: TokenCounts(input: 117_231, output: 225, cached: 115_584), total: 117_456,
            provider: "openai", input: 117_231, output: 225),
        Published(
            source: "langfuse#5568: 1,999, of which 1,792 cached; shown as 3,791",
            counts: TokenCounts(input: 1_999, cached: 1_792), input: 1_999, output: 0),
        Published(
            source: "litellm#14849: Gemini's cached tokens are part of its prompt",
            counts: TokenCounts(input: 262_960, output: 1_744, cached: 257_955), total: 264_704,
            provider: "gemini", input: 262_960, output: 1_744),
        Published(
            source: "aider#5516: 17,111, of which 17,102 cached; charged as 34,213",
            counts: TokenCounts(input: 17_111, cached: 17_102), provider: "anthropic",
            input: 17_111, output: 0),
        Published(
            source: "tokscale#1142: 24,882 thoughts of 63,820; none of 397,988 snapshots adds them",
            counts: TokenCounts(
                input: 16_845_360, output: 63_820, cached: 16_358_912, reasoning: 24_882),
            total: 16_909_180, provider: "openai", input: 16_845_360, output: 63_820),
        Published(
            source: "opencode#24268: 77 written and 78 thought were billed as 155 (prompt: ours)",
            counts: TokenCounts(input: 20, output: 77, reasoning: 78), total: 97, input: 20,
            output: 77),
    ]

    @Test(arguments: published) func partsAndWholes(_ case: Published) {
        let usage = UsageRules.classify(
            `case`.counts, total: `case`.total, provider: `case`.provider)
        #expect(usage.input(`case`.counts) == `case`.input)
        #expect(usage.output(`case`.counts) == `case`.output)
    }

    // MARK: Spans that repeat each other

    /// Spans as (id, parent, input, output), and the sums expected of them.
    struct Tree: Sendable, CustomTestStringConvertible {
        let source: String
        let spans: [(String, String?, Int64?, Int64?)]
        let plain: (Int64, Int64)
        let effective: (Int64, Int64)
        var disagreements: Int64 = 0

        var testDescription: String { source }
    }

    static let trees = [
        Tree(
            source: "openinference#3164: 29,899, shown as 59,798",
            spans: [
                ("root", nil, 29_899, 0), ("1", "root", 3_031, 0), ("2", "root", 4_421, 0),
                ("3", "root", 10_709, 0), ("4", "root", 11_738, 0),
            ], plain: (59_798, 0), effective: (29_899, 0)),
        Tree(
            source: "phoenix#5590, #15793: two instrumentations of one call, a call within a call",
            spans: [("outer", nil, 500, 80), ("inner", "outer", 500, 80)],
            plain: (1_000, 160), effective: (500, 80)),
        Tree(
            source: "phoenix#12768: a call in a tool in a run, shown as three",
            spans: [("run", nil, 500, 80), ("tool", "run", 500, 80), ("call", "tool", 500, 80)],
            plain: (1_500, 240), effective: (500, 80)),
        Tree(
            source: "pydantic-ai#3995: 56 + 57 in, 5 + 6 out",
            spans: [("run", nil, 113, 11), ("1", "run", 56, 5), ("2", "run", 57, 6)],
            plain: (226, 22), effective: (113, 11)),
        Tree(
            source: "OpenSearch-Dashboards#11655: 586 + 1,640, shown as 4,452",
            spans: [("run", nil, 2_226, 0), ("1", "run", 586, 0), ("2", "run", 1_640, 0)],
            plain: (4_452, 0), effective: (2_226, 0)),
        Tree(
            source: "loongsuite-pilot#268: four calls under steps, shown as 120,500 → 1,612",
            spans: [
                ("entry", nil, nil, nil), ("agent", "entry", 60_250, 806),
                ("step 1", "agent", nil, nil), ("step 2", "agent", nil, nil),
                ("1", "step 1", 13_942, 95), ("2", "step 1", 14_065, 169),
                ("3", "step 2", 15_487, 253), ("4", "step 2", 16_756, 289),
            ], plain: (120_500, 1_612), effective: (60_250, 806)),
        Tree(
            source: "mlflow#17852: spans between the agent and its calls; 8,446, shown as 16,892",
            spans: [
                ("agent", nil, 8_446, 0), ("cycle", "agent", nil, nil),
                ("1", "cycle", 4_000, 0), ("2", "cycle", 4_446, 0),
            ], plain: (16_892, 0), effective: (8_446, 0)),
        Tree(
            source: "semconv-genai#425: children that were sampled away",
            spans: [("root", nil, 1_000, 9), ("kept", "root", 400, 9)],
            plain: (1_400, 18), effective: (1_000, 9), disagreements: 1),
        Tree(
            source: "pydantic-ai#8368: a run that says what the one before used too is told",
            spans: [
                ("run 1", nil, 51, 0), ("1", "run 1", 51, 0), ("run 2", nil, 103, 0),
                ("2", "run 2", 52, 0), ("run 3", nil, 53, 0), ("3", "run 3", 53, 0),
            ], plain: (363, 0), effective: (207, 0), disagreements: 1),
    ]

    @Test(arguments: trees) func repetitionsCountOnce(_ tree: Tree) throws {
        let spans = tree.spans.map { id, parent, input, output in
            SpanRow(id: id, parent: parent, session: "s", input: input, output: output)
        }
        let tables = MemoryTables([spanTable(spans)])
        let usage = try rows(
            try Questions.answer("usage", parameters: [:], tables: tables, now: 0))[0]
        #expect(usage["plain_input_tokens"] == .integer(tree.plain.0))
        #expect(usage["plain_output_tokens"] == .integer(tree.plain.1))
        #expect(usage["effective_input_tokens"] == .integer(tree.effective.0))
        #expect(usage["effective_output_tokens"] == .integer(tree.effective.1))
        #expect(usage["disagreements"] == .integer(tree.disagreements))
        let session = try rows(
            try Questions.answer("sessions", parameters: [:], tables: tables, now: 0))[0]
        #expect(session["input_tokens"] == .integer(tree.plain.0))
        #expect(session["effective_input_tokens"] == .integer(tree.effective.0))
        #expect(session["effective_output_tokens"] == .integer(tree.effective.1))
    }

    // MARK: Costs

    /// Rates in LiteLLM's words, a usage, and the cost that is right.
    struct Price: Sendable, CustomTestStringConvertible {
        let source: String
        let rates: String
        let counts: TokenCounts
        var total: Int64?
        let cost: String

        var testDescription: String { source }
    }

    static let prices = [
        Price(
            source: "litellm#31714: one token beside 27,146 cached ones",
            rates: """
                "input_cost_per_token":0.0000014,"cache_read_input_token_cost":0.00000026,\
                "output_cost_per_token":0.0000044
                """,
            counts: TokenCounts(input: 27_147, output: 351, cached: 27_146), cost: "0.00860376"),
        Price(
            source: "litellm#35127: $0.860 where $0.16625 is right",
            rates: """
                "input_cost_per_token":5e-6,"cache_read_input_token_cost":5e-7,\
                "cache_creation_input_token_cost":6.25e-6
                """,
            counts: TokenCounts(input: 172_000, cached: 155_000, cacheWrite: 3_000),
            cost: "0.16625"),
        Price(
            source: "opencode#17566: thoughts charged again, $1.04 for $0.7923",
            rates: #""input_cost_per_token":30e-6,"output_cost_per_token":180e-6"#,
            counts: TokenCounts(input: 14_746, output: 1_944, reasoning: 1_360), cost: "0.7923"),
        Price(
            source: "litellm#14849: Gemini's cached tokens charged again, $0.7642 for $0.1849",
            rates: """
                "input_cost_per_token":1.25e-6,"cache_read_input_token_cost":0.625e-6,\
                "output_cost_per_token":10e-6
                """,
            counts: TokenCounts(input: 262_960, output: 1_744, cached: 257_955), total: 264_704,
            cost: "0.184918125"),
    ]

    @Test(arguments: prices) func costsAreChargedOnce(_ price: Price) throws {
        let table = try PriceTable(json: Array("{\"m\":{\(price.rates)}}".utf8), effectiveFrom: nil)
        let rates = try #require(
            PriceBook(imported: [table]).price(model: "m", provider: nil, at: 0)
        ).price.base
        let usage = UsageRules.classify(price.counts, total: price.total, provider: nil)
        #expect(Money.format(rates.cost(price.counts, usage)) == price.cost)
    }

    /// langfuse#12184, langfuse-docs#2018: a price that starts in 2010 is that of spans before its import.
    /// hermes-telemetry#83: a corrected table changes what was charged before.
    @Test func pricesReachBack() throws {
        func price(_ tables: [(String, String?)], _ time: String) throws -> PriceBook.Found? {
            let imported = try tables.map { rates, from in
                try PriceTable(
                    json: Array("{\"m\":{\(rates)}}".utf8),
                    effectiveFrom: from.flatMap { Instant.parse($0) })
            }
            return PriceBook(imported: imported)
                .price(model: "m", provider: nil, at: Instant.parse(time) ?? 0)
        }
        func cost(_ tables: [(String, String?)], _ counts: TokenCounts) throws -> String? {
            try price(tables, "2026-02-18T00:00:00Z").map {
                Money.format($0.price.base.cost(counts, UsageClass()))
            }
        }
        let sonnet = #""input_cost_per_token":0.0000036,"output_cost_per_token":0.000018"#
        #expect(
            try cost([(sonnet, "2010-01-01T00:00:00Z")], TokenCounts(input: 1_000, output: 100))
                == "0.0054")
        #expect(try price([(sonnet, "2026-02-19T00:00:00Z")], "2026-02-18T00:00:00Z") == nil)
        let old = #""input_cost_per_token":0.66e-6,"output_cost_per_token":3.41e-6"#
        let new = #""input_cost_per_token":0.5472e-6,"output_cost_per_token":2.736e-6"#
        let million = TokenCounts(input: 1_000_000, output: 1_000_000)
        #expect(try cost([(old, nil)], million) == "4.07")
        #expect(try cost([(old, nil), (new, nil)], million) == "3.2832")
    }

    /// latitude-llm#4293, #4297: a name that is no known one is unpriced, not free and not its neighbour's.
    @Test(arguments: ["gpt-5.3-instant", "o3-deep-research", "claude-sonnet-4-5-free", "gpt-4o-x"])
    func neighboursDoNotLendTheirPrice(model: String) throws {
        #expect(PriceBook(imported: []).price(model: model, provider: nil, at: 0) == nil)
        let row = try rows(
            try Questions.answer(
                "costs", parameters: [:],
                tables: MemoryTables([
                    spanTable([SpanRow(id: "a", model: model, input: 1_000, output: 10)])
                ]), now: 0))[0]
        #expect(row["cost_usd"] == .null && row["unpriced_count"] == .integer(1))
        #expect(row["unpriced_tokens"] == .integer(1_010))
    }
}
