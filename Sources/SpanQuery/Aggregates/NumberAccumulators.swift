// Counts, sums, means, extremes and moments of numbers.

import SpanColumns
import SpanModel
import SpanSketch

/// Rows, or rows with a value.
final class CountAccumulator: Accumulator {
    private let operand: Operand?
    private var counts: [Int64] = []

    init(_ operand: Operand?) { self.operand = operand }

    func add(_ input: GroupedRows, in evaluator: RowEvaluator) throws(StoreError) {
        counts.grow(to: input.groupCount, with: 0)
        var groups = input.groups
        if let operand {
            let vector = try evaluator.vector(operand, rows: input.rows)
            groups = input.present(operand, vector).groups
        }
        counts.withUnsafeMutableBufferPointer { counts in
            for group in groups { counts[Int(group)] &+= 1 }
        }
    }

    func results(groupCount: Int, fetcher: RowFetcher) throws(StoreError) -> [TypedVector] {
        counts.grow(to: groupCount, with: 0)
        return [TypedVector(type: .int64, vector: .integer(IntegerVector(values: counts)))]
    }
}

/// Sums or means.
enum SumAccumulator {
    static func make(
        _ operand: Operand, types: [ColumnType], isMean: Bool
    ) throws(StoreError) -> any Accumulator {
        let type = operand.type(in: types)
        switch type.form {
        case .integer: return IntegerSumAccumulator(operand, type: type, isMean: isMean)
        case .float: return FloatSumAccumulator(operand, isMean: isMean)
        case .string, .identifier, .text:
            throw .invalidArgument(name: "sum", reason: "needs numbers, not \(type)")
        }
    }
}

/// Exact sums of integers and money, and means from them.
private final class IntegerSumAccumulator: Accumulator {
    private let operand: Operand
    private let type: ColumnType
    private let isMean: Bool
    private var sums: [Int128] = []
    private var counts: [Int] = []

    init(_ operand: Operand, type: ColumnType, isMean: Bool) {
        self.operand = operand
        self.type = type
        self.isMean = isMean
    }

    func add(_ input: GroupedRows, in evaluator: RowEvaluator) throws(StoreError) {
        sums.grow(to: input.groupCount, with: 0)
        counts.grow(to: input.groupCount, with: 0)
        guard case .integer(let vector) = try evaluator.vector(operand, rows: input.rows) else {
            return
        }
        let present = input.present(operand, .integer(vector))
        sums.withUnsafeMutableBufferPointer { sums in
            counts.withUnsafeMutableBufferPointer { counts in
                for (row, group) in zip(present.rows, present.groups) {
                    sums[Int(group)] &+= Int128(vector.values[Int(row)])
                    counts[Int(group)] &+= 1
                }
            }
        }
    }

    func results(groupCount: Int, fetcher: RowFetcher) throws(StoreError) -> [TypedVector] {
        sums.grow(to: groupCount, with: 0)
        counts.grow(to: groupCount, with: 0)
        let validity = counts.map { $0 > 0 ? UInt8(1) : 0 }
        if isMean {
            let scale = type == .money ? Double(Money.scale) : 1
            let means = zip(sums, counts).map { $1 > 0 ? Double($0) / Double($1) / scale : 0 }
            return [
                TypedVector(
                    type: .float64,
                    vector: .float(FloatVector(values: means, validity: validity)))
            ]
        }
        var values: [Int64] = []
        for sum in sums {
            guard let value = Int64(exactly: sum) else {
                throw .invalidArgument(name: "sum", reason: "the sum does not fit in 64 bits")
            }
            values.append(value)
        }
        return [
            TypedVector(
                type: type == .money ? .money : .int64,
                vector: .integer(IntegerVector(values: values, validity: validity)))
        ]
    }
}

/// Compensated sums of doubles, and means from them.
private final class FloatSumAccumulator: Accumulator {
    private let operand: Operand
    private let isMean: Bool
    private var sums: [CompensatedSum] = []
    private var counts: [Int] = []

    init(_ operand: Operand, isMean: Bool) {
        self.operand = operand
        self.isMean = isMean
    }

    func add(_ input: GroupedRows, in evaluator: RowEvaluator) throws(StoreError) {
        sums.grow(to: input.groupCount, with: CompensatedSum())
        counts.grow(to: input.groupCount, with: 0)
        guard case .float(let vector) = try evaluator.vector(operand, rows: input.rows) else {
            return
        }
        let present = input.present(operand, .float(vector))
        sums.withUnsafeMutableBufferPointer { sums in
            counts.withUnsafeMutableBufferPointer { counts in
                for (row, group) in zip(present.rows, present.groups) {
                    sums[Int(group)].add(vector.values[Int(row)])
                    counts[Int(group)] &+= 1
                }
            }
        }
    }

