// The groups of a cost derivation: what was summed over spans of one model, provider, period and usage
// class, and what that costs.

import SpanColumns
import SpanModel
import SpanQuery

/// The groups of a derivation, column by column.
struct CostGroups {
    /// The question's keys, by column.
    private let keys: [[GroupKey]]
    private let counts: [Int64?]
    private let tokens: [Int64?]
    private let models: [String?]
    private let providers: [String?]
    private let periods: [Int64?]
    private let classes: [Int64?]
    private let contextMins: [Int64?]
    private let contextMaxs: [Int64?]
    /// By kind of token as `CostPlan.tokens` has them.
    private let sums: [[Int64?]]
    private let boundaries: [Int64]

    /// The first `keys` columns are the question's; the others are called `price …`.
    init(
        _ table: ResultTable, keys: Int, boundaries: [Int64]
    ) throws(StoreError) {
        func integers(_ name: String) throws(StoreError) -> [Int64?] {
            try table.column("price " + name).values.integers()
        }
        self.keys = try (0..<keys).map { index throws(StoreError) in
            try GroupKey.values(table.columns[index].values)
        }
        counts = try integers("count")
        tokens = try integers("tokens")
        models = try table.column("price model").values.strings()
        providers = try table.column("price provider").values.strings()
        periods = try integers("period")
        classes = try integers("class")
        contextMins = try integers("context_min")
        contextMaxs = try integers("context_max")
        var sums: [[Int64?]] = []
        for part in CostPlan.tokens { sums.append(try integers(part.name)) }
        self.sums = sums
        self.boundaries = boundaries
    }

    /// Models of groups whose spans may have prices of two tiers.
    func mixedModels(_ book: PriceBook) -> Set<String> {
        var mixed: Set<String> = []
        for row in counts.indices {
            guard let model = models[row], let price = price(row, book) else { continue }
            let (least, greatest) = (contextMins[row] ?? 0, contextMaxs[row] ?? 0)
            if price.tiers.contains(where: { least <= $0.above && $0.above < greatest }) {
                mixed.insert(model)
            }
        }
        return mixed
    }

    /// Adds what the groups cost whose model has a price, but for those of some models.
    func add(
        to derived: inout [[GroupKey]: CostDerivation.Derived], _ book: PriceBook,
        except models: Set<String> = []
    ) {
        for row in counts.indices {
            guard let price = price(row, book), !models.contains(self.models[row] ?? "") else {
                continue
            }
            derived[keys.map { $0[row] }, default: .init()]
                .add(cost(row, price), counts[row] ?? 0, tokens[row])
        }
    }

    private func price(_ row: Int, _ book: PriceBook) -> ModelPrice? {
        let period = Int(periods[row] ?? 0)
        let time = period == 0 ? Int64.min : boundaries[period - 1]
        return book.price(model: models[row], provider: providers[row], at: time)?.price
    }

    private func cost(_ row: Int, _ price: ModelPrice) -> Int128 {
        price.rates(contextTokens: contextMaxs[row] ?? 0).cost(
            TokenCounts(
                input: sums[0][row] ?? 0, output: sums[1][row] ?? 0, cached: sums[2][row] ?? 0,
                cacheWrite: sums[3][row] ?? 0, reasoning: sums[4][row] ?? 0),
            UsageClass(number: classes[row] ?? 0))
    }
}

extension CostDerivation.Derived {
    fileprivate mutating func add(_ cost: Int128, _ count: Int64, _ tokens: Int64?) {
        self.cost += cost
        self.count += count
        if let tokens { self.tokens = (self.tokens ?? 0) + tokens }
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
