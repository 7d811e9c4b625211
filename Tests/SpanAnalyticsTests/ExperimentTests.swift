// Scores and experiments: distributions with the reference's figures, and who belongs to a run.

import SpanAnalytics
import SpanColumns
import SpanModel
import SpanTesting
import Testing

@Suite struct ExperimentTests {
    private func ask(
        _ question: String, spans: [SpanRow] = [], scores: [ScoreRow] = [],
        _ parameters: [String: String] = [:]
    ) throws -> [[String: Cell]] {
        try rows(
            try Questions.answer(
                question, parameters: parameters,
                tables: MemoryTables([spanTable(spans), scoreTable(scores)]), now: 0))
    }

    @Test func distributionsOfTheReference() throws {
        let scores = try #require(Distribution([0.4, 0.8, 1.0, 0.8]))
        #expect(scores.sum == 3 && scores.mean == 0.75 && scores.median == 0.8)
        #expect(scores.p90 == 1 && scores.count == 4)
        let costs = try #require(
            Distribution(
                picodollars: [".05", ".10", ".20", ".30"].compactMap { Money.parse($0.utf8) }))
        #expect(costs.mean == 0.1625 && costs.median == 0.2 && costs.sum == 0.65)
        #expect(costs.p90 == 0.3 && costs.p95 == 0.3 && costs.p99 == 0.3)
        let latencies = try #require(Distribution([500, 1500, 2000, 3000]))
        #expect(latencies.mean == 1750 && latencies.median == 2000 && latencies.p90 == 3000)
        #expect(Distribution([]) == nil && Distribution(picodollars: []) == nil)
    }

    @Test func aRunIsASessionThatARootSpanPutsInAnExperiment() throws {
        let spans = [
            SpanRow(id: "r1", session: "a", start: 5, end: 9, status: "error", experiment: "e"),
            SpanRow(id: "r0", session: "a", start: 1, end: 3, status: "ok", experiment: "e"),
            SpanRow(id: "c", parent: "r1", session: "a", model: "m", cost: "1.5"),
            SpanRow(id: "x", parent: "r0", session: "b", experiment: "e"),
            SpanRow(trace: "t2", id: "y", session: "a", model: "k", experiment: "f", cost: "1"),
        ]
        let table = try ask(
            "experiments", spans: spans,
            scores: [
                ScoreRow(name: "q", session: "a", value: 1),
                ScoreRow(name: "q", trace: "t2", value: 0),
                ScoreRow(name: "q", session: "b", value: 7),
                ScoreRow(name: "label", session: "a", text: "good"),
            ])
        #expect(table.map { $0["name"]?.string } == ["e", "f"])
        let first = table[0]
        #expect(first["run_count"] == .integer(1) && first["error_count"] == .integer(0))
        #expect(first["models"] == .string(#"["k","m"]"#))
        #expect(first["first_started_at"] == .integer(1_000_000))
        #expect(
            first["cost_usd"]?.string
                == #"{"count":1,"sum":2.5,"mean":2.5,"median":2.5,"p90":2.5,"p95":2.5,"p99":2.5}"#)
        #expect(first["latency_ms"]?.string?.hasPrefix(#"{"count":1,"sum":2.0"#) == true)
        #expect(first["scores"]?.string?.hasPrefix(#"{"q":{"count":1,"sum":0.5"#) == true)
        #expect(first["body"] == .null && table[1]["latency_ms"] == .null)
        let one = try ask("experiments", spans: spans, ["name": "f"])
        #expect(one.map { $0["name"]?.string } == ["f"])
        #expect(try ask("experiments", spans: spans, ["name": "none"]).isEmpty)
        #expect(
            try ask("experiments", spans: spans, ["where": "run_count > 5"]).isEmpty)
    }

    @Test func pagesTellTheWhole() throws {
        let tables = MemoryTables([
            spanTable(
                ["e", "f", "g"].map { SpanRow(trace: $0, id: $0, session: $0, experiment: $0) }),
            scoreTable((0..<5).map { ScoreRow(name: "q\($0)", session: "s", value: 1) }),
        ])
        for (question, total) in [("experiments", 3), ("scores", 5)] {
            let page = try Questions.answer(
                question, parameters: ["limit": "2", "offset": "1"], tables: tables, now: 0
            ).table
            #expect(page.rowCount == 2 && page.totalCount == total)
            #expect(page.isTruncated == (total > 3))
        }
    }

    @Test func scoresOneByOneAndByName() throws {
        let scores = [
            ScoreRow(name: "q", session: "a", value: 0.5),
            ScoreRow(name: "q", session: "a", flag: true, source: "judge"),
            ScoreRow(name: "q", trace: "t", value: .nan),
            ScoreRow(name: "mood", span: "s", text: "good"),
            ScoreRow(name: "mood", session: "b", text: "good"),
        ]
        let list = try ask("scores", scores: scores, ["session": "a"])
        #expect(list.map { $0["source"]?.string } == ["judge", "native"])
        #expect(list[0]["boolean_value"] == .integer(1) && list[1]["value"] == .float(0.5))
        #expect(try ask("scores", scores: scores, ["name": "mood", "span": "s"]).count == 1)
        let stats = try ask("scores/stats", scores: scores)
        #expect(stats.map { $0["name"]?.string } == ["mood", "q"])
        #expect(stats[0]["count"] == .integer(0) && stats[0]["mean"] == .null)
        #expect(stats[0]["labels"] == .string(#"{"good":2}"#))
        #expect(stats[1]["count"] == .integer(2) && stats[1]["mean"] == .float(0.75))
        #expect(stats[1]["median"] == .float(1) && stats[1]["labels"] == .null)
    }
}
