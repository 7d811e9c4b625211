// A trajectory → rows of spans and scores (schemas/atif-mapping.md). Span ids are computed from the
// session and the place in the trajectory, so that a trajectory sent again, grown or corrected,
// replaces its rows. Tokens and cost stand on the steps that spent them; the root carries a total
// only where no step has that figure.

import SpanColumns
import SpanModel

/// Writes the rows of one trajectory.
struct ATIFSpanWriter: ~Copyable {
    var spans = BatchCollector(schema: Tables.spans)
    var scores = BatchCollector(schema: Tables.scores)
    let workspace: String
    /// The session, which is also the trace.
    let session: String
    let ingestTime: Int64
    /// Text under construction.
    var json: [UInt8] = []

    init(workspace: String, session: String, ingestTime: Int64) {
        self.workspace = workspace
        self.session = session
        self.ingestTime = ingestTime
    }

    /// Spans and then scores.
    consuming func finish() -> DecodedBody {
        var body = spans.finish()
        body.batches += scores.finish().batches
        return body
    }

    /// Where a trajectory stands: its identity in ids, its parent span, its place among siblings.
    struct Position {
        var identity: [String] = []
        var parent: String?
        var index: Int?
    }

    /// Writes a trajectory and those within it; returns the id of its own span.
    @discardableResult
    mutating func write(_ trajectory: ATIFTrajectory, _ position: Position) -> String {
        let root = id(position.identity + ["trajectory"])
        writeRoot(trajectory, position, id: root)
        writeVerifier(trajectory, position.identity, root: root)
        var waiting: [String: Int] = [:]
        for (index, subagent) in trajectory.subagents.enumerated() {
            waiting[subagent.trajectoryID ?? ""] = index
        }
        let ends = ATIFTimes.ends(trajectory)
        for (index, step) in trajectory.steps.enumerated() {
            let place = StepPlace(
                identity: position.identity, index: index, end: ends[index],
                id: id(position.identity + ["step", "\(index)"]), agent: trajectory.agent)
            writeStep(step, place, root: root)
            writeCalls(step, place)
            for (result, reference) in step.references() {
                let name = step.results[result].subagents[reference].trajectoryID ?? ""
                if let found = waiting.removeValue(forKey: name) {
                    writeSubagent(trajectory, found, position.identity, parent: place.id)
                } else {
                    writeReference(step, place, result, reference)
                }
            }
        }
        // Those that no step names belong to the trajectory itself.
        for index in waiting.values.sorted() {
            writeSubagent(trajectory, index, position.identity, parent: root)
        }
        return root
    }

    private mutating func writeSubagent(
        _ trajectory: ATIFTrajectory, _ index: Int, _ identity: [String], parent: String
    ) {
        let subagent = trajectory.subagents[index]
        write(
            subagent,
            Position(
                identity: identity + ["subagent", subagent.trajectoryID ?? ""], parent: parent,
                index: index))
    }

    // MARK: The root

    private mutating func writeRoot(
        _ trajectory: ATIFTrajectory, _ position: Position, id: String
    ) {
        begin(id, parent: position.parent, kind: "AGENT", trajectory.agent.name, trajectory.agent)
        setTimes(trajectory.extent.start ?? ingestTime, trajectory.extent.end)
        set(SpanColumn.status, trajectory.hasError ? "error" : "ok")
        set(SpanColumn.model, trajectory.agent.model)
        if position.parent == nil {
            set(SpanColumn.experiment, trajectory.experiment)
            set(SpanColumn.testCaseID, trajectory.testCase)
        }
        let counted = trajectory.steps.filter { !$0.isCopied }.compactMap(\.metrics)
        let final = trajectory.finalMetrics
        setUsage(
            ATIFMetrics(
                promptTokens: counted.contains { $0.promptTokens != nil }
                    ? nil : final.promptTokens,
                completionTokens: counted.contains { $0.completionTokens != nil }
                    ? nil : final.completionTokens,
                cachedTokens: counted.contains { $0.cachedTokens != nil }
                    ? nil : final.cachedTokens,
                cost: counted.contains { $0.cost != nil } ? nil : final.cost))
        setText(SpanColumn.input, trajectory.steps.first { $0.source == .user }?.message)
        if let last = trajectory.steps.last(where: { $0.source == .agent }) {
            if let message = last.message, !message.isEmptyString {
                setText(SpanColumn.output, message)
            } else {
                setOutput(of: last)
            }
        }
        beginAttributes(trajectory.agent)
        if let index = position.index { json += ",\"atif.position\":\(index)".utf8 }
        json += ",\"atif.raw\":".utf8
        json += trajectory.raw
        endSpan()
    }

    // MARK: Cells

    /// The id of a span at a place.
    func id(_ place: [String]) -> String { StableID.make("span", [workspace, session] + place) }

    /// Begins a span.
    mutating func begin(
        _ id: String, parent: String?, kind: String, _ name: String, _ agent: ATIFAgent
    ) {
        setIdentifier(SpanColumn.traceID, session)
        setIdentifier(SpanColumn.spanID, id)
        if let parent { setIdentifier(SpanColumn.parentSpanID, parent) }
        set(SpanColumn.source, "atif")
        set(SpanColumn.sessionID, session)
        set(SpanColumn.project, "default")
        set(SpanColumn.kind, kind)
        set(SpanColumn.name, name)
        set(SpanColumn.agentName, agent.name)
    }

    /// Ends a span, with the attributes in `json`.
    mutating func endSpan() {
        json.append(UInt8(ascii: "}"))
        json.withUnsafeBytes { spans.builder.setText(SpanColumn.attributes, $0) }
        spans.endRow()
    }

    /// Begins the span's attributes; members follow, each after a comma.
    mutating func beginAttributes(_ agent: ATIFAgent) {
        json = Array("{\"agent.version\":".utf8)
        JSONWriter.appendString(agent.version, to: &json)
    }

    mutating func set(_ column: Int, _ value: String?) {
        if let value, !value.isEmpty { spans.builder.setString(column, value) }
    }

    /// Sets a start and an end; an end before the start is none.
    mutating func setTimes(_ start: Int64, _ end: Int64?) {
        spans.builder.setInteger(SpanColumn.startTime, start)
        if let end, end >= start { spans.builder.setInteger(SpanColumn.endTime, end) }
    }

    /// Sets tokens and cost; the total is the sum of what is there.
    mutating func setUsage(_ usage: ATIFMetrics) {
        let parts = [usage.promptTokens, usage.completionTokens].compactMap { $0 }
        let total = parts.isEmpty ? nil : parts.reduce(0, &+)
        for (column, value) in [
            (SpanColumn.inputTokens, usage.promptTokens),
            (SpanColumn.outputTokens, usage.completionTokens),
            (SpanColumn.cachedTokens, usage.cachedTokens),
            (SpanColumn.totalTokens, total), (SpanColumn.cost, usage.cost),
        ] {
            if let value { spans.builder.setInteger(column, value) }
        }
    }

    /// Sets a text: the content of a string, anything else as JSON.
    mutating func setText(_ column: Int, _ value: JSONSlice?) {
        var text: [UInt8] = []
        guard let value, value.appendText(to: &text), !text.isEmpty else { return }
        text.withUnsafeBytes { spans.builder.setText(column, $0) }
    }

    mutating func setIdentifier(_ column: Int, _ text: String) {
        var text = text
        _ = text.withUTF8 {
            spans.builder.setIdentifier(column, text: UnsafeRawBufferPointer($0))
        }
    }
}

extension JSONSlice {
    /// Whether it is `""`.
    var isEmptyString: Bool { kind == .string && raw.count == 2 }
}
