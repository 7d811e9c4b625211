// Steps, calls of tools, sub-agents that are elsewhere, and the verifier as rows.

import SpanColumns
import SpanModel

/// What the rows of one step share.
struct StepPlace {
    let identity: [String]
    let index: Int
    let end: Int64?
    let id: String
    let agent: ATIFAgent
}

extension ATIFStep {
    /// The places of sub-agent references: (result, reference).
    func references() -> [(Int, Int)] {
        results.indices.flatMap { result in
            results[result].subagents.indices.map { (result, $0) }
        }
    }
}

extension ATIFSpanWriter {
    // MARK: Steps

    mutating func writeStep(_ step: ATIFStep, _ place: StepPlace, root: String) {
        let isAgent = step.source == .agent
        begin(
            place.id, parent: root, kind: isAgent ? "LLM" : "AGENT",
            "\(step.source.rawValue)-\(step.id)", place.agent)
        setTimes(start(step, place), place.end)
        set(SpanColumn.status, "ok")
        if isAgent {
            set(SpanColumn.model, step.model ?? place.agent.model)
            if !step.isCopied, let metrics = step.metrics { setUsage(metrics) }
            setOutput(of: step)
        } else {
            setText(SpanColumn.input, step.message)
        }
        beginAttributes(place.agent)
        json += ",\"atif.raw\":".utf8
        step.raw.appendCompact(to: &json)
        endSpan()
    }

    /// What an agent's step gave: its message, its reasoning, its calls.
    mutating func setOutput(of step: ATIFStep) {
        json.removeAll(keepingCapacity: true)
        if let message = step.message, !message.isEmptyString {
            JSONMembers.appendKey("message", to: &json)
            message.appendCompact(to: &json)
        }
        if let reasoning = step.reasoning {
            JSONMembers.appendKey("reasoning_content", to: &json)
            reasoning.appendCompact(to: &json)
        }
        if let calls = step.callsRaw {
            JSONMembers.appendKey("tool_calls", to: &json)
            calls.appendCompact(to: &json)
        }
        guard !json.isEmpty else { return }
        json.append(UInt8(ascii: "}"))
        json.withUnsafeBytes { spans.builder.setText(SpanColumn.output, $0) }
    }

    private func start(_ step: ATIFStep, _ place: StepPlace) -> Int64 {
        ATIFTimes.start(step) ?? ingestTime + Int64(place.index) * 1_000_000
    }

    // MARK: Tools and sub-agents

    mutating func writeCalls(_ step: ATIFStep, _ place: StepPlace) {
        for (index, call) in step.calls.enumerated() {
            begin(
                id(place.identity + ["step", "\(place.index)", "tool", "\(index)"]),
                parent: place.id, kind: "TOOL", call.function, place.agent)
            set(SpanColumn.toolName, call.function)
            setTimes(
                call.invocation.start ?? start(step, place), call.invocation.end ?? place.end)
            setText(SpanColumn.input, call.raw)
            let result = step.results.firstIndex { $0.callID == call.id }
            setStatus(step, result)
            if let result { setText(SpanColumn.output, step.results[result].raw) }
            beginAttributes(place.agent)
            json += ",\"gen_ai.tool.call.id\":".utf8
            JSONWriter.appendString(call.id, to: &json)
            endSpan()
        }
    }

    /// A sub-agent whose trajectory is not in the body.
    mutating func writeReference(
        _ step: ATIFStep, _ place: StepPlace, _ result: Int, _ reference: Int
    ) {
        let subagent = step.results[result].subagents[reference]
        let numbers = ["step", "\(place.index)", "subagent", "\(result)", "\(reference)"]
        begin(
            id(place.identity + numbers), parent: place.id, kind: "AGENT",
            "subagent-\(subagent.name)", place.agent)
        setTimes(start(step, place), place.end)
        setStatus(step, result)
        setText(SpanColumn.input, subagent.raw)
        setText(SpanColumn.output, step.results[result].raw)
        beginAttributes(place.agent)
        endSpan()
    }

    private mutating func setStatus(_ step: ATIFStep, _ result: Int?) {
        guard let result, step.isError(result) else { return set(SpanColumn.status, "ok") }
        set(SpanColumn.status, "error")
        guard let message = step.errorMessage(result) else { return }
        let cut = message.utf8.prefix(Limits.stringBytesMax)
        set(SpanColumn.statusMessage, String(decoding: cut, as: UTF8.self))
    }

    // MARK: The verifier

    /// The span of the verifier and its scores.
    mutating func writeVerifier(_ trajectory: ATIFTrajectory, _ identity: [String], root: String) {
        guard let verdict = ATIFVerdict(trajectory) else { return }
        let span = id(identity + ["evaluator"])
        begin(
            span, parent: root, kind: "EVALUATOR", ATIFVerdict.name, trajectory.agent)
        let window = trajectory.verifier
        setTimes(window.start ?? ingestTime, window.end)
        set(SpanColumn.status, "ok")
        json = verdict.input(session: session, evaluated: root)
        json.withUnsafeBytes { spans.builder.setText(SpanColumn.input, $0) }
        json = verdict.output
        json.withUnsafeBytes { spans.builder.setText(SpanColumn.output, $0) }
        beginAttributes(trajectory.agent)
        endSpan()
        for score in verdict.scores {
            writeScore(score, span: span, time: window.end ?? ingestTime)
        }
    }

    private mutating func writeScore(_ score: ATIFVerdict.Score, span: String, time: Int64) {
        for (column, text) in [(ScoreColumn.traceID, session), (ScoreColumn.spanID, span)] {
            var text = text
            _ = text.withUTF8 {
                scores.builder.setIdentifier(column, text: UnsafeRawBufferPointer($0))
            }
        }
        scores.builder.setString(ScoreColumn.sessionID, session)
        scores.builder.setString(ScoreColumn.name, score.name)
        scores.builder.setString(ScoreColumn.source, "atif")
        scores.builder.setInteger(ScoreColumn.time, time)
        switch score.value {
        case .number(let value): scores.builder.setFloat(ScoreColumn.value, value)
        case .flag(let value): scores.builder.setInteger(ScoreColumn.booleanValue, value ? 1 : 0)
        case .text(let value): scores.builder.setString(ScoreColumn.stringValue, value)
        }
        scores.endRow()
    }
}