    func results(groupCount: Int, fetcher: RowFetcher) throws(StoreError) -> [TypedVector] {
        sums.grow(to: groupCount, with: CompensatedSum())
        counts.grow(to: groupCount, with: 0)
        let values = zip(sums, counts).map { sum, count in
            isMean && count > 0 ? sum.value / Double(count) : sum.value
        }
        let validity = counts.map { $0 > 0 ? UInt8(1) : 0 }
        return [
            TypedVector(
                type: .float64, vector: .float(FloatVector(values: values, validity: validity)))
        ]
    }
}

/// Population standard deviations or variances.
final class MomentsAccumulator: Accumulator {
    private let operand: Operand
    private let isVariance: Bool
    private var moments: [Moments] = []

    init(_ operand: Operand, isVariance: Bool = false) {
        self.operand = operand
        self.isVariance = isVariance
    }

    func add(_ input: GroupedRows, in evaluator: RowEvaluator) throws(StoreError) {
        moments.grow(to: input.groupCount, with: Moments())
        let vector = try evaluator.vector(operand, rows: input.rows)
        let present = input.present(operand, vector)
        switch vector {
        case .integer(let source): fold(source.values.map { Double($0) }, present)
        case .float(let source): fold(source.values, present)
        case .null, .identifier, .string, .text: break
        }
    }

    private func fold(_ values: [Double], _ input: GroupedRows) {
        moments.withUnsafeMutableBufferPointer { moments in
            for (row, group) in zip(input.rows, input.groups) {
                moments[Int(group)].add(values[Int(row)])
            }
        }
    }

    func results(groupCount: Int, fetcher: RowFetcher) throws(StoreError) -> [TypedVector] {
        moments.grow(to: groupCount, with: Moments())
        let vector = FloatVector(
            values: moments.map { (isVariance ? $0.variance : $0.standardDeviation) ?? 0 },
            validity: moments.map { $0.count > 0 ? 1 : 0 })
        return [TypedVector(type: .float64, vector: .float(vector))]
    }
}

/// Least or greatest numbers; doubles by their ordered keys.
final class ExtremeAccumulator: Accumulator {
    private let operand: Operand
    private let type: ColumnType
    private let isMaximum: Bool
    private var extremes: [Int64] = []
    private var isPresent: [UInt8] = []

    init(_ operand: Operand, type: ColumnType, isMaximum: Bool) {
        self.operand = operand
        self.type = type
        self.isMaximum = isMaximum
    }

    func add(_ input: GroupedRows, in evaluator: RowEvaluator) throws(StoreError) {
        extremes.grow(to: input.groupCount, with: isMaximum ? .min : .max)
        isPresent.grow(to: input.groupCount, with: 0)
        let vector = try evaluator.vector(operand, rows: input.rows)
        let present = input.present(operand, vector)
        switch vector {
        case .integer(let source): fold(source.values, present)
        case .float(let source): fold(source.values.map(OrderedDouble.key), present)
        case .null, .identifier, .string, .text: break
        }
    }

    private func fold(_ values: [Int64], _ input: GroupedRows) {
        let isMaximum = isMaximum
        extremes.withUnsafeMutableBufferPointer { extremes in
            isPresent.withUnsafeMutableBufferPointer { isPresent in
                for (row, group) in zip(input.rows, input.groups) {
                    let value = values[Int(row)]
                    let known = extremes[Int(group)]
                    extremes[Int(group)] = isMaximum ? max(known, value) : min(known, value)
                    isPresent[Int(group)] = 1
                }
            }
        }
    }

    func results(groupCount: Int, fetcher: RowFetcher) throws(StoreError) -> [TypedVector] {
        extremes.grow(to: groupCount, with: 0)
        isPresent.grow(to: groupCount, with: 0)
        for group in extremes.indices where isPresent[group] == 0 { extremes[group] = 0 }
        if type.form == .float {
            let values = extremes.map(OrderedDouble.value)
            return [
                TypedVector(
                    type: type, vector: .float(FloatVector(values: values, validity: isPresent)))
            ]
        }
        return [
            TypedVector(
                type: type,
                vector: .integer(IntegerVector(values: extremes, validity: isPresent)))
        ]
    }
}
