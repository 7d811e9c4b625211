// SQL over the derived tables: `sessions` and `traces` have the rows of their questions and the
// columns that DESCRIBE says.

import SpanAnalytics
import SpanColumns
import SpanModel
import SpanTesting
import Testing

@Suite struct SQLQuestionTests {
    private let spans: [SpanRow] = [
        SpanRow(
            trace: "a", id: "ra", session: "s1", start: 0, end: 1_000, status: "ok",
            kind: "AGENT", experiment: "e"),
        SpanRow(
            trace: "a", id: "la", parent: "ra", session: "s1", start: 0, end: 500, kind: "LLM",
            model: "m", input: 100, output: 10, cost: ".05"),
        SpanRow(
            trace: "b", id: "rb", session: "s2", start: 5_000, end: 7_000, status: "error",
            input: 200, output: 20, cost: ".10"),
        SpanRow(trace: "c", id: "rc", session: "s2", start: 6_000, status: "ok"),
    ]
    private let scores = [
        ScoreRow(name: "quality", session: "s1", value: 1),
        ScoreRow(name: "quality", session: "s2", value: 0.5),
    ]

    private func ask(_ statement: String) throws -> Answer {
        try SQLQuestion.answer(
            statement, tables: MemoryTables([spanTable(spans), scoreTable(scores)]), now: 0)
    }

    @Test func sessionsAreTheRowsOfTheQuestion() throws {
        let question = try Questions.answer(
            "sessions", parameters: [:],
            tables: MemoryTables([spanTable(spans), scoreTable(scores)]), now: 0)
        #expect(rows(try ask("SELECT * FROM sessions")) == rows(question))
        let described = rows(try ask("DESCRIBE sessions"))
        #expect(
            described.map { $0["column_name"]?.string } == question.table.columns.map(\.name))
        let types = question.table.columns.map(\.type)
        #expect(try ask("SELECT * FROM sessions").table.columns.map(\.type) == types)
    }

    @Test func sessionsGroupAndFilter() throws {
        let grouped = rows(
            try ask(
                """
                SELECT worst_status, count(*) n, sum(cost_usd) cost, max(started_at) latest
                FROM sessions WHERE span_count > 1 GROUP BY worst_status ORDER BY cost DESC
                """))
        #expect(grouped.map { $0["worst_status"] } == [.string("error"), .string("ok")])
        #expect(grouped[0]["cost"] == .integer(Money.scale / 10))
        let scored = rows(
            try ask("SELECT session_id FROM sessions WHERE scores['quality'] = '0.5'"))
        #expect(scored.map { $0["session_id"] } == [.string("s2")])
    }

    @Test func tracesAreGroupsOfSpans() throws {
        let traces = rows(
            try ask(
                """
                SELECT trace_id, session_id, status, span_count, llm_count, ended_at, duration_ms,
                    cost_usd, models FROM traces ORDER BY started_at
                """))
        #expect(traces.map { $0["trace_id"] } == [.string("a"), .string("b"), .string("c")])
        #expect(traces.map { $0["span_count"] } == [.integer(2), .integer(1), .integer(1)])
        #expect(traces[0]["models"] == .string(#"["m"]"#))
        #expect(traces[0]["llm_count"] == .integer(1))
        #expect(traces[1]["duration_ms"] == .float(2_000))
        #expect(traces[2]["ended_at"] == .null)
        #expect(traces[2]["duration_ms"] == .null)
        let described = rows(try ask("DESCRIBE traces")).map { $0["column_name"]?.string }
        #expect(try ask("SELECT * FROM traces").table.columns.map(\.name) == described)
    }

    /// Columns that are only shown are made for the rows of the page, and are the same.
    @Test(arguments: [
        ("sessions", "started_at", "true"), ("sessions", "cost_usd DESC", "span_count > 1"),
        ("sessions", "scores['quality']", "true"), ("sessions", "session_id", "cost_usd > 5"),
        ("traces", "trace_id DESC", "true"), ("traces", "duration_ms NULLS FIRST", "true"),
        ("traces", "source, models", "status = 'ok' OR state = 'running'"),
        ("traces", "CASE WHEN root_span_id = 'rb' THEN 1 ELSE 2 END, span_count DESC", "true"),
    ])
    func aPageHasTheRowsOfTheWholeTable(table: String, order: String, condition: String) throws {
        let spans = spans + [SpanRow(trace: "a", id: "o", source: "other", start: 3, end: 4)]
        let tables = MemoryTables([spanTable(spans), scoreTable(scores)])
        func ask(_ page: String) throws -> ResultTable {
            try SQLQuestion.answer(
                "SELECT * FROM \(table) WHERE \(condition) ORDER BY \(order) \(page)",
                tables: tables, now: 0
            ).table
        }
        let whole = rows(try ask(""))
        for offset in 0...4 {
            for limit in 0...4 {
                let page = try ask("LIMIT \(limit) OFFSET \(offset)")
                #expect(rows(page) == Array(whole.dropFirst(offset).prefix(limit)))
                #expect(page.isTruncated == (offset + limit < whole.count))
            }
        }
    }

    /// More rows than are made for a page: the table is made as a whole, and gives the same.
    @Test func aLargePageIsThatOfTheWholeTable() throws {
        let count = Limits.detailedRowsMax + 1
        let spans = (0..<count).map { number in
            SpanRow(
                trace: "t\(number)", id: "r\(number)", session: "s\(number % 7)",
                start: Int64(number), end: Int64(2 * number), name: "n\(number % 11)")
        }
        let tables = MemoryTables([spanTable(spans), scoreTable(scores)])
        func names(_ condition: String) throws -> [Cell?] {
            rows(
                try SQLQuestion.answer(
                    "SELECT name FROM traces WHERE \(condition) ORDER BY started_at",
                    tables: tables, now: 0)
            ).map { $0["name"] }
        }
        let all = (0..<count).map { Cell.string("n\($0 % 11)") }
        #expect(try names("span_count = 1") == all)
        #expect(try names("duration_ms > 0") == Array(all.dropFirst()))
    }
}
