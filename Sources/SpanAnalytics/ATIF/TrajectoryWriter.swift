// The JSON of a trajectory made from spans, version ATIF-v1.7; what `spanq ingest atif` takes.

import SpanModel

/// Writes trajectories.
enum TrajectoryWriter {
    /// The trajectory on one line.
    static func json(_ trajectory: SpanTrajectory) -> [UInt8] {
        let lead = trajectory.lead
        var agent = TrajectoryObject()
        agent.add("name", lead.agent ?? lead.name ?? "agent")
        agent.add("version", lead.agentVersion ?? "unknown")
        agent.add("model_name", trajectory.steps.first { $0.isModelCall }?.span.model)
        var out = TrajectoryObject()
        out.add("schema_version", "ATIF-v1.7")
        out.add("session_id", trajectory.session)
        out.add("agent", json: agent.json)
        if lead.experiment != nil || lead.testCase != nil {
            var context = TrajectoryObject()
            context.add("experiment_id", lead.experiment)
            context.add("test_case_id", lead.testCase)
            out.add("experiment_context", json: context.json)
        }
        out.add("final_metrics", json: totals(trajectory))
        out.add("steps", json: list(trajectory.steps.enumerated().map { step($1, number: $0 + 1) }))
        return out.json
    }

    private static func totals(_ trajectory: SpanTrajectory) -> [UInt8] {
        var totals = TrajectoryObject()
        totals.add("total_prompt_tokens", trajectory.usage.input)
        totals.add("total_completion_tokens", trajectory.usage.output)
        totals.add("total_cost_usd", money: trajectory.usage.cost)
        totals.add("total_steps", Int64(trajectory.steps.count))
        return totals.json
    }

    // MARK: Steps

    private static func step(_ step: SpanTrajectory.Step, number: Int) -> [UInt8] {
        let span = step.span
        let isAgent = !step.isUser
        var out = TrajectoryObject()
        out.add("step_id", Int64(number))
        out.add("timestamp", Instant.format(span.start))
        out.add("source", isAgent ? "agent" : "user")
        if step.isModelCall { out.add("model_name", span.model) }
        out.add(
            "message",
            isAgent
                ? MessageText.said(span.output, by: "assistant")
                : MessageText.said(span.input, by: "user"))
        if !step.calls.isEmpty {
            let ids = callIDs(step.calls)
            out.add("tool_calls", json: list(zip(step.calls, ids).map(call)))
            var results = TrajectoryObject()
            results.add("results", json: list(zip(step.calls, ids).map(result)))
            out.add("observation", json: results.json)
        }
        if step.isModelCall { out.add("metrics", json: metrics(span)) }
        out.add("extra", json: extra(span, tellsEnd: isAgent))
        return out.json
    }

    private static func metrics(_ span: TrajectorySpan) -> [UInt8]? {
        var metrics = TrajectoryObject()
        metrics.add("prompt_tokens", span.usage.input)
        metrics.add("completion_tokens", span.usage.output)
        metrics.add("cached_tokens", span.cachedTokens)
        metrics.add("cost_usd", money: span.usage.cost)
        return metrics.isEmpty ? nil : metrics.json
    }

    // MARK: Calls

    /// The calls' own ids where they have some and these differ, else those of their spans.
    private static func callIDs(_ calls: [TrajectorySpan]) -> [String] {
        var known: Set<String> = []
        return calls.map { call in
            let ids = [call.callID, call.id, call.source + "/" + call.id].compactMap { $0 }
            let id = ids.first { !known.contains($0) } ?? "\(call.id)#\(known.count)"
            known.insert(id)
            return id
        }
    }

    private static func call(_ span: TrajectorySpan, _ id: String) -> [UInt8] {
        var out = TrajectoryObject()
        out.add("tool_call_id", id)
        out.add("function_name", span.tool ?? span.name ?? span.id)
        out.add("arguments", json: arguments(span.input))
        out.add("extra", json: extra(span, tellsEnd: true))
        return out.json
    }

    /// An object as it is, anything else as its member `input`.
    private static func arguments(_ input: String?) -> [UInt8] {
        guard let input else { return Array("{}".utf8) }
        if let object = MessageText.object(input) { return object }
        var out = TrajectoryObject()
        out.add("input", input)
        return out.json
    }

    /// What a call gave; `[error]` marks what failed, as ATIF has no member for it.
    private static func result(_ span: TrajectorySpan, _ id: String) -> [UInt8] {
        var content = span.output ?? (span.isError ? span.statusMessage : nil) ?? ""
        if span.isError, !content.lowercased().contains("[error]") {
            content = content.isEmpty ? "[error]" : "[error] " + content
        }
        var out = TrajectoryObject()
        out.add("source_call_id", id)
        out.add("content", content)
        return out.json
    }

    /// Which span it was, and when it ended.
    private static func extra(_ span: TrajectorySpan, tellsEnd: Bool) -> [UInt8] {
        var extra = TrajectoryObject()
        extra.add("source", span.source)
        extra.add("trace_id", span.trace)
        extra.add("span_id", span.id)
        if tellsEnd {
            var times = TrajectoryObject()
            times.add("start_timestamp", json: seconds(span.start))
            times.add("end_timestamp", json: span.end.map(seconds))
            extra.add("invocation", json: times.json)
        }
        return extra.json
    }

    /// Seconds since the epoch with nine decimals.
    private static func seconds(_ instant: Int64) -> [UInt8] {
        let (whole, rest) = Instant.floorDivide(instant, by: 1_000_000_000)
        return Array("\(whole).\(String(1_000_000_000 + rest).dropFirst())".utf8)
    }

    private static func list(_ items: [[UInt8]]) -> [UInt8] {
        [UInt8(ascii: "[")] + items.joined(separator: [UInt8(ascii: ",")]) + [UInt8(ascii: "]")]
    }
}

/// A JSON object under construction; nil values are left out.
struct TrajectoryObject {
    private var bytes: [UInt8] = []

    var isEmpty: Bool { bytes.isEmpty }
    var json: [UInt8] { [UInt8(ascii: "{")] + bytes + [UInt8(ascii: "}")] }

    mutating func add(_ name: String, json value: [UInt8]?) {
        guard let value else { return }
        if !bytes.isEmpty { bytes.append(UInt8(ascii: ",")) }
        JSONWriter.appendString(name, to: &bytes)
        bytes.append(UInt8(ascii: ":"))
        bytes += value
    }

    mutating func add(_ name: String, _ value: String?) {
        guard let value else { return }
        var text: [UInt8] = []
        JSONWriter.appendString(value, to: &text)
        add(name, json: text)
    }

    mutating func add(_ name: String, _ value: Int64?) {
        add(name, json: value.map { Array(String($0).utf8) })
    }

    /// An amount in picodollars.
    mutating func add(_ name: String, money: Int64?) {
        add(name, json: money.map { Array(Money.format(Int128($0)).utf8) })
    }
}
