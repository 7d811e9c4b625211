// The grammar of steps: sequential ids, calls with distinct ids, results that name a call of their
// own step, and members that only an agent's step may have.

import SpanModel

extension ATIFGrammar {
    private static let agentMembers: Set<String> = [
        "model_name", "reasoning_effort", "reasoning_content", "tool_calls", "metrics",
    ]

    /// The steps of a trajectory.
    mutating func steps() throws(RecordError) -> [ATIFStep] {
        var steps: [ATIFStep] = []
        guard var elements = try reader.enterArray() else { return [] }
        while try reader.nextElement(&elements) {
            let step = try step()
            let expected = Int64(steps.count) + 1
            guard step.id == expected else {
                throw reader.refusal(
                    "expected \(expected) (sequential from 1), got \(step.id)", member: "step_id")
            }
            steps.append(step)
        }
        return steps
    }

    private mutating func step() throws(RecordError) -> ATIFStep {
        var step = ATIFStep()
        let start = reader.position
        guard var members = try reader.enterObject() else {
            throw reader.refusal("must be an object")
        }
        var present: Set<String> = []
        while let key = try reader.nextKey(&members) {
            try stepMember(key, of: &step)
            present.insert(key)
        }
        step.raw = reader.slice(from: start)
        for key in ["step_id", "source"] where !present.contains(key) {
            throw reader.refusal("is required", member: key)
        }
        if step.source != .agent, let key = Self.agentMembers.intersection(present).min() {
            throw reader.refusal("only steps of an agent have it", member: key)
        }
        try checkCalls(step)
        return step
    }

    private mutating func stepMember(
        _ key: String, of step: inout ATIFStep
    ) throws(RecordError) {
        switch key {
        case "step_id": step.id = try required(try reader.integer(atLeast: 1))
        case "timestamp": step.timestamp = try timestamp()
        case "source":
            let word = try required(try reader.string())
            guard let source = ATIFStep.Source(rawValue: word) else {
                throw reader.refusal("must be system, user or agent")
            }
            step.source = source
        case "message": step.message = try content()
        case "model_name": step.model = try reader.string()
        case "reasoning_effort": try reader.stringOrNumber()
        case "reasoning_content":
            guard try reader.isString() else {
                _ = try reader.string()
                return
            }
            step.reasoning = try reader.any()
        case "tool_calls":
            let start = reader.position
            step.calls = try calls()
            if !step.calls.isEmpty { step.callsRaw = reader.slice(from: start, kind: .array) }
        case "observation": step.results = try observation()
        case "metrics": step.metrics = try metrics()
        case "llm_call_count": _ = try reader.integer(atLeast: 0)
        case "is_copied_context": step.isCopied = try reader.bool() ?? false
        case "extra":
            let extra = try extra()
            step.invocation = ATIFTimes.invocation(extra)
            step.marks = ATIFResultMarks(extra)
        default: throw reader.refusal("unknown field")
        }
    }

    /// ISO 8601; a time without a zone is UTC.
    private mutating func timestamp() throws(RecordError) -> Int64? {
        guard let text = try reader.string() else { return nil }
        guard let instant = ATIFTimes.parse(text) else {
            throw reader.refusal("must be an ISO 8601 time")
        }
        return instant
    }

    /// A string, or an array of text and image parts.
    private mutating func content() throws(RecordError) -> JSONSlice? {
        if try reader.isString() { return try reader.any() }
        let start = reader.position
        guard var elements = try reader.enterArray() else { return nil }
        while try reader.nextElement(&elements) { try part() }
        return reader.slice(from: start, kind: .array)
    }

    private mutating func part() throws(RecordError) {
        guard var members = try reader.enterObject() else {
            throw reader.refusal("must be an object")
        }
        var type: String?
        var present: Set<String> = []
        while let key = try reader.nextKey(&members) {
            present.insert(key)
            switch key {
            case "type": type = try reader.string()
            case "text": _ = try required(try reader.string(bytesMax: .max))
            case "source": try imageSource()
            default: throw reader.refusal("unknown field")
            }
        }
        guard
            type == "text" && present == ["type", "text"]
                || type == "image" && present == ["type", "source"]
        else { throw reader.refusal("must be a text or an image part") }
    }

    private mutating func imageSource() throws(RecordError) {
        guard var members = try reader.enterObject() else {
            throw reader.refusal("must be an object")
        }
        var present: Set<String> = []
        while let key = try reader.nextKey(&members) {
            present.insert(key)
            switch key {
            case "media_type":
                let kinds = ["image/jpeg", "image/png", "image/gif", "image/webp"]
                guard kinds.contains(try reader.string() ?? "") else {
                    throw reader.refusal("must be \(kinds.joined(separator: ", "))")
                }
            case "path": _ = try required(try reader.string())
            default: throw reader.refusal("unknown field")
            }
        }
        guard present == ["media_type", "path"] else {
            throw reader.refusal("needs media_type and path")
        }
    }

