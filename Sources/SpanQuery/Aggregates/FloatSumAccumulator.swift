// Sums and means of doubles.

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
        sums.withUnsafeMutableBufferPointer { sums in
            for (group, part) in zip(mapping.groups, other.sums) { sums[Int(group)].merge(part) }
        }
        counts.withUnsafeMutableBufferPointer { counts in
            for (group, part) in zip(mapping.groups, other.counts) { counts[Int(group)] += part }
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
        let validity = counts.map { $0 > 0 ? UInt8(1) : 0 }.asValidity
        return [
            TypedVector(
                type: .float64, vector: .float(FloatVector(values: values, validity: validity)))
        ]
    }
}
