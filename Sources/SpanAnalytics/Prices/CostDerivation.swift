// Costs of spans that have tokens but no cost, derived when a question is asked: nothing is stored, so
// an answer never depends on seals, and a new table reprices history at once. Within a group of spans
// with the same model, provider, price period, tier and usage class the cost is linear in the sums of
// tokens: one multiplication a group, whatever its number of spans.

import SpanColumns
import SpanModel
import SpanQuery

/// Derives costs.
struct CostDerivation {
    private let book: PriceBook

    init(_ book: PriceBook) { self.book = book }

    /// What was derived for a group of a question.
    struct Derived {
        /// Picodollars.
        var cost: Int128 = 0
        var count: Int64 = 0
        /// The tokens of the spans that were priced; nil when none had any.
        var tokens: Int64?
    }

    /// Derived costs by the question's group keys, over the spans that `filter` selects.
    func derive(
        keys: [Plan.Output], filter: Predicate, view: View, _ inquiry: inout Inquiry
    ) throws(StoreError) -> [[GroupKey]: Derived] {
        let table = try inquiry.run(plan(keys, filter, view))
        let visible = try keys.indices.map { index throws(StoreError) in
            try GroupKey.values(table.columns[index].values)
        }
        let groups = try Groups(table, boundaries: book.boundaries, thresholds: book.thresholds)
        var derived: [[GroupKey]: Derived] = [:]
        for row in 0..<table.rowCount {
            guard let cost = groups.cost(row, book) else { continue }
            let key = visible.map { $0[row] }
            derived[key, default: Derived()].add(cost, groups.counts[row] ?? 0, groups.tokens[row])
        }
        return derived
    }

    private func plan(_ keys: [Plan.Output], _ filter: Predicate, _ view: View) -> Plan {
        let parts = [
            SpanColumn.inputTokens, SpanColumn.outputTokens, SpanColumn.cachedTokens,
            SpanColumn.cacheWriteTokens, SpanColumn.reasoningTokens,
        ]
        return Plan(
            table: Tables.spans, view: view,
            filter: .and([
                filter, .isNull(.column(SpanColumn.cost)), .not(.isNull(.column(SpanColumn.model))),
                .or(parts.map { .not(.isNull(.column($0))) }),
            ]),
            outputs: keys + [
                Plan.Output("price model", .column(SpanColumn.model)),
                Plan.Output("price provider", .column(SpanColumn.provider)),
                Plan.Output(
                    "price period", Self.step(.column(SpanColumn.startTime), book.boundaries, false)
                ),
                Plan.Output(
                    "price tier", Self.step(UsageRules.contextTokens, book.thresholds, true)),
                Plan.Output("price cache", Self.flag(UsageRules.cacheIsBeside)),
                Plan.Output("price reasoning", Self.flag(UsageRules.reasoningIsBeside)),
            ],
            aggregates: zip(Groups.sums, parts).map { Aggregate($0, .sum(.column($1))) } + [
                Aggregate("price count", .count),
                Aggregate("price tokens", .sum(SpanFilters.totalTokens)),
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

    private static func flag(_ predicate: Predicate) -> Operand {
        .computed(
            ScalarExpression(
                .choice([predicate]),
                [.constant(.integer(1), .int64), .constant(.integer(0), .int64)], type: .int64))
    }
}

extension CostDerivation.Derived {
    fileprivate mutating func add(_ cost: Int128, _ count: Int64, _ tokens: Int64?) {
        self.cost += cost
        self.count += count
        if let tokens { self.tokens = (self.tokens ?? 0) + tokens }
    }
}

/// The groups of a derivation, column by column.
private struct Groups {
    static let sums = [
        "price input", "price output", "price cached", "price written", "price thought",
    ]

    let counts: [Int64?]
    let tokens: [Int64?]
    private let models: [String?]
    private let providers: [String?]
    private let periods: [Int64?]
    private let tiers: [Int64?]
    private let caches: [Int64?]
    private let reasonings: [Int64?]
    private let sums: [[Int64?]]
    private let boundaries: [Int64]
    private let thresholds: [Int64]

    init(
        _ table: ResultTable, boundaries: [Int64], thresholds: [Int64]
    ) throws(StoreError) {
        func integers(_ name: String) throws(StoreError) -> [Int64?] {
            try table.column("price " + name).values.integers()
        }
        counts = try integers("count")
        tokens = try integers("tokens")
        models = try table.column("price model").values.strings()
        providers = try table.column("price provider").values.strings()
        periods = try integers("period")
        tiers = try integers("tier")
        caches = try integers("cache")
        reasonings = try integers("reasoning")
        var sums: [[Int64?]] = []
        for name in Self.sums { sums.append(try table.column(name).values.integers()) }
        self.sums = sums
        self.boundaries = boundaries
        self.thresholds = thresholds
    }

    /// The cost of a group; nil when its model has no price.
    func cost(_ row: Int, _ book: PriceBook) -> Int128? {
        let period = Int(periods[row] ?? 0)
        let time = period == 0 ? Int64.min : boundaries[period - 1]
        guard
            let found = book.price(model: models[row], provider: providers[row], at: time)
        else { return nil }
        let tier = Int(tiers[row] ?? 0)
        let context = tier == 0 ? 0 : thresholds[tier - 1] + 1
        return found.price.rates(contextTokens: context).cost(
            TokenCounts(
                input: sums[0][row] ?? 0, output: sums[1][row] ?? 0, cached: sums[2][row] ?? 0,
                cacheWrite: sums[3][row] ?? 0, reasoning: sums[4][row] ?? 0),
            UsageClass(cacheIsBeside: caches[row] == 1, reasoningIsBeside: reasonings[row] == 1))
    }
}

/// A value of a group key.
enum GroupKey: Hashable {
    case null
    case integer(Int64)
    case string(String)

    /// The values of a key column.
    static func values(_ vector: ColumnVector) throws(StoreError) -> [GroupKey] {
        if case .integer = vector { return vector.integers().map { $0.map(Self.integer) ?? .null } }
        return try vector.strings().map { $0.map(Self.string) ?? .null }
    }
}
