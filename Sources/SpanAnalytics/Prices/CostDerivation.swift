// Costs of spans that have tokens but no cost, derived when a question is asked: nothing is stored, so
// an answer never depends on seals, and a new table reprices history at once. Within a group of spans
// with the same model, provider, price period, tier and usage class the cost is linear in the sums of
// tokens: one multiplication a group, whatever its number of spans. Entries of the costs rollup are
// such groups but for periods within a day and for tiers: where an entry's spans may be of two tiers,
// the spans of its model are read.

import SpanColumns
import SpanModel
import SpanQuery

/// Derives the costs of a question.
struct CostDerivation {
    private let book: PriceBook
    private let keys: [Plan.Output]
    private let filter: Predicate
    private let view: View

    /// `keys` are the question's groups, over the spans that `filter` selects.
    init(_ book: PriceBook, keys: [Plan.Output], filter: Predicate, view: View) {
        self.book = book
        self.keys = keys
        self.filter = filter
        self.view = view
    }

    /// What was derived for a group of a question.
    struct Derived {
        /// Picodollars.
        var cost: Int128 = 0
        var count: Int64 = 0
        /// The tokens of the spans that were priced; nil when none had any.
        var tokens: Int64?
    }

    /// Derived costs by the question's group keys; `entries` are those of the same spans, if there
    /// are any.
    func derive(
        from entries: CostEntries?, _ inquiry: inout Inquiry
    ) throws(StoreError) -> [[GroupKey]: Derived] {
        var derived: [[GroupKey]: Derived] = [:]
        guard let entries, book.boundaries.allSatisfy(Instant.isStartOfDay) else {
            try groups(inquiry.run(spanPlan(filter))).add(to: &derived, book)
            return derived
        }
        let groups = try groups(inquiry.run(entryPlan(entries), over: entries.table))
        let mixed = groups.mixedModels(book)
        try groups.add(to: &derived, book, except: mixed)
        if mixed.isEmpty { return derived }
        let models = Predicate.isIn(
            .column(SpanColumn.model), mixed.sorted().map { .string($0) })
        try self.groups(inquiry.run(spanPlan(.and([filter, models])))).add(to: &derived, book)
        return derived
    }

    private func groups(_ table: ResultTable) throws(StoreError) -> CostGroups {
        try CostGroups(table, keys: keys.count, boundaries: book.boundaries)
    }

    private func spanPlan(_ filter: Predicate) -> Plan {
        Plan(
            table: Tables.spans, view: view, filter: .and([filter, CostPlan.isDerivable]),
            outputs: keys + [
                Plan.Output("price model", .column(SpanColumn.model)),
                Plan.Output("price provider", .column(SpanColumn.provider)),
                Plan.Output(
                    "price period", Self.step(.column(SpanColumn.startTime), book.boundaries, false)
                ),
                Plan.Output("price class", UsageRules.usageClass),
                Plan.Output(
                    "price tier", Self.step(UsageRules.contextTokens, book.thresholds, true)),
            ],
            aggregates: CostPlan.tokens.map {
                Aggregate("price " + $0.name, .sum(.column($0.column)))
            } + [
                Aggregate("price count", .count),
                Aggregate("price tokens", .sum(SpanFilters.totalTokens)),
                Aggregate("price context_min", .minimum(UsageRules.contextTokens)),
                Aggregate("price context_max", .maximum(UsageRules.contextTokens)),
            ])
    }

    private func entryPlan(_ entries: CostEntries) -> Plan {
        func column(_ name: String) -> Operand { .column(Rollups.costs.column(name)) }
        return Plan(
            table: Rollups.costs.table,
            filter: .and([
                entries.filter, .compare(column("usage_class"), .greaterOrEqual, .integer(0)),
            ]),
            outputs: entries.keys + [
                Plan.Output("price model", column("model")),
                Plan.Output("price provider", column("provider")),
                Plan.Output("price period", Self.step(column("day"), book.boundaries, false)),
                Plan.Output("price class", column("usage_class")),
            ],
            aggregates: CostPlan.tokens.map { Aggregate("price " + $0.name, .sum(column($0.name))) }
                + [
                    Aggregate("price count", .sum(column("unpriced_count"))),
                    Aggregate("price tokens", .sum(column("unpriced_tokens"))),
                    Aggregate("price context_min", .minimum(column("context_min"))),
                    Aggregate("price context_max", .maximum(column("context_max"))),
                ])
    }

    /// How many of the rising steps a value has reached, or passed.
    private static func step(_ value: Operand, _ steps: [Int64], _ isPassed: Bool) -> Operand {
        let comparison: Comparison = isPassed ? .greater : .greaterOrEqual
        let falling = steps.reversed().map { Predicate.compare(value, comparison, .integer($0)) }
        let numbers = (0...steps.count).reversed().map {
            Operand.constant(.integer(Int64($0)), .int64)
        }
        guard !steps.isEmpty else { return numbers[0] }
        return .computed(ScalarExpression(.choice(falling), numbers, type: .int64))
    }
}
