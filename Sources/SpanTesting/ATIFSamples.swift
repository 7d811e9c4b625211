// Trajectories of our own making, for tests of every layer.

/// ATIF trajectories as JSON.
package enum ATIFSamples {
    /// A user's step and an agent's step with one call: four spans.
    package static let small = #"""
        {"schema_version":"ATIF-v1.4","session_id":"s-small",
         "agent":{"name":"helper","version":"2.1","model_name":"m-1"},
         "steps":[
          {"step_id":1,"timestamp":"2026-03-01T10:00:00Z","source":"user","message":"Count the files."},
          {"step_id":2,"timestamp":"2026-03-01T10:00:02.5","source":"agent","message":"Four.",
           "reasoning_content":"ls, then count","tool_calls":[
            {"tool_call_id":"c1","function_name":"shell","arguments":{"command":"ls | wc -l"}}],
           "observation":{"results":[{"source_call_id":"c1","content":"4"}]},
           "metrics":{"prompt_tokens":120,"completion_tokens":15,"cached_tokens":100,"cost_usd":0.0014}}
         ]}
        """#

    /// One of the three cases of the experiment `sessions-exp`, which a verifier judged.
    package static func judged(
        _ name: String, reward: String, cost: String, milliseconds: Int, prompt: Int,
        completion: Int, start: String, experiment: String = "sessions-exp"
    ) -> String {
        // Times are in the first minute of 2026-03-01 10:00.
        let second = Int(start) ?? 0
        let end = second * 1_000 + milliseconds
        func time(_ milliseconds: Int) -> String {
            let digits = String(100_000 + milliseconds).dropFirst()
            return "2026-03-01T10:00:\(digits.prefix(2)).\(digits.dropFirst(2))Z"
        }
        return """
            {"schema_version":"ATIF-v1.7","session_id":"sessions-exp-run-0-\(name)",
             "experiment_context":{"experiment_id":"\(experiment)","test_case_id":"\(name)"},
             "agent":{"name":"sample-agent","version":"1.0.0","model_name":"provider/sample-model"},
             "extra":{"verifier":{"started_at":"\(time(second * 1_000))","finished_at":"\(time(end))"},
              "verifier_result":{"rewards":{"reward":\(reward)}}},
             "steps":[{"step_id":1,"timestamp":"\(time(second * 1_000))","source":"agent",
              "message":"done","metrics":{"prompt_tokens":\(prompt),"completion_tokens":\(completion),
              "cost_usd":\(cost)}}]}
            """
    }

    /// A trajectory with two within it: one that a step names, one that nobody names.
    package static let nested = #"""
        {"schema_version":"ATIF-v1.7","session_id":"s-nested","trajectory_id":"main",
         "agent":{"name":"boss","version":"1","extra":{"k":[1,2.50,null]}},"notes":"n \u00e9",
         "steps":[
          {"step_id":1,"source":"agent","timestamp":"2026-03-01T10:00:00Z","message":"",
           "tool_calls":[{"tool_call_id":"d1","function_name":"delegate","arguments":{}}],
           "observation":{"results":[{"source_call_id":"d1","content":"ok",
            "subagent_trajectory_ref":[{"trajectory_id":"sub-a"},{"trajectory_path":"else/where.json"}]}]}}],
         "subagent_trajectories":[
          {"schema_version":"ATIF-v1.7","trajectory_id":"sub-b","agent":{"name":"idle","version":"1"},"steps":[]},
          {"schema_version":"ATIF-v1.7","trajectory_id":"sub-a","agent":{"name":"worker","version":"1"},
           "final_metrics":{"total_prompt_tokens":9,"total_cost_usd":0.25},
           "steps":[{"step_id":1,"source":"user","message":[{"type":"text","text":"hi"}]},
            {"step_id":2,"source":"agent","message":"[error] no","observation":{"results":[
             {"content":"[ERROR] disk full"}]},"metrics":{"completion_tokens":3}}]}],
         "extra":{"verifier_result":{"rewards":{"style":0.5,"correct":true,"note":"fine","none":null}}}}
        """#
}
