// A list of spans as far as usage goes, and what is said of it beside the list.

import SpanColumns
import SpanModel
import SpanQuery

/// The spans of a result, with what each says it used.
struct UsageSpans {
    /// The columns of spans that a result must have, under their own names.
    static let columns = [
        SpanColumn.source, SpanColumn.traceID, SpanColumn.spanID, SpanColumn.parentSpanID,
        SpanColumn.sessionID, SpanColumn.provider, SpanColumn.inputTokens,
        SpanColumn.outputTokens, SpanColumn.cachedTokens, SpanColumn.cacheWriteTokens,
        SpanColumn.reasoningTokens, SpanColumn.totalTokens, SpanColumn.cost,
    ]
    private static let textCount = 6

    let spans: [UsageSpan]
    let sessions: [String?]
    let traces: [String?]

    /// Reads a result. Throws `unknown` when a column is missing.
    init(_ table: ResultTable) throws(StoreError) {
        let names = Self.columns.map { Tables.spans.columns[$0].name }
        var texts: [[String?]] = []
        for name in names.prefix(Self.textCount) {
            texts.append(try table.column(name).values.strings())
        }
        var numbers: [[Int64?]] = []
        for name in names.dropFirst(Self.textCount) {
            numbers.append(try table.column(name).values.integers())
        }
        traces = texts[1]
        sessions = texts[4]
        spans = (0..<table.rowCount).map { row in
            let trace = "\(texts[0][row] ?? "")\u{0}\(texts[1][row] ?? "")\u{0}"
            return UsageSpan(
                id: trace + (texts[2][row] ?? ""), parent: texts[3][row].map { trace + $0 },
                own: Self.own(numbers.map { $0[row] }, provider: texts[5][row]))
        }
    }

    /// What a span says it used: input, output, cached, written, thought, total, cost.
    private static func own(_ numbers: [Int64?], provider: String?) -> SubtreeUsage {
        let counts = TokenCounts(
            input: numbers[0] ?? 0, output: numbers[1] ?? 0, cached: numbers[2] ?? 0,
            cacheWrite: numbers[3] ?? 0, reasoning: numbers[4] ?? 0)
        let usage = UsageRules.classify(counts, total: numbers[5], provider: provider)
        let hasInput = numbers[0] != nil || numbers[2] != nil || numbers[3] != nil
        let hasOutput = numbers[1] != nil || numbers[4] != nil
        return SubtreeUsage(
            input: hasInput ? usage.input(counts) : nil,
            output: hasOutput ? usage.output(counts) : nil, cost: numbers[6])
    }
}

extension EffectiveUsage {
    /// A line that names both sums where spans repeat each other, and one where they disagree.
    var notes: [String] {
        func tokens(_ usage: SubtreeUsage) -> Int64 { (usage.input ?? 0) &+ (usage.output ?? 0) }
        guard plain != total else { return [] }
        let count = disagreements.count { $0 }
        let differ =
            count == 1
            ? "1 span differs from the sum of its children"
            : "\(count) spans differ from the sum of their children"
        return [
            "tokens: plain sum \(tokens(plain)), effective \(tokens(total)) (repeated ones once)"
        ] + (count == 0 ? [] : [differ])
    }
}
