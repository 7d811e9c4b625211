// A session that did not come as ATIF as a trajectory: what its spans tell in steps. Of each trace, oldest
// first: what was asked (a user's step, the input of the root), then the model's calls as steps of the
// agent, with the tools called after each of them as its calls. Spans of other kinds have no place in a
// trajectory. Identifiers stand in `extra`, so that steps lead back to their spans.
// Cost: one pass over the spans of the session.

import SpanModel

/// The steps of a session.
struct SpanTrajectory {
    /// A step of the user, or of the agent with its calls.
    struct Step {
        var span: TrajectorySpan
        var isUser = false
        /// Whether the span is a call of a model; else the step only holds what it gave.
        var isModelCall = false
        var calls: [TrajectorySpan] = []
    }

    let session: String
    /// The earliest root, else the earliest span.
    let lead: TrajectorySpan
    private(set) var steps: [Step] = []
    /// What all spans effectively used.
    let usage: SubtreeUsage

    /// `spans` are those of the session, oldest first; nil without any.
    init?(session: String, _ spans: [TrajectorySpan], usage: SubtreeUsage) {
        guard let lead = spans.first(where: { $0.parent == nil }) ?? spans.first else { return nil }
        self.session = session
        self.lead = lead
        self.usage = usage
        var traces: [[TrajectorySpan]] = []
        var places: [String: Int] = [:]
        for span in spans {
            let place = places[span.traceKey] ?? traces.count
            places[span.traceKey] = place
            if place == traces.count { traces.append([]) }
            traces[place].append(span)
        }
        for trace in traces { steps += Self.steps(of: trace) }
    }

    /// The steps of one trace, whose spans are in order.
    private static func steps(of trace: [TrajectorySpan]) -> [Step] {
        let root = trace.first { $0.parent == nil }
        var steps: [Step] = []
        if let asked = root?.input == nil ? trace.first(where: \.isModelCall) : root,
            asked.input != nil
        {
            steps.append(Step(span: asked, isUser: true))
        }
        for span in trace {
            if span.isModelCall {
                steps.append(Step(span: span, isModelCall: true))
            } else if span.isToolCall {
                if steps.last.map({ $0.isUser }) ?? true {
                    steps.append(Step(span: span.withoutTexts))
                }
                steps[steps.count - 1].calls.append(span)
            }
        }
        if let root, root.output != nil, !steps.contains(where: { !$0.isUser }) {
            steps.append(Step(span: root))
        }
        return steps
    }
}
