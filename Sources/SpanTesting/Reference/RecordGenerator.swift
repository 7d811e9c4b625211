// Seeded records from a small space of identities, so that completes, patches, tombstones, versions
// and re-sends meet each other often.

import SpanModel

/// Makes random records of all four tables.
package struct RecordGenerator {
    private var random: SeededGenerator
    /// Distinct identities per table, roughly.
    private let identityCount: Int

    package init(seed: UInt64, identityCount: Int = 24) {
        random = SeededGenerator(seed: seed)
        self.identityCount = identityCount
    }

    /// A batch of 1 to `countMax` records of one table.
    package mutating func batch(countMax: Int) -> [ReferenceRecord] {
        let table = [Tables.spans, Tables.spans, Tables.metrics, Tables.scores, Tables.entities][
            below(5)]
        return (0...below(countMax)).map { _ in record(of: table) }
    }

    /// One record.
    package mutating func record(of table: TableSchema) -> ReferenceRecord {
        switch table.number {
        case Tables.spans.number: span()
        case Tables.metrics.number: metric()
        case Tables.scores.number: score()
        default: entity()
        }
    }

    private mutating func span() -> ReferenceRecord {
        let kind = [WriteKind.complete, .complete, .complete, .patch, .tombstone][below(5)]
        let number = below(identityCount)
        var fields: [Int: ReferenceValue] = [
            SpanColumn.traceID: .text(Self.traceID(number % 5)),
            SpanColumn.spanID: .text("span-\(number)"),
            SpanColumn.source: .text(number % 7 == 0 ? "otlp" : "native"),
        ]
        if chance(3) { fields[SpanColumn.version] = .integer(Int64(below(3))) }
        if kind == .tombstone {
            return ReferenceRecord(table: Tables.spans, kind: kind, fields: fields)
        }
        let isComplete = kind == .complete
        if isComplete {
            fields[SpanColumn.project] = .text("project-\(below(3))")
            fields[SpanColumn.startTime] = .integer(Int64(below(4)) * 86_400_000_000_000 - 5)
        }
        if chance(2) { fields[SpanColumn.endTime] = .integer(Int64(below(1_000_000))) }
        if chance(2) { fields[SpanColumn.name] = .text("name-\(below(4))") }
        if chance(3) { fields[SpanColumn.cost] = .integer(Int64(below(1_000))) }
        if chance(3) { fields[SpanColumn.parentSpanID] = .text(Self.traceID(below(9))) }
        if chance(2) { fields[SpanColumn.output] = .text(text()) }
        if chance(2) {
            fields[SpanColumn.attributes] = .text("{\"k\(below(3))\":\(below(10))}")
        }
        // Another one with every re-send that ends at another time.
        let turn =
            if case .integer(let end)? = fields[SpanColumn.endTime] { Int(end) } else { number }
        if turn % 5 != 0 { fields[SpanColumn.agentName] = .text("agent-\(turn % 3)") }
        addUsage(&fields)
        return ReferenceRecord(table: Tables.spans, kind: kind, fields: fields)
    }

    /// What sessions and costs are made of.
    private mutating func addUsage(_ fields: inout [Int: ReferenceValue]) {
        if !chance(4) { fields[SpanColumn.sessionID] = .text("session-\(below(6))") }
        if chance(2) {
            fields[SpanColumn.status] = .text(["ok", "error", "unset", "late"][below(4)])
        }
        if chance(2) { fields[SpanColumn.model] = .text("model-\(below(3))") }
        if chance(3) { fields[SpanColumn.provider] = .text("provider-\(below(2))") }
        if chance(3) { fields[SpanColumn.kind] = .text(["LLM", "llm", "tool"][below(3)]) }
        if chance(3) { fields[SpanColumn.experiment] = .text("experiment-\(below(2))") }
        if chance(6) { fields[SpanColumn.testCaseID] = .text("case-\(below(2))") }
        if chance(2) { fields[SpanColumn.inputTokens] = .integer(Int64(below(100))) }
        if chance(3) { fields[SpanColumn.outputTokens] = .integer(Int64(below(100))) }
        if chance(6) { fields[SpanColumn.cachedTokens] = .integer(Int64(below(100))) }
        if chance(6) { fields[SpanColumn.reasoningTokens] = .integer(Int64(below(100))) }
        if chance(5) { fields[SpanColumn.totalTokens] = .integer(Int64(below(300))) }
    }

    private mutating func metric() -> ReferenceRecord {
        let number = below(identityCount)
        let values = [1.5, -0.0, Double.nan, Double.infinity, 3, 0.1]
        return ReferenceRecord(
            table: Tables.metrics, kind: .complete,
            fields: [
                MetricColumn.project: .text("default"), MetricColumn.runID: .text("\(number % 2)"),
                MetricColumn.name: .text("loss-\(number % 3)"),
                MetricColumn.step: .integer(Int64(number)),
                MetricColumn.time: .integer(Int64(below(5))),
                MetricColumn.value: .float(values[below(values.count)].bitPattern),
            ])
    }

    private mutating func score() -> ReferenceRecord {
        let number = below(identityCount)
        var fields: [Int: ReferenceValue] = [
            ScoreColumn.name: .text("score-\(number % 3)"), ScoreColumn.source: .text("native"),
        ]
        if number % 2 == 0 { fields[ScoreColumn.traceID] = .text(Self.traceID(number % 5)) }
        if number % 3 != 1 { fields[ScoreColumn.sessionID] = .text("session-\(number % 4)") }
        if number % 6 == 1 { fields[ScoreColumn.spanID] = .text("span-\(number)") }
        fields[ScoreColumn.value] = .float(Double(below(100)).bitPattern)
        if chance(2) { fields[ScoreColumn.comment] = .text(text()) }
        return ReferenceRecord(table: Tables.scores, kind: .complete, fields: fields)
    }

    private mutating func entity() -> ReferenceRecord {
        let number = below(identityCount)
        var fields: [Int: ReferenceValue] = [
            EntityColumn.kind: .text(number % 2 == 0 ? "run" : "dataset"),
            EntityColumn.project: .text("default"), EntityColumn.name: .text("e-\(number)"),
        ]
        if chance(4) {
            return ReferenceRecord(table: Tables.entities, kind: .tombstone, fields: fields)
        }
        fields[EntityColumn.body] = .text("{\"n\":\(below(100))}")
        return ReferenceRecord(table: Tables.entities, kind: .complete, fields: fields)
    }

    /// Text of a length that sometimes fills blocks.
    private mutating func text() -> String {
        let length = chance(20) ? 40_000 : below(200)
        return String(
            decoding: (0..<length).map { _ in UInt8(97 + below(20)) }, as: UTF8.self)
    }

    private static func traceID(_ number: Int) -> String {
        let digits = String(number, radix: 16)
        return String(repeating: "a", count: 32 - digits.count) + digits
    }

    private mutating func below(_ bound: Int) -> Int { Int(random.next() % UInt64(bound)) }

    private mutating func chance(_ one: Int) -> Bool { below(one) == 0 }
}
