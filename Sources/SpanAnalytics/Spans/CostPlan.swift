// Tokens and costs by group: from spans, and from the entries of the costs rollup, which are added up
// to the same figures.

import SpanColumns
import SpanModel
import SpanQuery

enum CostPlan {
    private static let cost = Operand.column(SpanColumn.cost)

    /// The counts that a cost is derived from.
    static let tokens: [(name: String, column: Int)] = [
        ("input_tokens", SpanColumn.inputTokens), ("output_tokens", SpanColumn.outputTokens),
        ("cached_tokens", SpanColumn.cachedTokens),
        ("cache_write_tokens", SpanColumn.cacheWriteTokens),
        ("reasoning_tokens", SpanColumn.reasoningTokens),
    ]

    /// Groups of the spans that carry a cost or tokens.
    static func overSpans(view: View, filter: Predicate, keys: [Plan.Output]) -> Plan {
        let isUnpriced = Predicate.isNull(cost)
        let counted = [cost, SpanFilters.totalTokens] + tokens.map { .column($0.column) }
        return Plan(
            table: Tables.spans, view: view,
            filter: .and([filter, .or(counted.map { .not(.isNull($0)) })]), outputs: keys,
            aggregates: tokens.map { Aggregate($0.name, .sum(.column($0.column))) } + [
                Aggregate("total_tokens", .sum(.column(SpanColumn.totalTokens))),
                Aggregate("cost_usd", .sum(cost)),
                Aggregate("priced_count", .countValues(cost)),
                Aggregate("unpriced_count", .count, filter: isUnpriced),
                Aggregate(
                    "unpriced_tokens", .sum(SpanFilters.totalTokens), filter: isUnpriced),
            ])
    }

    /// Spans whose cost can be derived if their model has a price.
    static let isDerivable = Predicate.and([
        .isNull(cost), .not(.isNull(.column(SpanColumn.model))),
        .or(tokens.map { .not(.isNull(.column($0.column))) }),
    ])

    /// The entries of `Rollups.costs` for some spans.
    static func entries(filter: Predicate) -> Plan {
        let day = TimeBucket(width: .days(1))
        let usageClass = Operand.computed(
            ScalarExpression(
                .choice([isDerivable]),
                [UsageRules.usageClass, .constant(.integer(-1), .int64)], type: .int64))
        var plan = overSpans(
            view: .dedup, filter: filter,
            keys: [
                Plan.Output("day", .timeBucket(.column(SpanColumn.startTime), day)),
                Plan.Output("project", .column(SpanColumn.project)),
                Plan.Output("provider", .column(SpanColumn.provider)),
                Plan.Output("model", .column(SpanColumn.model)),
                Plan.Output("usage_class", usageClass),
            ])
        plan.aggregates? += [
            Aggregate("context_min", .minimum(UsageRules.contextTokens), filter: isDerivable),
            Aggregate("context_max", .maximum(UsageRules.contextTokens), filter: isDerivable),
        ]
        return plan
    }

    /// Groups of entries.
    static func overEntries(filter: Predicate, keys: [Plan.Output]) -> Plan {
        let rollup = Rollups.costs
        let sums =
            tokens.map(\.name) + [
                "total_tokens", "cost_usd", "priced_count", "unpriced_count", "unpriced_tokens",
            ]
        return Plan(
            table: rollup.table, filter: filter, outputs: keys,
            aggregates: sums.map { Aggregate($0, .sum(.column(rollup.column($0)))) })
    }

    /// Entries over entries: one for all of a group.
    static var addedEntries: Plan {
        let rollup = Rollups.costs
        var plan = overEntries(
            filter: .always,
            keys: ["day", "project", "provider", "model", "usage_class"].map {
                Plan.Output($0, .column(rollup.column($0)))
            })
        plan.aggregates? += [
            Aggregate("context_min", .minimum(.column(rollup.column("context_min")))),
            Aggregate("context_max", .maximum(.column(rollup.column("context_max")))),
        ]
        return plan
    }

    /// What an operand over spans is over entries; nil: entries do not tell.
    static func overEntries(_ operand: Operand) -> Operand? {
        let rollup = Rollups.costs
        switch operand {
        case .column(SpanColumn.project): return .column(rollup.column("project"))
        case .column(SpanColumn.provider): return .column(rollup.column("provider"))
        case .column(SpanColumn.model): return .column(rollup.column("model"))
        case .timeBucket(.column(SpanColumn.startTime), let bucket) where bucket.isWholeUTCDays:
            return .timeBucket(.column(rollup.column("day")), bucket)
        default: return nil
        }
    }
}

extension TimeBucket {
    /// Whether every bucket is some whole days of UTC.
    fileprivate var isWholeUTCDays: Bool {
        guard zone == .utc else { return false }
        if case .nanoseconds = width { return false }
        return true
    }
}
