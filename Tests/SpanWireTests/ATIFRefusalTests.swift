// What a trajectory may not be, and that the refusal names the place.

import SpanModel
import SpanTesting
import SpanWire
import Testing

@Suite struct ATIFRefusalTests {
    /// The place and the reason of the refusal; nil when there is none.
    private func refusal(_ text: String, depthMax: Int = 64) throws -> String? {
        do {
            _ = try decodeATIF(text, depthMax: depthMax)
            return nil
        } catch let error as StoreError {
            return error.description
        }
    }

    private func step(_ members: String) -> String {
        #"{"schema_version":"ATIF-v1.6","session_id":"s","agent":{"name":"a","version":"1"},"#
            + #""steps":[{"step_id":1,"source":"agent","message":"m"\#(members)}]}"#
    }

    @Test(arguments: [
        (#","x":1"#, "steps[0].x: unknown field"),
        (#","timestamp":"noon""#, "steps[0].timestamp: must be an ISO 8601 time"),
        (
            #","metrics":{"prompt_tokens":-1}"#,
            "steps[0].metrics.prompt_tokens: must be an integer of at least 0"
        ),
        (
            #","metrics":{"prompt_tokens":1.5}"#,
            "steps[0].metrics.prompt_tokens: must be an integer of at least 0"
        ),
        (#","metrics":{"cost_usd":"1"}"#, "steps[0].metrics.cost_usd: must be a number"),
        (
            #","metrics":{"logprobs":[0.5,"x"]}"#,
            "steps[0].metrics.logprobs[1]: must be a number"
        ),
        (#","tool_calls":{}"#, "steps[0].tool_calls: must be an array"),
        (
            #","tool_calls":[{"tool_call_id":"a"}]"#,
            "steps[0].tool_calls[0].function_name: is required"
        ),
        (
            #","tool_calls":[{"tool_call_id":"a","function_name":"f"},{"tool_call_id":"a","function_name":"f"}]"#,
            "steps[0].tool_calls[1].tool_call_id: duplicate tool_call_id in step 1"
        ),
        (
            #","tool_calls":[{"tool_call_id":"a","function_name":"f","arguments":[]}]"#,
            "steps[0].tool_calls[0].arguments: must be an object"
        ),
        (
            #","observation":{"results":[{"source_call_id":"b"}]}"#,
            "steps[0].observation.results[0].source_call_id: is no tool_call_id of step 1"
        ),
        (
            #","observation":{"results":[{"subagent_trajectory_ref":[{}]}]}"#,
            "steps[0].observation.results[0].subagent_trajectory_ref[0]: "
                + "needs a trajectory_id, trajectory_path or session_id"
        ),
        (
            #","observation":{"results":[{"content":[{"type":"text"}]}]}"#,
            "steps[0].observation.results[0].content[0]: must be a text or an image part"
        ),
        (
            #","llm_call_count":-1"#,
            "steps[0].llm_call_count: must be an integer of at least 0"
        ),
        (
            #","reasoning_effort":true"#,
            "steps[0].reasoning_effort: must be a string or a number"
        ),
        (#","is_copied_context":1"#, "steps[0].is_copied_context: must be true or false"),
        (#","extra":[]"#, "steps[0].extra: must be an object"),
    ])
    func ofASteps(_ members: String, _ reason: String) throws {
        #expect(try refusal(step(members)) == reason)
    }

    @Test(arguments: [
        ("[]", "trajectory: must be an object"),
        ("{}", "agent: is required"),
        (
            #"{"agent":{"name":"a","version":"1"}}"#,
            "schema_version: must be ATIF-v1.0 to ATIF-v1.7"
        ),
        (
            #"{"schema_version":"ATIF-v1.8","agent":{"name":"a","version":"1"}}"#,
            "schema_version: must be ATIF-v1.0 to ATIF-v1.7"
        ),
        (#"{"schema_version":"ATIF-v1.0","agent":{"name":"a"}}"#, "agent.version: is required"),
        (#"{"session_id":""}"#, "session_id: must not be empty"),
        (#"{"session":"s"}"#, "session: unknown field"),
        (
            #"{"steps":[{"step_id":1,"source":"bot"}]}"#,
            "steps[0].source: must be system, user or agent"
        ),
        (
            #"{"steps":[{"step_id":1,"source":"user"},{"step_id":3,"source":"user"}]}"#,
            "steps[1].step_id: expected 2 (sequential from 1), got 3"
        ),
        (
            #"{"steps":[{"step_id":1,"source":"user","metrics":{}}]}"#,
            "steps[0].metrics: only steps of an agent have it"
        ),
        (#"{"experiment_context":{"run":"1"}}"#, "experiment_context.run: unknown field"),
        (
            #"{"subagent_trajectories":[{"schema_version":"ATIF-v1.7","agent":{"name":"a","version":"1"}}]}"#,
            "subagent_trajectories[0].trajectory_id: is required within a trajectory"
        ),
        (#"{"session_id":"s""#, "trajectory: unexpected end of JSON at byte 17"),
    ])
    func ofATrajectory(_ text: String, _ reason: String) throws {
        #expect(try refusal(text) == reason)
    }

    @Test func referencesBySessionAloneEndWithVersion17() throws {
        let reference =
            #","observation":{"results":[{"subagent_trajectory_ref":[{"session_id":"x"}]}]}"#
        #expect(try refusal(step(reference)) == nil)
        #expect(
            try refusal(step(reference).replacing("v1.6", with: "v1.7"))
                == "steps[0].observation.results[0].subagent_trajectory_ref[0]: "
                + "needs a trajectory_id or trajectory_path")
    }

    @Test func depthIsBounded() throws {
        var text =
            #"{"schema_version":"ATIF-v1.7","trajectory_id":"t3","agent":{"name":"a","version":"1"}}"#
        for level in [2, 1] {
            text =
                #"{"schema_version":"ATIF-v1.7","trajectory_id":"t\#(level)","#
                + #""agent":{"name":"a","version":"1"},"subagent_trajectories":[\#(text)]}"#
        }
        #expect(try refusal(text, depthMax: 3) == nil)
        #expect(
            try refusal(text, depthMax: 2)
                == "subagent_trajectories[0].subagent_trajectories[0]: "
                + "ATIF trajectory depth 3 exceeds configured maximum 2")
    }

    /// Any prefix of a trajectory is refused, and nothing traps.
    @Test func everyCutIsRefused() throws {
        let bytes = Array(ATIFSamples.nested.utf8)
        for count in bytes.indices {
            let cut = String(decoding: bytes[..<count], as: UTF8.self)
            #expect(try refusal(cut) != nil, "\(count) bytes")
        }
    }

    /// Random damage never traps.
    @Test func damageIsRefusedOrRead() throws {
        var random = SeededGenerator(seed: 7)
        let original = Array(ATIFSamples.nested.utf8)
        for _ in 0..<3_000 {
            var bytes = original
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                bytes[Int.random(in: bytes.indices, using: &random)] =
                    UInt8.random(in: 0x20...0x7E, using: &random)
            }
            _ = try refusal(String(decoding: bytes, as: UTF8.self))
        }
    }
}
