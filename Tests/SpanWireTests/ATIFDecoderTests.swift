// Trajectories as rows: the mapping of schemas/atif-mapping.md.

import SpanColumns
import SpanModel
import SpanTesting
import SpanWire
import Testing

/// Decodes a trajectory that was ingested at second 1 of 1970.
func decodeATIF(
    _ text: String, workspace: String = "w", depthMax: Int = Limits.trajectoryDepthMax
) throws -> ATIFDecoder.Decoded {
    let bytes = Array(text.utf8)
    return try bytes.withUnsafeBytes {
        try ATIFDecoder.decode(
            $0, workspace: workspace, ingestTime: 1_000_000_000, depthMax: depthMax)
    }
}

/// The spans of a trajectory as JSON objects with the named columns.
private func spans(_ text: String, _ names: [String]) throws -> [String] {
    var body = try decodeATIF(text).body
    body.batches.removeAll { $0.schema.number != Tables.spans.number }
    return try lines(body, names)
}

/// The scores of a trajectory.
private func scores(_ text: String) throws -> [String] {
    var body = try decodeATIF(text).body
    body.batches.removeAll { $0.schema.number != Tables.scores.number }
    return try lines(body, ["session_id", "name", "value", "boolean_value", "string_value"])
}

@Suite struct ATIFDecoderTests {
    @Test func aStepOfAUserAndOneOfAnAgentWithACallAreFourSpans() throws {
        #expect(
            try spans(
                ATIFSamples.small,
                ["kind", "name", "status", "start_time", "end_time", "model", "tool_name"]) == [
                    #"{"kind":"AGENT","name":"helper","status":"ok","#
                        + #""start_time":"2026-03-01T10:00:00.000000000Z","#
                        + #""end_time":"2026-03-01T10:00:02.500000000Z","model":"m-1","tool_name":null}"#,
                    #"{"kind":"AGENT","name":"user-1","status":"ok","#
                        + #""start_time":"2026-03-01T10:00:00.000000000Z","#
                        + #""end_time":"2026-03-01T10:00:02.500000000Z","model":null,"tool_name":null}"#,
                    #"{"kind":"LLM","name":"agent-2","status":"ok","#
                        + #""start_time":"2026-03-01T10:00:02.500000000Z","end_time":null,"#
                        + #""model":"m-1","tool_name":null}"#,
                    #"{"kind":"TOOL","name":"shell","status":"ok","#
                        + #""start_time":"2026-03-01T10:00:02.500000000Z","end_time":null,"#
                        + #""model":null,"tool_name":"shell"}"#,
                ])
    }

    @Test func textsAndUsageStandWhereTheyAreSpent() throws {
        #expect(
            try spans(
                ATIFSamples.small,
                [
                    "input", "output", "input_tokens", "output_tokens", "cached_tokens",
                    "total_tokens", "cost_usd",
                ]) == [
                    #"{"input":"Count the files.","output":"Four.","input_tokens":null,"#
                        + #""output_tokens":null,"cached_tokens":null,"total_tokens":null,"cost_usd":null}"#,
                    #"{"input":"Count the files.","output":null,"input_tokens":null,"#
                        + #""output_tokens":null,"cached_tokens":null,"total_tokens":null,"cost_usd":null}"#,
                    #"{"input":null,"output":"{\"message\":\"Four.\",\"reasoning_content\":\"ls, then count\","#
                        + #"\"tool_calls\":[{\"tool_call_id\":\"c1\",\"function_name\":\"shell\","#
                        + #"\"arguments\":{\"command\":\"ls | wc -l\"}}]}","input_tokens":120,"#
                        + #""output_tokens":15,"cached_tokens":100,"total_tokens":135,"cost_usd":0.0014}"#,
                    #"{"input":"{\"tool_call_id\":\"c1\",\"function_name\":\"shell\",\"arguments\":"#
                        + #"{\"command\":\"ls | wc -l\"}}","#
                        + #""output":"{\"source_call_id\":\"c1\",\"content\":\"4\"}","#
                        + #""input_tokens":null,"output_tokens":null,"cached_tokens":null,"#
                        + #""total_tokens":null,"cost_usd":null}"#,
                ])
    }

    /// The reference's own figures: 12000/250/.18 and 18000/350/.27 are 30000/600/.45.
    @Test func totalsAreNotCountedOnTopOfSteps() throws {
        func trajectory(_ first: String, _ second: String) -> String {
            #"{"schema_version":"ATIF-v1.5","session_id":"s","agent":{"name":"a","version":"1"},"#
                + #""final_metrics":{"total_prompt_tokens":30000,"total_completion_tokens":600,"#
                + #""total_cost_usd":0.45},"steps":[{"step_id":1,"source":"agent","message":"x"\#(first)},"#
                + #"{"step_id":2,"source":"agent","message":"y"\#(second)}]}"#
        }
        let names = ["input_tokens", "output_tokens", "cost_usd"]
        let counted = trajectory(
            #","metrics":{"prompt_tokens":12000,"completion_tokens":250,"cost_usd":0.18}"#,
            #","metrics":{"prompt_tokens":18000,"completion_tokens":350,"cost_usd":0.27}"#)
        #expect(
            try spans(counted, names).first
                == #"{"input_tokens":null,"output_tokens":null,"cost_usd":null}"#)
        // Field by field: what no step has comes from the totals.
        #expect(
            try spans(trajectory(#","metrics":{"completion_tokens":600}"#, ""), names) == [
                #"{"input_tokens":30000,"output_tokens":null,"cost_usd":0.45}"#,
                #"{"input_tokens":null,"output_tokens":600,"cost_usd":null}"#,
                #"{"input_tokens":null,"output_tokens":null,"cost_usd":null}"#,
            ])
        // What was copied from another trajectory was spent there.
        let copied =
            #","is_copied_context":true,"metrics":{"prompt_tokens":5,"completion_tokens":5,"cost_usd":5}"#
        #expect(
            try spans(trajectory(copied, ""), names) == [
                #"{"input_tokens":30000,"output_tokens":600,"cost_usd":0.45}"#,
                #"{"input_tokens":null,"output_tokens":null,"cost_usd":null}"#,
                #"{"input_tokens":null,"output_tokens":null,"cost_usd":null}"#,
            ])
    }

    @Test func subagentsStandUnderTheStepThatNamesThem() throws {
        let decoded = try decodeATIF(ATIFSamples.nested)
        let batch = try #require(decoded.body.batches.first)
        let ids = (0..<batch.rowCount).map { Cell(batch.columns[SpanColumn.spanID], $0).string }
        let parents = (0..<batch.rowCount).map { row -> String? in
            let parent = Cell(batch.columns[SpanColumn.parentSpanID], row).string
            return ids.firstIndex(of: parent).flatMap {
                Cell(batch.columns[SpanColumn.name], $0).string
            }
        }
        let names = (0..<batch.rowCount).map { Cell(batch.columns[SpanColumn.name], $0).string }
        #expect(Set(ids).count == ids.count)
        #expect(
            zip(names, parents).map { "\($0 ?? "") < \($1 ?? "")" } == [
                "boss < ", "harbor.verifier < boss", "agent-1 < boss", "delegate < agent-1",
                "worker < agent-1", "user-1 < worker", "agent-2 < worker",
                "subagent-else/where.json < agent-1", "idle < boss",
            ])
        let statuses = (0..<batch.rowCount).map {
            Cell(batch.columns[SpanColumn.status], $0).string
        }
        #expect(statuses[0] == "error" && statuses[4] == "error" && statuses[8] == "ok")
        let tokens = (0..<batch.rowCount).map {
            Cell(batch.columns[SpanColumn.inputTokens], $0).integer
        }
        #expect(tokens[4] == 9 && tokens.compactMap { $0 } == [9])
    }

    @Test func aVerifierGivesOneScoreAndOneForEachOfSeveralCriteria() throws {
        let judged = ATIFSamples.judged(
            "case-a", reward: "1.0", cost: "0.05", milliseconds: 1_000, prompt: 100,
            completion: 10, start: "0")
        #expect(
            try scores(judged) == [
                #"{"session_id":"sessions-exp-run-0-case-a","name":"harbor.verifier","value":1.0,"#
                    + #""boolean_value":null,"string_value":null}"#
            ])
        #expect(
            try spans(judged, ["experiment", "test_case_id", "kind", "end_time"]).first
                == #"{"experiment":"sessions-exp","test_case_id":"case-a","kind":"AGENT","#
                + #""end_time":"2026-03-01T10:00:01.000000000Z"}"#)
        #expect(
            try scores(ATIFSamples.nested).map {
                String($0.dropFirst(#"{"session_id":"s-nested","#.count))
            }
                == [
                    #""name":"style","value":0.5,"boolean_value":null,"string_value":null}"#,
                    #""name":"correct","value":null,"boolean_value":true,"string_value":null}"#,
                    #""name":"note","value":null,"boolean_value":null,"string_value":"fine"}"#,
                ])
    }

    @Test func idsAreTheSameForTheSamePlace() throws {
        let ids = try spans(ATIFSamples.small, ["span_id"])
        #expect(try spans(ATIFSamples.small, ["span_id"]) == ids)
        // A corrected or longer trajectory keeps the ids of what it had.
        let corrected = ATIFSamples.small.replacing("Four.", with: "Five.")
        #expect(try spans(corrected, ["span_id"]) == ids)
        // The root's id is the one that clients of the reference compute.
        let root = StableID.make("span", ["w", "s-small", "trajectory"])
        #expect(ids.first == #"{"span_id":"\#(root)"}"#)
        #expect(try decodeATIF(ATIFSamples.small, workspace: "v").body.batches[0].rowCount == 4)
    }

    @Test func withoutASessionIDTheTrajectoryOrTheContentNamesTheSession() throws {
        let anonymous = #"{"schema_version":"ATIF-v1.7","agent":{"name":"a","version":"1"}}"#
        let first = try decodeATIF(anonymous).sessionID
        #expect(first.hasPrefix("session-") && first.count == 40)
        #expect(try decodeATIF(anonymous).sessionID == first)
        let named = anonymous.replacing(#""agent""#, with: #""trajectory_id":"t-1","agent""#)
        #expect(try decodeATIF(named).sessionID == "t-1")
    }
}
