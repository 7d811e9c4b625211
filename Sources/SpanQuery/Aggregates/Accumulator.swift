// The state of one aggregate over all groups. Order of calls: `add` per morsel, `merge` with the
// states of other workers, `results` once. States are arrays by group number, grown as groups
// appear; each `add` runs one typed loop.

import SpanColumns
import SpanModel

/// A result column of an aggregate, by group.
struct TypedVector {
    var type: ColumnType
    var vector: ColumnVector
}

/// What the groups of another worker are called in this one.
struct GroupMapping {
    /// By the other's group number: this one's.
    let groups: [UInt32]
    /// Groups of this one.
    let groupCount: Int
    /// The first of the other's groups when all of them are new, and so the last ones of this one, in
    /// their order; else nil.
    let appendedFrom: Int?

    /// `knownCount`: groups of this one before.
    init(groups: [UInt32], groupCount: Int, knownCount: Int) {
        self.groups = groups
        self.groupCount = groupCount
        appendedFrom = groupCount - knownCount == groups.count ? knownCount : nil
    }
}

/// What making results may use.
struct ResultContext {
    let fetcher: RowFetcher
    let threads: Int
}

/// One aggregate's state.
protocol Accumulator: AnyObject {
    /// Bytes that the state takes.
    var heldBytes: Int { get }
    /// Takes in rows of one row group.
    func add(_ input: GroupedRows) throws(StoreError)
    /// Takes in the state of another worker's accumulator of the same kind, which saw only rows
    /// behind this one's.
    func merge(_ other: any Accumulator, _ mapping: GroupMapping) throws(StoreError)
    /// What a ranked pass has to count for this; nil: it cannot.
    var rankedNeed: RankedNeed? { get }
    /// Takes in what a ranked pass counted: of rows that meet a condition, numbered from 1, or with 0
    /// of all.
    func take(_ found: RankedGroups, condition: Int)
    /// The result columns of a function that shares the state, by group.
    func results(
        _ function: Aggregate.Function, groupCount: Int, context: ResultContext
    ) throws(StoreError) -> [TypedVector]
    /// After all merges: what a second scan has to collect for `results`; nil: nothing.
    func refine() -> QuantileRefinement?
    /// Whether rows were counted by `add` that `collect` may want to see again.
    var hasCountedRows: Bool { get }
    /// Collects what the first worker's `refine` asked for, in this one's group numbers, of rows that
    /// `add` was called with, in the same order of calls.
    func collect(
        _ refinement: QuantileRefinement, _ input: GroupedRows,
        into collected: inout CollectedValues
    ) throws(StoreError)
    /// Takes in what a second scan collected, by worker.
    func take(_ refined: [CollectedValues])
}

/// What an accumulator takes from a ranked pass.
enum RankedNeed {
    case rowCounts
    /// Summaries or counts by rank code.
    case lengths(ColumnInterval)
}

extension Accumulator {
    var rankedNeed: RankedNeed? { nil }

    func take(_ found: RankedGroups, condition: Int) {
        preconditionFailure("\(Self.self) takes nothing from a ranked pass")
    }

    func refine() -> QuantileRefinement? { nil }

    var hasCountedRows: Bool { false }

    func collect(
        _ refinement: QuantileRefinement, _ input: GroupedRows,
        into collected: inout CollectedValues
    ) throws(StoreError) {}

    func take(_ refined: [CollectedValues]) {}

    /// The other accumulator of a merge, which is of the same kind.
    func peer(_ other: any Accumulator) -> Self {
        guard let peer = other as? Self else {
            preconditionFailure("\(other) is no \(Self.self)")
        }
        return peer
    }
}

extension Aggregate.Function {
    /// The integer operand of a function that an `IntegerSummary` answers, which others may share.
    func summarizedInteger(_ types: [ColumnType]) -> Operand? {
        switch self {
        case .sum(let operand), .mean(let operand), .minimum(let operand), .maximum(let operand),
            .countValues(let operand):
            operand.type(in: types).form == .integer ? operand : nil
        default: nil
        }
    }

    /// Whether this is an extreme, for which alone a summary would be too much.
    private var isExtreme: Bool {
        switch self {
        case .minimum, .maximum: true
        default: false
        }
    }

