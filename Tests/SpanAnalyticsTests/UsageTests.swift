// Tokens right where others count twice: rules, subtrees, and cases that users of other systems
// published, with their numbers.

import SpanAnalytics
import SpanColumns
import SpanModel
import SpanTesting
import Testing

@Suite struct UsageTests {
    private func usage(_ spans: [SpanRow], _ parameters: [String: String] = [:]) throws
        -> [[String: Cell]]
    {
        try rows(
            try Questions.answer(
                "usage", parameters: parameters, tables: MemoryTables([spanTable(spans)]), now: 0))
    }

    /// A published usage: (input, output, cached, written, thought, total) and what was really read
    /// and written.
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
    ]

    @Test(arguments: published) func partsAndWholes(_ case: Published) {
        let usage = UsageRules.classify(
            `case`.counts, total: `case`.total, provider: `case`.provider)
        #expect(usage.input(`case`.counts) == `case`.input)
        #expect(usage.output(`case`.counts) == `case`.output)
    }

    // MARK: Subtrees

    private func llm(_ id: String, _ parent: String?, _ input: Int64, _ output: Int64 = 0)
        -> SpanRow
    {
        SpanRow(id: id, parent: parent, session: "s", input: input, output: output)
    }

    /// openinference#3164: a root of 29,899 over calls of 3,031, 4,421, 10,709 and 11,738 was shown
    /// as 59,798.
    @Test func agentsThatRepeatTheirCallsCountOnce() throws {
        let calls = [3_031, 4_421, 10_709, 11_738].enumerated().map { index, tokens in
            llm("c\(index)", "root", Int64(tokens))
        }
        let row = try usage([llm("root", nil, 29_899)] + calls)[0]
        #expect(row["plain_input_tokens"] == .integer(59_798))
        #expect(row["effective_input_tokens"] == .integer(29_899))
        #expect(row["disagreements"] == .integer(0))
    }

    @Test func treesNameBothSums() throws {
        let answer = try Questions.answer(
            "trace", parameters: ["id": "t1"],
            tables: MemoryTables([
                spanTable([llm("root", nil, 10, 2), llm("a", "root", 4, 1), llm("b", "root", 5, 1)])
            ]), now: 0)
        #expect(
            try WaterfallRenderer.lines(answer.table, width: 100).suffix(2) == [
                "tokens: plain sum 23, effective 12 (repeated ones once)",
                "1 span differs from the sum of its children",
            ])
        let single = try Questions.answer(
            "trace", parameters: ["id": "t1"],
            tables: MemoryTables([spanTable([llm("root", nil, 10)])]), now: 0)
        #expect(try WaterfallRenderer.lines(single.table, width: 100).count == 1)
    }

    /// phoenix#5590: two instrumentations of one call, 580 tokens each.
    @Test func wrappersAroundACallCountOnce() throws {
        let row = try usage([llm("outer", nil, 500, 80), llm("inner", "outer", 500, 80)])[0]
        #expect(row["plain_input_tokens"] == .integer(1_000))
        #expect(row["effective_input_tokens"] == .integer(500))
        #expect(row["effective_output_tokens"] == .integer(80))
    }

    /// semconv-genai#425: children that were sampled away do not make their parent's tokens less.
    @Test func missingChildrenDoNotUndercount() throws {
        let row = try usage([llm("root", nil, 1_000), llm("kept", "root", 400)])[0]
        #expect(row["effective_input_tokens"] == .integer(1_000))
        #expect(row["disagreements"] == .integer(1))
    }

    @Test func orphansAndAgentsWithoutFiguresAreSummed() throws {
        let spans = [
            SpanRow(id: "root", session: "s", kind: "AGENT"), llm("a", "root", 10, 1),
            llm("b", "a", 4), llm("lost", "gone", 5), llm("other", nil, 7),
        ]
        let row = try usage(spans)[0]
        #expect(row["plain_input_tokens"] == .integer(26))
        #expect(row["effective_input_tokens"] == .integer(22))
        #expect(row["effective_cost_usd"] == .null)
        #expect(try usage(spans, ["by": "trace"])[0]["span_count"] == .integer(5))
        #expect(try usage(spans, ["session": "none"]).isEmpty)
    }

    @Test func circlesEnd() {
        let own = SubtreeUsage(input: 1)
        let usage = EffectiveUsage([
            UsageSpan(id: 1, parent: 2, own: own), UsageSpan(id: 2, parent: 1, own: own),
            UsageSpan(id: 3, parent: 3, own: own), UsageSpan(id: 4, parent: 2, own: own),
        ])
        #expect(usage.plain.input == 4 && usage.total.input == 2)
    }

    /// Deep chains do not need a deep stack.
    @Test func deepTraces() {
        let spans = (1...100_000 as ClosedRange<UInt64>).map { id in
            UsageSpan(id: id, parent: id == 1 ? nil : id - 1, own: SubtreeUsage(input: 2))
        }
        #expect(EffectiveUsage(spans).total.input == 2)
    }

    /// Against the definition, recursively, over random forests; sessions show the same.
    @Test func subtreesByTheirDefinition() throws {
        var random = SeededGenerator(seed: 11)
        for _ in 0..<200 {
            let count = Int.random(in: 1...20, using: &random)
            let spans = (0..<count).map { index -> SpanRow in
                let parent =
                    index == 0 || Bool.random(using: &random)
                    ? nil : "\(Int.random(in: 0..<index, using: &random))"
                return SpanRow(
                    id: "\(index)", parent: parent, session: "s",
                    input: Bool.random(using: &random)
                        ? Int64.random(in: 0...9, using: &random) : nil)
            }
            func effective(_ span: SpanRow) -> Int64? {
                let children = spans.filter { $0.parent == span.id }.compactMap(effective)
                let sum = children.isEmpty ? nil : children.reduce(0, +)
                return [span.input, sum].compactMap { $0 }.max()
            }
            let tops = spans.filter { $0.parent == nil }.compactMap(effective)
            let expected = tops.isEmpty ? Cell.null : .integer(tops.reduce(0, +))
            let shuffled = spans.shuffled(using: &random)
            let row = try usage(shuffled)[0]
            #expect(row["effective_input_tokens"] == expected)
            let session = try rows(
                try Questions.answer(
                    "sessions", parameters: [:], tables: MemoryTables([spanTable(shuffled)]),
                    now: 0))[0]
            #expect(session["effective_input_tokens"] == expected)
            #expect(session["input_tokens"] == row["plain_input_tokens"])
        }
    }

    @Test func sessionsShowBothSums() throws {
        let spans = [
            llm("root", nil, 29_899, 7), llm("a", "root", 29_899, 7),
            SpanRow(trace: "t2", id: "root", session: "s", input: 1, cost: "0.5"),
            SpanRow(trace: "t2", id: "b", parent: "root", session: "s", cost: "0.25"),
            SpanRow(id: "a", parent: "root", source: "other", session: "s", input: 2),
            SpanRow(trace: "t3", id: "x", session: "idle"),
        ]
        let answer = try rows(
            try Questions.answer(
                "sessions", parameters: ["order": "session_id"],
                tables: MemoryTables([spanTable(spans)]), now: 0))
        #expect(answer[0]["effective_input_tokens"] == .null)
        #expect(answer[1]["input_tokens"] == .integer(59_801))
        #expect(answer[1]["effective_input_tokens"] == .integer(29_902))
        #expect(answer[1]["effective_output_tokens"] == .integer(7))
        #expect(answer[1]["cost_usd"] == .integer(Money.scale / 4 * 3))
        #expect(answer[1]["effective_cost_usd"] == .integer(Money.scale / 2))
    }
}
