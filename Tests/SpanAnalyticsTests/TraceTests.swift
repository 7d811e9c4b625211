// Span lists, the trace tree and the waterfall.

import SpanAnalytics
import SpanColumns
import SpanModel
import SpanTesting
import Testing

@Suite struct TraceTests {
    private func ask(_ question: String, _ id: String, _ spans: [SpanRow]) throws -> Answer {
        try Questions.answer(
            question, parameters: ["id": id], tables: MemoryTables([spanTable(spans)]), now: 0)
    }

    private let spans = [
        SpanRow(
            id: "c", parent: "a", session: "s", start: 20, end: 90, status: "ok", kind: "LLM",
            model: "m", input: 5, output: 7, cost: "0.0014", attributes: #"{"k":1}"#, name: "call"),
        SpanRow(id: "a", session: "s", start: 0, end: 100, name: "root"),
        SpanRow(id: "b", parent: "a", session: "s", start: 20, end: 40, name: "to\u{1b}[31mol\n"),
        SpanRow(trace: "t2", id: "z", parent: "gone", session: "s", start: 5, name: "orphan"),
    ]

    @Test func oldestFirstThenSpanID() throws {
        let trace = rows(try ask("trace", "t1", spans))
        #expect(trace.map { $0["span_id"]?.string } == ["a", "b", "c"])
        #expect(trace[2]["duration_ms"] == .float(70))
        #expect(trace[2]["attributes"] == .string(#"{"k":1}"#))
        #expect(trace[2]["parent_span_id"] == .string("a"))
        let session = rows(try ask("session", "s", spans))
        #expect(session.map { $0["span_id"]?.string } == ["a", "z", "b", "c"])
        #expect(try ask("trace", "nowhere", spans).table.rowCount == 0)
    }

    @Test func upperCaseHexFindsItsTrace() throws {
        let id = "0123456789abcdef0123456789abcdef"
        let answer = try ask("trace", id.uppercased(), [SpanRow(trace: id, id: "a")])
        #expect(answer.table.rowCount == 1)
    }

    @Test func treeOrdersAndMarks() {
        let tree = TraceTree([
            TraceTree.Node(id: "a", parent: nil), TraceTree.Node(id: "b", parent: "a"),
            TraceTree.Node(id: "c", parent: "gone"), TraceTree.Node(id: "d", parent: "b"),
            TraceTree.Node(id: "e", parent: "a"), TraceTree.Node(id: "f", parent: "f"),
            TraceTree.Node(id: "g", parent: "h"), TraceTree.Node(id: "h", parent: "g"),
            TraceTree.Node(id: "i", parent: "h"),
        ])
        #expect(tree.entries.map(\.index) == [0, 1, 3, 4, 2, 5, 6, 7, 8])
        #expect(tree.entries.map(\.depth) == [0, 1, 2, 1, 0, 0, 0, 1, 2])
        #expect(
            tree.entries.filter(\.isOrphan).map(\.index) == [2, 5, 6])
        #expect(
            tree.entries.map(\.isLast) == [
                false, false, true, true, false, false, true, true, true,
            ])
    }

    @Test func aTreeHoldsEverySpanOnceWhateverItsParents() {
        var random = SpanGenerator.Random(seed: 11)
        for _ in 0..<200 {
            let count = Int.random(in: 0...12, using: &random)
            let nodes = (0..<count).map { _ in
                TraceTree.Node(
                    id: "\(Int.random(in: 0...8, using: &random))",
                    parent: random.chance(20) ? nil : "\(Int.random(in: 0...9, using: &random))")
            }
            let tree = TraceTree(nodes)
            #expect(tree.entries.map(\.index).sorted() == Array(0..<count))
            var depth = -1
            for entry in tree.entries {
                #expect(entry.depth <= depth + 1)
                depth = entry.depth
            }
        }
    }

    @Test func deepChainsNeedNoStack() {
        let nodes = (0..<100_000).map { TraceTree.Node(id: "\($0)", parent: "\($0 - 1)") }
        #expect(TraceTree(nodes).entries.last?.depth == 99_999)
    }

    @Test func waterfallDrawsTheTree() throws {
        let lines = try WaterfallRenderer.lines(try ask("session", "s", spans).table, width: 100)
        #expect(lines.count == 4)
        #expect(lines[0].hasPrefix("root "))
        #expect(lines[1].hasPrefix("├─to\\u{1b}[31mol\\u{a} "))
        #expect(lines[2].hasPrefix("└─call (LLM/m) "))
        #expect(lines[2].contains("70ms"))
        #expect(lines[2].contains(" 12 "))
        #expect(lines[2].contains("$0.0014"))
        #expect(lines[2].hasSuffix("ok"))
        #expect(lines[3].hasPrefix("? orphan"))
        #expect(lines[3].contains("▒"))
        #expect(lines.allSatisfy { $0.count <= 100 })
        #expect(try WaterfallRenderer.lines(try ask("trace", "x", spans).table, width: 80).isEmpty)
    }

    @Test func costsKeepUnpricedApart() throws {
        let spans = [
            SpanRow(id: "a", model: "m", input: 10, output: 5, total: 15, cost: "0.1"),
            SpanRow(id: "b", model: "m", input: 1, output: 2, cost: "0.2"),
            SpanRow(id: "c", model: "m", input: 7), SpanRow(id: "d", kind: "TOOL"),
        ]
        let rows = rows(
            try Questions.answer(
                "costs", parameters: [:], tables: MemoryTables([spanTable(spans)]), now: 0))
        #expect(rows.count == 1)
        #expect(rows[0]["cost_usd"] == .integer(Money.scale / 10 * 3))
        #expect(rows[0]["priced_count"] == .integer(2))
        #expect(rows[0]["unpriced_count"] == .integer(1))
        #expect(rows[0]["unpriced_tokens"] == .integer(7))
        #expect(rows[0]["input_tokens"] == .integer(18))
        #expect(rows[0]["total_tokens"] == .integer(15))
    }
}
