// Sums, means and extremes of doubles.

import SpanColumns
import SpanModel
import SpanSketch

/// Compensated sums of doubles, and means from them.
final class FloatSumAccumulator: Accumulator {
    private let operand: Operand
    private let isMean: Bool
    private var sums: [CompensatedSum] = []
    private var counts: [Int] = []

    init(_ operand: Operand, isMean: Bool) {
        self.operand = operand
        self.isMean = isMean
    }

    func add(_ input: GroupedRows) throws(StoreError) {
        sums.grow(to: input.groupCount, with: CompensatedSum())
        counts.grow(to: input.groupCount, with: 0)
        guard case .float(let vector) = try input.evaluator.vector(operand) else { return }
        sums.withUnsafeMutableBufferPointer { sums in
            counts.withUnsafeMutableBufferPointer { counts in
                for (row, group) in input.groups.enumerated() {
                    if let validity = vector.validity, validity[row] == 0 { continue }
                    sums[Int(group)].add(vector.values[row])
                    counts[Int(group)] &+= 1
                }
            }
        }
    }

    func merge(_ other: any Accumulator, _ mapping: GroupMapping) {
        sums.grow(to: mapping.groupCount, with: CompensatedSum())
        counts.grow(to: mapping.groupCount, with: 0)
        let other = peer(other)
        for index in other.sums.indices {
            sums[Int(mapping.groups[index])].merge(other.sums[index])
            counts[Int(mapping.groups[index])] += other.counts[index]
        }
    }

    func results(
        _ function: Aggregate.Function, groupCount: Int, context: ResultContext
    ) throws(StoreError) -> [TypedVector] {
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

/// Least or greatest doubles, by their ordered keys.
final class FloatExtremeAccumulator: Accumulator {
    private let operand: Operand
    private let isMaximum: Bool
    private var extremes: [Int64] = []
    private var isPresent: [UInt8] = []

    init(_ operand: Operand, isMaximum: Bool) {
        self.operand = operand
        self.isMaximum = isMaximum
    }

    func add(_ input: GroupedRows) throws(StoreError) {
        grow(to: input.groupCount)
        guard case .float(let source) = try input.evaluator.vector(operand) else { return }
        take(source.values.map(OrderedDouble.key), source.validity, input.groups)
    }

    func merge(_ other: any Accumulator, _ mapping: GroupMapping) {
        grow(to: mapping.groupCount)
        let other = peer(other)
        take(other.extremes, other.isPresent, mapping.groups)
    }

    private func take(_ keys: [Int64], _ validity: [UInt8]?, _ groups: [UInt32]) {
        let isMaximum = isMaximum
        extremes.withUnsafeMutableBufferPointer { extremes in
            isPresent.withUnsafeMutableBufferPointer { isPresent in
                for row in keys.indices {
                    if let validity, validity[row] == 0 { continue }
                    let group = Int(groups[row])
                    extremes[group] =
                        isMaximum
                        ? max(extremes[group], keys[row]) : min(extremes[group], keys[row])
                    isPresent[group] = 1
                }
            }
        }
    }

    private func grow(to count: Int) {
        extremes.grow(to: count, with: isMaximum ? .min : .max)
        isPresent.grow(to: count, with: 0)
    }

    func results(
        _ function: Aggregate.Function, groupCount: Int, context: ResultContext
    ) throws(StoreError) -> [TypedVector] {
        grow(to: groupCount)
        let values = extremes.indices.map {
            isPresent[$0] == 0 ? 0 : OrderedDouble.value(extremes[$0])
        }
        return [
            TypedVector(
                type: .float64,
                vector: .float(FloatVector(values: values, validity: isPresent)))
        ]
    }
}
