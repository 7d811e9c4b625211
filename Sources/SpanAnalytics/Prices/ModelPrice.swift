// The price of a model: dollars a token for each kind of token, and tiers that hold for the whole
// request once its input is longer than a threshold. Rates are picodollars, so that costs are exact.

import SpanModel

/// Picodollars a token. A kind without a rate of its own costs what its whole costs.
package struct TokenRates: Sendable, Equatable {
    package var input: Int64?
    package var output: Int64?
    package var cacheRead: Int64?
    package var cacheWrite: Int64?
    package var reasoning: Int64?

    package init(
        input: Int64? = nil, output: Int64? = nil, cacheRead: Int64? = nil,
        cacheWrite: Int64? = nil, reasoning: Int64? = nil
    ) {
        self.input = input
        self.output = output
        self.cacheRead = cacheRead
        self.cacheWrite = cacheWrite
        self.reasoning = reasoning
    }

    /// The cost of counts, or of sums of counts of one class, in picodollars. Linear in the counts.
    package func cost(_ counts: TokenCounts, _ usage: UsageClass) -> Int128 {
        let input = Int128(self.input ?? 0)
        let output = Int128(self.output ?? 0)
        let cached = Int128(counts.cached)
        let written = Int128(counts.cacheWrite)
        let thought = Int128(counts.reasoning)
        let fresh = Int128(counts.input) - (usage.cacheIsBeside ? 0 : cached + written)
        let said = Int128(counts.output) - (usage.reasoningIsBeside ? 0 : thought)
        return fresh * input + cached * (cacheRead.map { Int128($0) } ?? input)
            + written * (cacheWrite.map { Int128($0) } ?? input) + said * output
            + thought * (reasoning.map { Int128($0) } ?? output)
    }

    /// These rates where they are given, else those of `base`.
    func over(_ base: TokenRates) -> TokenRates {
        TokenRates(
            input: input ?? base.input, output: output ?? base.output,
            cacheRead: cacheRead ?? base.cacheRead, cacheWrite: cacheWrite ?? base.cacheWrite,
            reasoning: reasoning ?? base.reasoning)
    }
}

/// A model's base rates and tiers.
package struct ModelPrice: Sendable, Equatable {
    /// Rates above a number of input tokens.
    package struct Tier: Sendable, Equatable {
        package let above: Int64
        package let rates: TokenRates
    }

    package var base: TokenRates
    /// By rising threshold, each complete.
    package let tiers: [Tier]

    /// Rates that a tier leaves out are those below it.
    init(base: TokenRates, tiers: [(above: Int64, rates: TokenRates)]) {
        self.base = base
        var below = base
        var complete: [Tier] = []
        for tier in tiers.sorted(by: { $0.above < $1.above }) {
            below = tier.rates.over(below)
            complete.append(Tier(above: tier.above, rates: below))
        }
        self.tiers = complete
    }

    /// The rates of a request that read `contextTokens`.
    package func rates(contextTokens: Int64) -> TokenRates {
        tiers.last { contextTokens > $0.above }?.rates ?? base
    }
}
