// Subtrees of traces whose spans repeat each other; `PublishedUsageTests` has users' own numbers.

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

    // MARK: Subtrees

    private func llm(_ id: String, _ parent: String?, _ input: Int64, _ output: Int64 = 0)
        -> SpanRow
    {
        SpanRow(id: id, parent: parent, session: "s", input: input, output: output)
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
