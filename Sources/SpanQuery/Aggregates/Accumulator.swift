// The state of one aggregate over all groups. Order of calls: `add` per row group, `results` once.
// States are arrays by group number, grown as groups appear; each `add` runs one typed loop.

import SpanColumns
import SpanModel

/// A result column of an aggregate, by group.
struct TypedVector {
    var type: ColumnType
    var vector: ColumnVector
}

/// One aggregate's state.
protocol Accumulator: AnyObject {
    /// Takes in rows of one row group.
    func add(_ input: GroupedRows, in evaluator: RowEvaluator) throws(StoreError)
    /// The result columns, by group.
    func results(groupCount: Int, fetcher: RowFetcher) throws(StoreError) -> [TypedVector]
}

extension Aggregate.Function {
    /// Fresh state. Throws `invalidArgument` when the function does not apply to the type.
    func accumulator(types: [ColumnType]) throws(StoreError) -> any Accumulator {
        switch self {
        case .count: return CountAccumulator(nil)
        case .countValues(let operand): return CountAccumulator(operand)
        case .countDistinct(let operands):
            return DistinctCountAccumulator(operands, types: types)
        case .sum(let operand):
            return try SumAccumulator.make(operand, types: types, isMean: false)
        case .mean(let operand):
            return try SumAccumulator.make(operand, types: types, isMean: true)
        case .minimum(let operand):
            return try Self.extreme(operand, types: types, isMaximum: false)
        case .maximum(let operand):
            return try Self.extreme(operand, types: types, isMaximum: true)
        case .standardDeviation(let operand):
            return MomentsAccumulator(try Self.numeric(operand, types, "stddev_pop"))
        case .variance(let operand):
            return MomentsAccumulator(
                try Self.numeric(operand, types, "var_pop"), isVariance: true)
        case .discreteQuantile(let operand, let quantile):
            return DiscreteQuantileAccumulator(
                try Self.numeric(operand, types, "quantile_disc"), type: operand.type(in: types),
                quantile: quantile)
        case .quantiles(let operand, let quantiles, let method):
            let type = try Self.numeric(operand, types, "quantile").type(in: types)
            return QuantileAccumulator(
                operand, isFloat: type.form == .float, quantiles: quantiles, method: method)
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
    /// Grows to `count` elements.
    mutating func grow(to count: Int, with element: Element) {
        if self.count < count {
            append(contentsOf: repeatElement(element, count: count - self.count))
        }
    }
}
