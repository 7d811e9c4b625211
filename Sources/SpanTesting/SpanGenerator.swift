// Seeded writes that look like those of agents: sessions of traces, each an agent span over model
// and tool calls, with tokens, costs, attributes, errors, unfinished spans and re-sent duplicates;
// and metrics of training runs with re-logged steps and non-finite values. Equal seeds give equal
// writes.

import SpanColumns
import SpanModel

/// Generates spans and metrics.
package struct SpanGenerator {
    /// SplitMix64.
    package struct Random: RandomNumberGenerator {
        private var state: UInt64

        package init(seed: UInt64) { state = seed }

        package mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var mixed = state
            mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
            mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
            return mixed ^ (mixed >> 31)
        }

        /// True `percent` times in a hundred.
        package mutating func chance(_ percent: Int) -> Bool {
            Int.random(in: 0..<100, using: &self) < percent
        }
    }

    package var random: Random
    /// The start of the first trace.
    package var clock: Int64 = 1_795_000_000_000_000_000
    /// Spans of one session, about.
    package var spansPerSession = 24
    /// Whether spans carry attributes.
    package var hasAttributes = true
    private var traceCount = 0

    private static let models = ["gpt-a", "gpt-b", "claude-c", "gemini-d", "local-e"]
    private static let statuses = ["ok", "ok", "ok", "ok", "error", "timeout", "cancelled"]

    package init(seed: UInt64) { random = Random(seed: seed) }

    /// Writes traces until `builder` has at least `count` rows.
    package mutating func appendSpans(_ count: Int, to builder: inout BatchBuilder) {
        while builder.rowCount < count {
            appendTrace(to: &builder)
            clock += Int64.random(in: 0..<2_000_000_000, using: &random)
        }
    }

    /// Writes one trace: an agent span and its calls, and now and then a span twice.
    package mutating func appendTrace(to builder: inout BatchBuilder) {
        traceCount += 1
        let trace = hex(2)
        let root = hex(1)
        let calls = Int.random(in: 2...10, using: &random)
        let session = "session-\(traceCount * 7 / max(1, spansPerSession))"
        var start = clock
        for call in 0...calls {
            let duration = Int64(
                Double(Int64.random(in: 1_000_000..<40_000_000, using: &random))
                    * Double.random(in: 0.5..<60, using: &random))
            let span = Span(
                trace: trace, id: call == 0 ? root : hex(1), parent: call == 0 ? nil : root,
                session: session, start: start, duration: duration, call: call)
            append(span, to: &builder)
            if random.chance(3) { append(span, to: &builder) }
            start += Int64.random(in: 0..<duration, using: &random)
        }
    }

    private struct Span {
        var trace: String
        var id: String
        var parent: String?
        var session: String
        var start: Int64
        var duration: Int64
        var call: Int
    }

    private mutating func append(_ span: Span, to builder: inout BatchBuilder) {
        setIdentifier(SpanColumn.traceID, span.trace, &builder)
        setIdentifier(SpanColumn.spanID, span.id, &builder)
        builder.setString(SpanColumn.source, "native")
        if let parent = span.parent { setIdentifier(SpanColumn.parentSpanID, parent, &builder) }
        builder.setInteger(SpanColumn.startTime, span.start)
        if !random.chance(2) {
            builder.setInteger(SpanColumn.endTime, span.start + span.duration)
        }
        let isModelCall = span.call > 0 && span.call % 3 != 0
        let kind = span.call == 0 ? "AGENT" : isModelCall ? "LLM" : "TOOL"
        builder.setString(SpanColumn.name, "\(kind.lowercased())-\(span.call)")
        builder.setString(SpanColumn.kind, kind)
        builder.setString(
            SpanColumn.status, Self.statuses.randomElement(using: &random) ?? "ok")
        builder.setString(SpanColumn.project, "project-\(traceCount % 3)")
        builder.setString(SpanColumn.sessionID, span.session)
        if !random.chance(5) {
            builder.setString(SpanColumn.agentName, "agent-\(traceCount % 40)")
        }
        if isModelCall { appendUsage(to: &builder) }
        if hasAttributes {
            let tier = Int.random(in: 0..<6, using: &random)
            let json = Array("{\"agent.tier\":\"T\(tier)\",\"retry\":\(span.call)}".utf8)
            json.withUnsafeBytes { builder.setText(SpanColumn.attributes, $0) }
        }
        builder.endRow()
    }

    private mutating func appendUsage(to builder: inout BatchBuilder) {
        let input = Int64.random(in: 10..<20_000, using: &random)
        let output = Int64.random(in: 1..<2_000, using: &random)
        builder.setString(SpanColumn.model, Self.models.randomElement(using: &random) ?? "gpt-a")
        builder.setInteger(SpanColumn.inputTokens, input)
        builder.setInteger(SpanColumn.outputTokens, output)
        if random.chance(40) { builder.setInteger(SpanColumn.cachedTokens, input / 2) }
        if random.chance(90) {
            builder.setInteger(SpanColumn.cost, input * 2_500_000 + output * 10_000_000)
        }
    }

    /// Writes `count` points of run metrics; some steps are logged again, some values not finite.
    package mutating func appendMetrics(
        _ count: Int, runs: Int = 2, names: Int = 5, to builder: inout BatchBuilder
    ) {
        for index in 0..<count {
            let step = Int64(index / max(1, runs * names))
            builder.setString(MetricColumn.project, "project-\(index % 2)")
            builder.setString(MetricColumn.runID, "\(index % max(1, runs))")
            builder.setString(MetricColumn.name, "train/metric-\(index % max(1, names))")
            builder.setInteger(MetricColumn.step, random.chance(10) ? max(0, step - 1) : step)
            builder.setInteger(
                MetricColumn.time, clock + Int64.random(in: 0..<1_000_000, using: &random))
            builder.setFloat(MetricColumn.value, metricValue())
            builder.endRow()
        }
    }

    private mutating func metricValue() -> Double {
        switch Int.random(in: 0..<50, using: &random) {
        case 0: .nan
        case 1: .infinity
        case 2: -.infinity
        default: Double.random(in: -10..<1_000, using: &random)
        }
    }

    private mutating func hex(_ words: Int) -> String {
        (0..<words).map { _ in
            let digits = String(random.next(), radix: 16)
            return String(repeating: "0", count: 16 - digits.count) + digits
        }.joined()
    }

    private func setIdentifier(_ column: Int, _ text: String, _ builder: inout BatchBuilder) {
        var copy = text
        let isValid = copy.withUTF8 {
            builder.setIdentifier(column, text: UnsafeRawBufferPointer($0))
        }
        precondition(isValid)
    }
}
