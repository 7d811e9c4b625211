// Sessions: the rules of the contract and the numbers of the reference checklist.

import SpanAnalytics
import SpanColumns
import SpanModel
import SpanTesting
import Testing

@Suite struct SessionQuestionTests {
    private func ask(
        _ spans: [SpanRow], scores: [ScoreRow] = [], _ parameters: [String: String] = [:]
    ) throws -> [[String: Cell]] {
        try rows(answer(spans, scores: scores, parameters))
    }

    private func answer(
        _ spans: [SpanRow], scores: [ScoreRow] = [], _ parameters: [String: String] = [:]
    ) throws -> Answer {
        try Questions.answer(
            "sessions", parameters: parameters,
            tables: MemoryTables([spanTable(spans), scoreTable(scores)]), now: 0)
    }

    /// The three sessions of the reference's list test.
    private let cases: [SpanRow] = [
        SpanRow(
            trace: "a", id: "ra", session: "case-a", start: 0, end: 1_000, status: "ok",
            kind: "AGENT", experiment: "e", testCase: "case-a"),
        SpanRow(
            trace: "a", id: "la", parent: "ra", session: "case-a", start: 0, end: 500,
            kind: "LLM", model: "m", input: 100, output: 10, total: 110, cost: ".05"),
        SpanRow(
            trace: "b", id: "rb", session: "case-b", start: 5_000, end: 7_000, status: "error",
            experiment: "e", testCase: "case-b", input: 200, output: 20, cost: ".10"),
        SpanRow(
            trace: "c", id: "rc", session: "case-c", start: 10_000, end: 13_000, status: "ok",
            experiment: "e", testCase: "case-c", input: 300, output: 30, cost: ".20"),
    ]
    private let verdicts = [
        ScoreRow(name: "harbor.verifier", session: "case-a", value: 1),
        ScoreRow(name: "harbor.verifier", session: "case-b", value: 0.5),
        ScoreRow(name: "harbor.verifier", session: "case-c", value: 0),
    ]

    @Test func listOfAnExperiment() throws {
        let rows = try ask(cases, scores: verdicts, ["experiment": "e"])
        #expect(rows.map { $0["session_id"]?.string } == ["case-a", "case-b", "case-c"])
        let first = rows[0]
        #expect(first["duration_ms"] == .float(1_000))
        #expect(first["input_tokens"] == .integer(100))
        #expect(first["output_tokens"] == .integer(10))
        #expect(first["total_tokens"] == .integer(110))
        #expect(first["cost_usd"] == .integer(Money.scale / 20))
        #expect(first["cached_tokens"] == .null)
        #expect(first["scores"] == .string(#"{"harbor.verifier":1.0}"#))
        #expect(first["models"] == .string(#"["m"]"#))
        #expect(first["llm_count"] == .integer(1))
        #expect(first["test_case_id"] == .string("case-a"))
        #expect(rows[1]["models"] == .string("[]"))
    }

