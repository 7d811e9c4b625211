// The list of traces: one row per trace and source, previews of the root, and traces that lack it.

import SpanAnalytics
import SpanColumns
import SpanModel
import SpanTesting
import Testing

@Suite struct TraceListTests {
    private let spans: [SpanRow] = [
        SpanRow(
            trace: "a", id: "r", session: "s", start: 10, end: 90, status: "ok", agent: "planner",
            name: "plan", asked: String(repeating: "é", count: 400), answered: "done"),
        SpanRow(
            trace: "a", id: "l", parent: "r", session: "s", start: 20, end: 95, status: "error",
            kind: "LLM", model: "m", input: 5, output: 7, cost: ".5", name: "call",
            asked: "not the root's"),
        SpanRow(trace: "b", id: "r", session: "s", start: 5, status: "ok", name: "runs", asked: ""),
        SpanRow(
            trace: "c", id: "x", parent: "gone", session: "t", start: 1, end: 2, agent: "lost",
            name: "orphan", asked: "child"),
        SpanRow(trace: "c", id: "y", parent: "gone", start: 2, end: 3, name: "later"),
        SpanRow(
            trace: "a", id: "o", source: "other", project: "q", start: 30, end: 31, name: "twin"),
    ]

    private func ask(_ parameters: [String: String] = [:]) throws -> Answer {
        try Questions.answer(
            "traces", parameters: parameters, tables: MemoryTables([spanTable(spans)]), now: 0)
    }

    private func names(_ parameters: [String: String]) throws -> [String?] {
        rows(try ask(parameters)).map { $0["name"]?.string }
    }

    @Test func oneRowPerTraceAndSource() throws {
        let answer = try ask()
        let traces = rows(answer)
        #expect(answer.table.totalCount == 4)
        #expect(traces.map { $0["trace_id"]?.string } == ["c", "b", "a", "a"])
        #expect(traces.map { $0["source"]?.string } == ["native", "native", "native", "other"])
        #expect(
            traces.map { $0["state"]?.string } == ["rootless", "running", "finished", "finished"])
        let plan = traces[2]
        #expect(plan["name"] == .string("plan") && plan["agent_name"] == .string("planner"))
        #expect(plan["status"] == .string("ok") && plan["worst_status"] == .string("error"))
        #expect(plan["root_span_id"] == .string("r") && plan["span_count"] == .integer(2))
        #expect(plan["duration_ms"] == .float(85) && plan["cost_usd"] == .integer(Money.scale / 2))
        #expect(plan["input_tokens"] == .integer(5) && plan["llm_count"] == .integer(1))
        #expect(plan["output"] == .string("done"))
    }

    /// 300 characters, not bytes; nothing of spans that are no roots.
    @Test func previewsAreOfTheRoot() throws {
        let inputs = rows(try ask()).map { $0["input"]?.string }
        #expect(inputs == [nil, "", String(repeating: "é", count: 300), nil])
    }

    @Test func aTraceWithoutItsRootIsNamedByItsEarliestSpan() throws {
        let lost = rows(try ask())[0]
        #expect(lost["root_span_id"] == .null && lost["status"] == .null)
        #expect(lost["name"] == .string("orphan") && lost["agent_name"] == .string("lost"))
        #expect(lost["session_id"] == .string("t") && lost["span_count"] == .integer(2))
        let running = rows(try ask())[1]
        #expect(running["ended_at"] == .null && running["duration_ms"] == .null)
    }

    @Test func filtersSelectWholeTraces() throws {
        #expect(try names(["session": "s"]) == ["runs", "plan"])
        #expect(try names(["session": "nowhere"]) == [])
        #expect(try names(["status": "ok"]) == ["runs", "plan"])
        #expect(try names(["project": "q"]) == ["twin"])
        #expect(try names(["where": "error_count > 0 AND state = 'finished'"]) == ["plan"])
        let window = ["from": "1970-01-01T00:00:00.005Z", "to": "1970-01-01T00:00:00.030Z"]
        #expect(try names(window) == ["runs", "plan"])
        #expect(throws: StoreError.self) { try self.ask(["where": "span_id = 'x'"]) }
    }

    /// A page reads more than what filters and orders of its traces alone, and is the same page.
    @Test(arguments: [
        [:], ["order": "started_at:desc"], ["order": "source,trace_id:desc"],
        ["from": "1970-01-01T00:00:00.005Z"], ["from": "1971-01-01T00:00:00Z"], ["view": "raw"],
        ["order": "cost_usd:desc"], ["order": "name"], ["status": "ok"], ["project": "q"],
        ["session": "s", "order": "duration_ms"],
        ["where": "error_count > 0 OR state = 'rootless'"],
    ])
    func pagesAreThoseOfTheWholeList(parameters: [String: String]) throws {
        let whole = rows(try ask(parameters))
        for offset in 0...4 {
            for limit in 0...5 {
                let page = try ask(
                    parameters.merging(["offset": "\(offset)", "limit": "\(limit)"]) { $1 })
                #expect(rows(page) == Array(whole.dropFirst(offset).prefix(limit)))
                #expect(page.table.totalCount == whole.count)
                #expect(page.table.isTruncated == (offset + limit < whole.count))
            }
        }
    }

    @Test func nullsAreLastBothWays() throws {
        #expect(try names(["order": "cost_usd"]).first == "plan")
        #expect(
            try names(["order": "cost_usd:desc,started_at"]) == ["plan", "orphan", "runs", "twin"])
        let page = try ask(["page": "2", "page_size": "3", "order": "span_count:desc"])
        #expect(page.table.rowCount == 1 && page.table.totalCount == 4)
    }
}
