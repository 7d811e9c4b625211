// A trajectory that was stored comes out again, equal as JSON.

import SpanAnalytics
import SpanColumns
import SpanModel
import SpanTesting
import SpanWire
import Testing

@Suite struct ATIFExportTests {
    private func stored(_ text: String) throws -> MemoryTables {
        let bytes = Array(text.utf8)
        let decoded = try bytes.withUnsafeBytes {
            try ATIFDecoder.decode($0, workspace: "default", ingestTime: 0)
        }
        return MemoryTables(decoded.body.batches.map { MemoryTable($0, groupSizes: [3, 1]) })
    }

    private func export(_ text: String, _ session: String) throws -> String {
        String(
            decoding: try ATIFExport.trajectory(session: session, tables: try stored(text)),
            as: UTF8.self)
    }

    @Test func aTrajectoryComesBackWithItsMembersAndNumbersAsTheyWere() throws {
        let compact = ATIFSamples.small.split(separator: "\n")
            .map { String($0.drop { $0 == " " }) }.joined()
        #expect(try export(ATIFSamples.small, "s-small") == compact + "\n")
    }

    @Test func subagentsComeBackInTheirOrder() throws {
        let once = try export(ATIFSamples.nested, "s-nested")
        #expect(once.contains(#""extra":{"k":[1,2.50,null]}"#))
        #expect(once.contains(#""notes":"n \u00e9""#))
        let names = once.split(separator: #""name":""#).dropFirst().map { $0.prefix { $0 != "\"" } }
        #expect(names == ["boss", "idle", "worker"])
        // What is exported is a trajectory, and it exports as itself.
        #expect(try export(once, "s-nested") == once)
    }

    @Test func aSessionWithoutATrajectoryIsNamed() throws {
        #expect(throws: StoreError.unknown(what: "session", name: "other")) {
            try export(ATIFSamples.small, "other")
        }
    }

    // MARK: Sessions that came otherwise

    private let spans: [SpanRow] = [
        SpanRow(
            id: "root", session: "s", start: 0, end: 9, status: "ok", kind: "AGENT",
            agent: "guide", experiment: "e", testCase: "c", input: 300, output: 9,
            asked: "Where is it?", answered: "In Paris."),
        SpanRow(
            id: "call", parent: "root", session: "s", start: 1, end: 3, kind: "llm", model: "m",
            input: 100, output: 9, cached: 80, total: 109, cost: "0.25",
            answered:
                #"{"messages":[{"role":"assistant","content":"","tool_calls":[{"id":"t-9"}]}]}"#),
        SpanRow(
            id: "tool", parent: "root", session: "s", start: 4, end: 5, status: "error",
            kind: "TOOL", attributes: #"{"gen_ai.tool.call.id":"t-9"}"#, name: "search",
            asked: #"{"q": "Paris"}"#, answered: "no route"),
        SpanRow(
            id: "other", parent: "root", session: "s", start: 4, kind: "retriever", name: "look",
            asked: "Paris"),
        SpanRow(id: "chain", parent: "root", session: "s", start: 4, end: 5, kind: "CHAIN"),
        SpanRow(
            id: "last", parent: "root", session: "s", start: 6, end: 8, kind: "LLM", model: "m",
            input: 200,
            answered: #"[{"role":"assistant","parts":[{"type":"text","content":"Île"}]}]"#
        ),
        SpanRow(
            trace: "t2", id: "only", session: "s", start: 20, end: 21, kind: "chain",
            asked: "thanks", answered: "welcome"),
    ]

    private func made(_ spans: [SpanRow]) throws -> String {
        String(
            decoding: try ATIFExport.trajectory(
                session: "s", tables: MemoryTables([spanTable(spans)])), as: UTF8.self)
    }

    @Test func spansBecomeSteps() throws {
        let text = try made(spans)
        let steps = text.components(of: #""step_id":"#)
        #expect(
            steps[0].hasPrefix(
                #"{"schema_version":"ATIF-v1.7","session_id":"s","agent":{"name":"guide","#
                    + #""version":"unknown","model_name":"m"},"experiment_context":"#
                    + #"{"experiment_id":"e","test_case_id":"c"},"final_metrics":"#
                    + #"{"total_prompt_tokens":300,"total_completion_tokens":9,"#
                    + #""total_cost_usd":0.25,"total_steps":5},"steps":[{"#))
        #expect(steps.count == 6)
        #expect(steps[1].contains(#""source":"user","message":"Where is it?","extra""#))
        #expect(
            steps[2].contains(
                #""model_name":"m","message":"","tool_calls":[{"tool_call_id":"other","#
                    + #""function_name":"look","arguments":{"input":"Paris"}"#))
        #expect(
            steps[2].contains(
                #"{"tool_call_id":"t-9","function_name":"search","arguments":{"q":"Paris"}"#))
        #expect(steps[2].contains(#"{"source_call_id":"t-9","content":"[error] no route"}"#))
        #expect(
            steps[2].contains(
                #""metrics":{"prompt_tokens":100,"completion_tokens":9,"cached_tokens":80,"#
                    + #""cost_usd":0.25}"#))
        #expect(steps[2].contains(#""extra":{"source":"native","trace_id":"t1","span_id":"call","#))
        #expect(steps[2].contains(#""start_timestamp":0.001000000,"end_timestamp":0.003000000"#))
        #expect(steps[3].contains(#""message":"Île","#))
        #expect(steps[4].contains(#""message":"thanks","#))
        #expect(steps[5].contains(#""source":"agent","message":"welcome","#))
        #expect(throws: StoreError.unknown(what: "session", name: "s")) { try made([]) }
    }

    /// What is made is a trajectory, stored as one, and keeps its ids from then on.
    @Test func whatIsMadeExportsAsItself() throws {
        let once = try made(spans)
        #expect(try export(once, "s") == once)
        let session = try rows(
            try Questions.answer("sessions", parameters: [:], tables: try stored(once), now: 0))[0]
        #expect(session["input_tokens"] == .integer(300))
        #expect(session["cached_tokens"] == .integer(80))
        #expect(session["cost_usd"] == .integer(Money.scale / 4))
        #expect(session["worst_status"] == .string("error"))
        #expect(session["started_at"] == .integer(0))
        #expect(session["experiment"] == .string("e"))
    }

    /// Deterministic texts of any shape end, and give a trajectory that is taken.
    @Test(arguments: [
        "", "{", "[", "[]", "{}", "null", "[1]", #"{"messages":3}"#, #"[{"role":"user"}]"#,
        #"[{"content":[{"text":"a"},{"image":1},"b"]}]"#, "[[[[[[[[[[[[[[[[[[[[[[",
    ])
    func textsOfAnyShape(text: String) throws {
        let once = try made([
            SpanRow(id: "a", session: "s", kind: "LLM", asked: text, answered: text),
            SpanRow(id: "b", parent: "a", session: "s", kind: "TOOL", asked: text, answered: text),
        ])
        #expect(try export(once, "s") == once)
    }
}

extension String {
    /// The parts between a separator.
    fileprivate func components(of separator: String) -> [String] {
        split(separator: separator, omittingEmptySubsequences: false).map(String.init)
    }
}
