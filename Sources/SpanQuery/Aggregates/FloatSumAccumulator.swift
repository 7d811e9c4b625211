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
        guard case .float(let vector) = try input.evaluator.vector(operand) else {
            return grow(to: input.groupCount)
        }
        if input.isNew, vector.validity == nil {
            sums.append(
                vector.values.map { CompensatedSum($0) }, from: input.firstNew,
                filling: CompensatedSum())
            return counts.append(
                repeatElement(1, count: vector.values.count), from: input.firstNew, filling: 0)
        }
        grow(to: input.groupCount)
        sums.withUnsafeMutableBufferPointer { sums in
            counts.withUnsafeMutableBufferPointer { counts in
                vector.values.withUnsafeBufferPointer { values in
                    for (row, group) in input.groups.enumerated() {
                        if let validity = vector.validity, validity[row] == 0 { continue }
                        sums[Int(group)].add(values[row])
                        counts[Int(group)] &+= 1
                    }
                }
            }
        }
    }

    private func grow(to count: Int) {
        sums.grow(to: count, with: CompensatedSum())
        counts.grow(to: count, with: 0)
    }

    func merge(_ other: any Accumulator, _ mapping: GroupMapping) {
        let other = peer(other)
        if let first = mapping.appendedFrom {
            sums.append(other.sums, from: first, filling: CompensatedSum())
            return counts.append(other.counts, from: first, filling: 0)
        }
        grow(to: mapping.groupCount)
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
        grow(to: groupCount)
        let values = values
        let validity = counts.contains(0) ? counts.map { $0 > 0 ? UInt8(1) : 0 } : nil
        return [
            TypedVector(
                type: .float64, vector: .float(FloatVector(values: values, validity: validity)))
        ]
    }

    private var values: [Double] {
        sums.withUnsafeBufferPointer { sums in
            counts.withUnsafeBufferPointer { counts in
                [Double](unsafeUninitializedCapacity: sums.count) { out, count in
                    for group in sums.indices {
                        let sum = sums[group].value
                        // Of one value the sum is the mean.
                        out[group] =
                            isMean && counts[group] > 1 ? sum / Double(counts[group]) : sum
                    }
                    count = sums.count
                }
            }
        }
    }
}