    private mutating func calls() throws(RecordError) -> [ATIFToolCall] {
        var calls: [ATIFToolCall] = []
        guard var elements = try reader.enterArray() else { return [] }
        while try reader.nextElement(&elements) {
            let start = reader.position
            guard var members = try reader.enterObject() else {
                throw reader.refusal("must be an object")
            }
            var call = ATIFToolCall()
            var present: Set<String> = []
            while let key = try reader.nextKey(&members) {
                present.insert(key)
                switch key {
                case "tool_call_id": call.id = try required(try reader.string())
                case "function_name": call.function = try required(try reader.string())
                case "arguments": _ = try reader.object()
                case "extra": call.invocation = ATIFTimes.invocation(try extra())
                default: throw reader.refusal("unknown field")
                }
            }
            for key in ["tool_call_id", "function_name"] where !present.contains(key) {
                throw reader.refusal("is required", member: key)
            }
            call.raw = reader.slice(from: start)
            calls.append(call)
        }
        return calls
    }

    private mutating func observation() throws(RecordError) -> [ATIFResult] {
        var results: [ATIFResult] = []
        guard var members = try reader.enterObject() else { return [] }
        while let key = try reader.nextKey(&members) {
            guard key == "results" else { throw reader.refusal("unknown field") }
            guard var elements = try reader.enterArray() else { continue }
            while try reader.nextElement(&elements) { results.append(try result()) }
        }
        return results
    }

    private mutating func result() throws(RecordError) -> ATIFResult {
        var result = ATIFResult()
        let start = reader.position
        guard var members = try reader.enterObject() else {
            throw reader.refusal("must be an object")
        }
        while let key = try reader.nextKey(&members) {
            switch key {
            case "source_call_id": result.callID = try reader.string()
            case "content": result.content = try content()
            case "subagent_trajectory_ref": result.subagents = try references()
            case "extra": _ = try reader.object()
            default: throw reader.refusal("unknown field")
            }
        }
        result.raw = reader.slice(from: start)
        return result
    }

    private mutating func references() throws(RecordError) -> [ATIFSubagentRef] {
        var references: [ATIFSubagentRef] = []
        guard var elements = try reader.enterArray() else { return [] }
        while try reader.nextElement(&elements) {
            let start = reader.position
            guard var members = try reader.enterObject() else {
                throw reader.refusal("must be an object")
            }
            var reference = ATIFSubagentRef()
            while let key = try reader.nextKey(&members) {
                switch key {
                case "trajectory_id": reference.trajectoryID = try reader.string()
                case "trajectory_path": reference.path = try reader.string()
                case "session_id": reference.sessionID = try reader.string()
                case "extra": _ = try reader.object()
                default: throw reader.refusal("unknown field")
                }
            }
            guard !reference.name.isEmpty else {
                throw reader.refusal("needs a trajectory_id, trajectory_path or session_id")
            }
            reference.raw = reader.slice(from: start)
            references.append(reference)
        }
        return references
    }

    private mutating func metrics() throws(RecordError) -> ATIFMetrics? {
        guard var members = try reader.enterObject() else { return nil }
        var metrics = ATIFMetrics()
        while let key = try reader.nextKey(&members) {
            switch key {
            case "prompt_tokens": metrics.promptTokens = try reader.integer(atLeast: 0)
            case "completion_tokens": metrics.completionTokens = try reader.integer(atLeast: 0)
            case "cached_tokens": metrics.cachedTokens = try reader.integer(atLeast: 0)
            case "cost_usd": metrics.cost = try reader.money()
            case "prompt_token_ids", "completion_token_ids", "logprobs": try reader.numbers()
            case "extra": _ = try reader.object()
            default: throw reader.refusal("unknown field")
            }
        }
        return metrics
    }

    private func checkCalls(_ step: ATIFStep) throws(RecordError) {
        var known: Set<String> = []
        for (index, call) in step.calls.enumerated() where !known.insert(call.id).inserted {
            throw reader.refusal(
                "duplicate tool_call_id in step \(step.id)",
                member: "tool_calls[\(index)].tool_call_id")
        }
        for (index, result) in step.results.enumerated() {
            guard let id = result.callID, !known.contains(id) else { continue }
            throw reader.refusal(
                "is no tool_call_id of step \(step.id)",
                member: "observation.results[\(index)].source_call_id")
        }
    }
}
