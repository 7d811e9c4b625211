// A list of spans as far as usage goes, and what is said of it beside the list.

import SpanColumns
import SpanModel
import SpanQuery

/// The spans of a result, with what each says it used.
package struct UsageSpans {
    /// The columns of spans that a result must have, under their own names.
    static let columns = [
        SpanColumn.source, SpanColumn.traceID, SpanColumn.spanID, SpanColumn.parentSpanID,
        SpanColumn.sessionID, SpanColumn.provider, SpanColumn.inputTokens,
        SpanColumn.outputTokens, SpanColumn.cachedTokens, SpanColumn.cacheWriteTokens,
        SpanColumn.reasoningTokens, SpanColumn.totalTokens, SpanColumn.cost,
    ]
    private static let textCount = 6

    package let spans: [UsageSpan]
    let sessions: [String?]
    let traces: [String?]

    /// Reads a result. Throws `unknown` when a column is missing.
    package init(_ table: ResultTable) throws(StoreError) {
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
            let trace = Hash64.combine(
                UsageHash.of(texts[0][row] ?? ""), UsageHash.of(texts[1][row] ?? ""))
            let counts = numbers.map { $0[row] }
            return UsageSpan(
                id: Hash64.combine(trace, UsageHash.of(texts[2][row] ?? "")),
                parent: texts[3][row].map { Hash64.combine(trace, UsageHash.of($0)) },
                own: SubtreeUsage(
                    input: counts[0], output: counts[1], cached: counts[2],
                    cacheWrite: counts[3], reasoning: counts[4], total: counts[5],
                    cost: counts[6], provider: texts[5][row]))
        }
    }
}

extension SubtreeUsage {
    /// What a span says it used itself, by `UsageRules`.
    init(
        input: Int64?, output: Int64?, cached: Int64?, cacheWrite: Int64?, reasoning: Int64?,
        total: Int64?, cost: Int64?, provider: String?
    ) {
        let counts = TokenCounts(
            input: input ?? 0, output: output ?? 0, cached: cached ?? 0,
            cacheWrite: cacheWrite ?? 0, reasoning: reasoning ?? 0)
        let usage = UsageRules.classify(counts, total: total, provider: provider)
        let hasInput = input != nil || cached != nil || cacheWrite != nil
        let hasOutput = output != nil || reasoning != nil
        self.init(
            input: hasInput ? usage.input(counts) : nil,
            output: hasOutput ? usage.output(counts) : nil, cost: cost)
    }
}

extension EffectiveUsage {
    /// A line that names both sums where spans repeat each other, and one where they disagree.
    var notes: [String] {
        func tokens(_ usage: SubtreeUsage) -> Int64 { (usage.input ?? 0) &+ (usage.output ?? 0) }
        guard plain != total else { return [] }
        let differ =
            disagreements == 1
            ? "1 span differs from the sum of its children"
            : "\(disagreements) spans differ from the sum of their children"
        return [
            "tokens: plain sum \(tokens(plain)), effective \(tokens(total)) (repeated ones once)"
        ] + (disagreements == 0 ? [] : [differ])
    }

    /// Both sums by name, as a JSON object.
    package var json: [UInt8] {
        let members: [(String, String?)] = [
            ("plain_input_tokens", plain.input.map { "\($0)" }),
            ("plain_output_tokens", plain.output.map { "\($0)" }),
            ("plain_cost_usd", plain.cost.map { Money.format(Int128($0)) }),
            ("effective_input_tokens", total.input.map { "\($0)" }),
            ("effective_output_tokens", total.output.map { "\($0)" }),
            ("effective_cost_usd", total.cost.map { Money.format(Int128($0)) }),
            ("disagreements", "\(disagreements)"),
        ]
        let texts = members.map { "\"\($0)\":\($1 ?? "null")" }
        return Array("{\(texts.joined(separator: ","))}".utf8)
    }
}
