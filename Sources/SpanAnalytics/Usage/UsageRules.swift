// What token counts mean. The convention is OpenTelemetry's: cached and cache-written tokens are part
// of the input, reasoning tokens part of the output. Some providers, and instrumentations that pass
// their figures through, report them beside instead. Which it is, is decided per span, by evidence
// before rules:
//   1. a part larger than the whole cannot be part of it (but thoughts that the total leaves out are:
//      some servers count one thought more than they wrote);
//   2. a total that is the sum with the parts shows them to be beside, one without them to be inside;
//   3. without a total the provider decides (the lists below), else the convention holds.
// The same rules stand here twice, for a span at hand and as conditions of a plan; a test holds them
// together.

import SpanModel
import SpanQuery

/// Token counts of a span, or sums over spans of one `UsageClass`; 0 where there is none.
package struct TokenCounts: Sendable, Equatable {
    package var input: Int64
    package var output: Int64
    package var cached: Int64
    package var cacheWrite: Int64
    package var reasoning: Int64

    package init(
        input: Int64 = 0, output: Int64 = 0, cached: Int64 = 0, cacheWrite: Int64 = 0,
        reasoning: Int64 = 0
    ) {
        self.input = input
        self.output = output
        self.cached = cached
        self.cacheWrite = cacheWrite
        self.reasoning = reasoning
    }
}

/// Whether parts are reported beside the whole.
package struct UsageClass: Hashable, Sendable {
    /// `input_tokens` leaves cached and cache-written tokens out.
    package var cacheIsBeside = false
    /// `output_tokens` leaves reasoning tokens out.
    package var reasoningIsBeside = false

    package init(cacheIsBeside: Bool = false, reasoningIsBeside: Bool = false) {
        self.cacheIsBeside = cacheIsBeside
        self.reasoningIsBeside = reasoningIsBeside
    }

    /// The class of a number that `UsageRules.usageClass` gives.
    init(number: Int64) {
        self.init(cacheIsBeside: number & 1 != 0, reasoningIsBeside: number & 2 != 0)
    }

    /// All tokens that were read, cached or not.
    package func input(_ counts: TokenCounts) -> Int64 {
        cacheIsBeside ? counts.input &+ counts.cached &+ counts.cacheWrite : counts.input
    }

    /// All tokens that were written, thoughts included.
    package func output(_ counts: TokenCounts) -> Int64 {
        reasoningIsBeside ? counts.output &+ counts.reasoning : counts.output
    }
}

package enum UsageRules {
    /// Bedrock's Converse leaves cache tokens out of `inputTokens`.
    private static let cacheBeside = ["aws.bedrock", "bedrock", "amazon_bedrock"]
    /// Gemini counts thoughts apart from candidates.
    private static let reasoningBeside = [
        "gcp.gemini", "gcp.gen_ai", "gcp.vertex_ai", "gemini", "google", "google_genai",
        "google_vertexai", "vertex_ai", "vertexai",
    ]

    /// The class of a span. `total` is nil where the span has none.
    package static func classify(
        _ counts: TokenCounts, total: Int64?, provider: String?
    ) -> UsageClass {
        let cache = counts.cached &+ counts.cacheWrite
        let plain = counts.input &+ counts.output
        let withBoth = plain &+ cache &+ counts.reasoning
        let isBoth = cache > 0 && counts.reasoning > 0 && total == withBoth
        return UsageClass(
            cacheIsBeside: cache > counts.input || isBoth || cache > 0 && total == plain &+ cache
                || cache > 0 && total == nil && cacheBeside.contains(provider ?? ""),
            reasoningIsBeside: counts.reasoning > counts.output && total != plain || isBoth
                || counts.reasoning > 0 && total == plain &+ counts.reasoning
                || counts.reasoning > 0 && total == nil
                    && reasoningBeside.contains(provider ?? "")
        )
    }

    // MARK: The same as conditions

    private static func count(_ columns: Int...) -> Operand {
        .coalesce([
            .sumOfPresent(columns.map { .column($0) }), .constant(.integer(0), .int64),
        ])
    }

    private static let total = Operand.column(SpanColumn.totalTokens)
    private static let cache = count(SpanColumn.cachedTokens, SpanColumn.cacheWriteTokens)
    private static let hasCache = Predicate.compare(cache, .greater, .integer(0))
    private static let hasReasoning = Predicate.compare(
        count(SpanColumn.reasoningTokens), .greater, .integer(0))
    private static let isBoth = Predicate.and([
        hasCache, hasReasoning,
        .compareOperands(
            total, .equal,
            count(
                SpanColumn.inputTokens, SpanColumn.outputTokens, SpanColumn.cachedTokens,
                SpanColumn.cacheWriteTokens, SpanColumn.reasoningTokens)),
    ])

    private static func isProvider(_ names: [String]) -> Predicate {
        .and([
            .isNull(total), .isIn(.column(SpanColumn.provider), names.map { .string($0) }),
        ])
    }

    /// True where cache tokens stand beside the input.
    static let cacheIsBeside = Predicate.or([
        .compareOperands(cache, .greater, count(SpanColumn.inputTokens)),
        isBoth,
        .and([
            hasCache,
            .or([
                .compareOperands(
                    total, .equal,
                    count(
                        SpanColumn.inputTokens, SpanColumn.outputTokens, SpanColumn.cachedTokens,
                        SpanColumn.cacheWriteTokens)),
                isProvider(cacheBeside),
            ]),
        ]),
    ])

    /// True where reasoning tokens stand beside the output.
    static let reasoningIsBeside = Predicate.or([
        .and([
            .compareOperands(
                count(SpanColumn.reasoningTokens), .greater, count(SpanColumn.outputTokens)),
            .or([
                .isNull(total),
                .compareOperands(
                    total, .notEqual, count(SpanColumn.inputTokens, SpanColumn.outputTokens)),
            ]),
        ]),
        isBoth,
        .and([
            hasReasoning,
            .or([
                .compareOperands(
                    total, .equal,
                    count(
                        SpanColumn.inputTokens, SpanColumn.outputTokens,
                        SpanColumn.reasoningTokens)),
                isProvider(reasoningBeside),
            ]),
        ]),
    ])

    /// The class as a number: bit 0 cache, bit 1 reasoning.
    static let usageClass = Operand.computed(
        ScalarExpression(
            .choice([
                .and([cacheIsBeside, reasoningIsBeside]), reasoningIsBeside, cacheIsBeside,
            ]),
            [3, 2, 1, 0].map { .constant(.integer($0), .int64) }, type: .int64))

    /// All tokens that were read: what tiers of prices look at.
    static let contextTokens = Operand.computed(
        ScalarExpression(
            .choice([cacheIsBeside]),
            [
                count(
                    SpanColumn.inputTokens, SpanColumn.cachedTokens, SpanColumn.cacheWriteTokens),
                count(SpanColumn.inputTokens),
            ], type: .int64))
}