    @Test func fieldsAreThoseOfTheContractInItsOrder() throws {
        let names = try answer(cases).table.columns.map(\.name)
        #expect(
            names == [
                "session_id", "project", "started_at", "ended_at", "duration_ms", "status",
                "worst_status", "span_count", "trace_count", "error_count", "llm_count",
                "input_tokens", "output_tokens", "cached_tokens", "reasoning_tokens",
                "total_tokens", "cost_usd", "models", "test_case_id", "experiment",
                "effective_input_tokens", "effective_output_tokens", "effective_cost_usd", "scores",
            ])
    }

    @Test func sumsSpanTracesAndAreExact() throws {
        let row = try #require(
            try ask([
                SpanRow(
                    trace: "1", id: "a", session: "s", start: 0, end: 3_000, status: "success",
                    input: 100, output: 40, total: 140, cost: ".0014"),
                SpanRow(
                    trace: "2", id: "b", session: "s", start: 1_000, end: 5_000, status: "error",
                    input: 60, output: 20, total: 80, cost: ".0008"),
                SpanRow(
                    trace: "2", id: "c", parent: "b", session: "s", start: 1_000, end: 2_000,
                    status: "success"),
            ]).first)
        #expect(row["worst_status"] == .string("error"))
        #expect(row["status"] == .string("success"))
        #expect(row["duration_ms"] == .float(5_000))
        #expect(row["trace_count"] == .integer(2))
        #expect(row["span_count"] == .integer(3))
        #expect(row["error_count"] == .integer(1))
        #expect(row["input_tokens"] == .integer(160))
        #expect(row["output_tokens"] == .integer(60))
        #expect(row["total_tokens"] == .integer(220))
        #expect(row["cost_usd"] == .integer(2_200_000_000))
    }

    @Test func zeroIsNotNull() throws {
        let spans = [
            SpanRow(id: "a", session: "s", end: 1), SpanRow(id: "b", session: "s", end: 1),
        ]
        #expect(try ask(spans)[0]["cached_tokens"] == .null)
        let zero = spans + [SpanRow(id: "c", session: "s", end: 1, cached: 0)]
        #expect(try ask(zero)[0]["cached_tokens"] == .integer(0))
    }

    @Test func earliestRootByStartThenSpanID() throws {
        func status(_ roots: [SpanRow]) throws -> Cell? { try ask(roots)[0]["status"] }
        #expect(
            try status([
                SpanRow(id: "x", session: "s", start: 1, end: 2, status: "late"),
                SpanRow(id: "y", session: "s", start: 0, end: 2, status: "early"),
                SpanRow(id: "a", parent: "y", session: "s", start: -5, end: 2, status: "child"),
            ]) == .string("early"))
        #expect(
            try status([
                SpanRow(id: "b", session: "s", end: 2, status: "b"),
                SpanRow(id: "a", session: "s", end: 2, status: "a"),
                SpanRow(id: "c", session: "s", end: 2, status: "c"),
            ]) == .string("a"))
    }

    @Test func projectIsTheEarliestRootsElseTheEarliestSpans() throws {
        let child = SpanRow(
            id: "b", parent: "a", session: "s", project: "child", start: 0, end: 1, status: "ok")
        let other = SpanRow(
            id: "c", parent: "a", session: "s", project: "other", start: 1, end: 2)
        let root = SpanRow(id: "a", session: "s", project: "root", start: 5, end: 9)
        #expect(try ask([other, child])[0]["project"] == .string("child"))
        #expect(try ask([other, child])[0]["status"] == .null)
        let both = try ask([other, child, root])
        #expect(both.count == 1)
        #expect(both[0]["project"] == .string("root"))
        #expect(try ask([other, child, root], ["project": "child"]).isEmpty)
        #expect(try ask([other, child, root], ["project": "root"])[0]["span_count"] == .integer(3))
    }

    @Test func experimentIsTheRoots() throws {
        let spans = [
            SpanRow(id: "a", session: "s", start: 0, end: 9),
            SpanRow(id: "b", parent: "a", session: "s", start: 1, end: 2, experiment: "e"),
        ]
        #expect(try ask(spans, ["experiment": "e"]).isEmpty)
    }

    @Test func endIsNullWhileASpanIsOpen() throws {
        let row = try ask([
            SpanRow(id: "a", session: "s", end: 9), SpanRow(id: "b", session: "s", end: 8),
            SpanRow(id: "c", session: "s", start: 1),
        ])[0]
        #expect(row["ended_at"] == .null)
        #expect(row["duration_ms"] == .null)
    }

    @Test(arguments: [
        (["ok", "cancelled"], "cancelled"), (["ok", "cancelled", "error"], "error"),
        (["timeout", "cancelled"], "timeout"), (["blocked", "unset", "ok"], "blocked"),
        (["ok", "unset"], "unset"), (["success", "unset"], "unset"), (["ok"], "ok"),
    ])
    func worstStatus(statuses: [String], worst: String) throws {
        let spans = statuses.enumerated().map {
            SpanRow(id: "\($0)", session: "s", end: 1, status: $1)
        }
        #expect(try ask(spans)[0]["worst_status"] == .string(worst))
    }

    @Test func statusFilterIsTheRootsAndTotalsFollow() throws {
        let answer = try answer(cases, ["status": "error"])
        #expect(rows(answer).map { $0["session_id"]?.string } == ["case-b"])
        #expect(answer.table.totalCount == 1)
        #expect(try ask(cases, ["status": "bogus"]).isEmpty)
        #expect(try ask(cases, ["test_case": "case-c"]).count == 1)
    }

    @Test func groups() throws {
        let more =
            cases + [
                SpanRow(id: "x", session: "d", project: "q", start: 11_000, status: "ok"),
                SpanRow(id: "y", session: "e", project: "q", start: 12_000, end: 12_500),
            ]
        let answer = try answer(more, ["by": "experiment,status"])
        #expect(answer.table.totalCount == 4)
        let groups = rows(answer)
        #expect(groups.map { $0["experiment"] } == [.string("e"), .string("e"), .null, .null])
        #expect(groups.map { $0["status"]?.string } == ["error", "ok", "ok", nil])
        #expect(groups.map { $0["session_count"]?.integer } == [1, 2, 1, 1])
        #expect(groups.map { $0["failed_count"]?.integer } == [1, 0, 0, 0])
        #expect(groups.map { $0["running_count"]?.integer } == [0, 0, 1, 0])
        #expect(groups[1]["span_count"] == .integer(3))
        #expect(groups[1]["input_tokens"] == .integer(400))
        #expect(groups[1]["effective_input_tokens"] == .integer(400))
        #expect(groups[1]["cost_usd"] == .integer(Money.scale / 4))
        #expect(groups[1]["p50_ms"] == .float(2_000) && groups[1]["mean_ms"] == .float(2_000))
        #expect(groups[1]["first_started_at"] == .integer(0))
        #expect(groups[1]["last_started_at"] == .integer(10_000_000_000))
        #expect(groups[2]["p50_ms"] == .null && groups[2]["cost_usd"] == .null)
        let index = try ask(more, ["by": "experiment", "method": "index", "experiment": "e"])
        #expect(index.map { $0["p50_ms"] } == [.float(2_000)])
    }

    @Test func groupsArePagedOrderedAndBucketed() throws {
        let first = try answer(
            cases, ["by": "test_case_id", "order": "cost_usd:desc", "page_size": "2"])
        #expect(rows(first).map { $0["test_case_id"]?.string } == ["case-c", "case-b"])
        #expect(first.table.totalCount == 3 && first.table.isTruncated)
        let buckets = try ask(cases, ["bucket": "10s"])
        #expect(buckets.map { $0["bucket_start"]?.integer } == [0, 10_000_000_000])
        #expect(buckets.map { $0["session_count"]?.integer } == [2, 1])
        #expect(try ask(cases, ["by": "status", "where": "span_count > 9"]).isEmpty)
        for name in ["is_mixed", "span_id", "models"] {
            #expect(throws: StoreError.self) { try self.ask(self.cases, ["by": name]) }
        }
    }

    @Test func pages() throws {
        let second = try answer(cases, ["page": "2", "page_size": "2"])
        #expect(rows(second).map { $0["session_id"]?.string } == ["case-c"])
        #expect(second.table.totalCount == 3)
        let past = try answer(cases, ["page": "9", "page_size": "2"])
        #expect(past.table.rowCount == 0)
        #expect(past.table.totalCount == 3)
        #expect(throws: StoreError.self) { try self.answer(self.cases, ["page": "0"]) }
    }

    @Test func nullsAreLastBothWays() throws {
        let spans = [
            SpanRow(id: "a", session: "a", end: 1, cost: ".1"),
            SpanRow(id: "b", session: "b", end: 1),
            SpanRow(id: "c", session: "c", end: 1, cost: ".2"),
        ]
        let down = try ask(spans, ["order": "cost_usd:desc"])
        #expect(down.map { $0["session_id"]?.string } == ["c", "a", "b"])
        let up = try ask(spans, ["order": "cost_usd"])
        #expect(up.map { $0["session_id"]?.string } == ["a", "c", "b"])
    }

    @Test func aWindowSelectsWholeSessions() throws {
        let spans = [
            SpanRow(id: "a", session: "early", start: 0, end: 9, input: 1),
            SpanRow(id: "b", session: "early", start: 5_000, end: 9_000, input: 2),
            SpanRow(id: "c", session: "late", start: 5_000, end: 9_000, input: 4),
        ]
        let window = ["from": "1970-01-01T00:00:04Z", "to": "1970-01-01T00:00:06Z"]
        #expect(try ask(spans, window).map { $0["session_id"]?.string } == ["late"])
        let first = try ask(spans, ["to": "1970-01-01T00:00:01Z"])
        #expect(first.map { $0["input_tokens"]?.integer } == [3])
    }

    @Test func scoresAreMeansOfNumbersAndBooleans() throws {
        let spans = [
            SpanRow(trace: "t", id: "a", session: "s", end: 1),
            SpanRow(trace: "t", id: "b", session: "s", end: 1),
            SpanRow(trace: "u", id: "a", session: "other", end: 1),
        ]
        let scores = [
            ScoreRow(name: "good", session: "s", value: 1, source: "1"),
            ScoreRow(name: "good", session: "s", value: 0, source: "2"),
            ScoreRow(name: "good", session: "s", text: "x", source: "3"),
            ScoreRow(name: "flag", trace: "t", span: "b", flag: true),
            ScoreRow(name: "trace", trace: "u", value: 0.25),
            ScoreRow(name: "nan", session: "s", value: .nan),
            ScoreRow(name: "stray", session: "nowhere", value: 1),
        ]
        let rows = try ask(spans, scores: scores)
        #expect(
            rows.map { $0["scores"]?.string } == [
                #"{"trace":0.25}"#, #"{"flag":1.0,"good":0.5}"#,
            ])
        #expect(rows.map { $0["session_id"]?.string } == ["other", "s"])
    }

    @Test func conditionsAreAboutSessions() throws {
        let rows = try ask(cases, ["where": "cost_usd >= 0.1 AND worst_status <> 'error'"])
        #expect(rows.map { $0["session_id"]?.string } == ["case-c"])
        #expect(
            throws: StoreError.invalidArgument(
                name: "where", reason: "unknown column 'span_id' at line 1, column 1")
        ) {
            try self.ask(self.cases, ["where": "span_id = 'x'"])
        }
    }

    @Test func modelCallsIgnoreCase() throws {
        let spans = ["LLM", "llm", "Llm", "TOOL", "LLMX"].enumerated().map {
            SpanRow(id: "\($0)", session: "s", end: 1, kind: $1)
        }
        #expect(try ask(spans)[0]["llm_count"] == .integer(3))
    }
}