    /// Fresh state; `isAlone` when no other function may share it. Throws `invalidArgument` when the
    /// function does not apply to the type.
    func accumulator(
        isAlone: Bool, types: [ColumnType], budget: QueryBudget
    ) throws(StoreError) -> any Accumulator {
        if let operand = summarizedInteger(types), !(isAlone && isExtreme) {
            let summary = IntegerSummary(operand, type: operand.type(in: types))
            summary.need(self)
            return summary
        }
        switch self {
        case .count: return CountAccumulator(nil)
        case .countValues(let operand): return CountAccumulator(operand)
        case .countDistinct(let operands):
            return DistinctCountAccumulator(operands, types: types, budget: budget)
        case .sum(let operand):
            return FloatSumAccumulator(try Self.numeric(operand, types, "sum"), isMean: false)
        case .mean(let operand):
            return FloatSumAccumulator(try Self.numeric(operand, types, "sum"), isMean: true)
        case .minimum(let operand):
            return try Self.extreme(operand, types: types, isMaximum: false)
        case .maximum(let operand):
            return try Self.extreme(operand, types: types, isMaximum: true)
        case .standardDeviation(let operand):
            return MomentsAccumulator(try Self.numeric(operand, types, "stddev_pop"))
        case .variance(let operand):
            return MomentsAccumulator(try Self.numeric(operand, types, "var_pop"))
        case .pooledMean(let count, let mean, let deviation),
            .pooledDeviation(let count, let mean, let deviation):
            return PooledMomentsAccumulator(count: count, mean: mean, deviation: deviation)
        case .discreteQuantile(let operand, let quantile):
            return DiscreteQuantileAccumulator(
                try Self.numeric(operand, types, "quantile_disc"), type: operand.type(in: types),
                quantile: quantile)
        case .quantiles(let operand, let quantiles, let method):
            let type = try Self.numeric(operand, types, "quantile").type(in: types)
            return QuantileAccumulator(
                operand, isFloat: type.form == .float, quantiles: quantiles, method: method,
                budget: budget)
        case .first(let values, let by):
            return FirstRowAccumulator(values: values, by: by, isLast: false, types: types)
        case .last(let values, let by):
            return FirstRowAccumulator(values: values, by: by, isLast: true, types: types)
        case .distinctList(let operand):
            return DistinctListAccumulator(operand, types: types)
        case .highestRanked(let operand, let rank):
            return StringExtremeAccumulator(operand, type: .string, isMaximum: false, rank: rank)
        }
    }

    private static func numeric(
        _ operand: Operand, _ types: [ColumnType], _ function: String
    ) throws(StoreError) -> Operand {
        let type = operand.type(in: types)
        guard type.form == .integer || type.form == .float else {
            throw .invalidArgument(name: function, reason: "needs numbers, not \(type)")
        }
        return operand
    }

    private static func extreme(
        _ operand: Operand, types: [ColumnType], isMaximum: Bool
    ) throws(StoreError) -> any Accumulator {
        let type = operand.type(in: types)
        switch type.form {
        case .integer, .float:
            return ExtremeAccumulator(operand, type: type, isMaximum: isMaximum)
        case .string, .identifier:
            return StringExtremeAccumulator(operand, type: type, isMaximum: isMaximum, rank: nil)
        case .text:
            throw .invalidArgument(name: "min/max", reason: "does not apply to long text")
        }
    }
}

extension Array {
    /// Bytes that the elements take, room for more included, but nothing that they refer to.
    var heldBytes: Int { capacity * MemoryLayout<Element>.stride }
}

extension [UInt8] {
    /// The validity of as many values; nil when none is null, which is cheaper for all that follows.
    var asValidity: [UInt8]? { contains(0) ? self : nil }
}

extension Array {
    /// Grows to `count` elements and appends those of `tail`.
    mutating func append(_ tail: some Sequence<Element>, from count: Int, filling element: Element)
    {
        grow(to: count, with: element)
        append(contentsOf: tail)
    }

    /// Grows to `count` elements.
    mutating func grow(to count: Int, with element: Element) {
        if self.count < count {
            append(contentsOf: repeatElement(element, count: count - self.count))
        }
    }
}
