// Sums and means of doubles. While every group has one value at most, as the steps of a series do, a group
// is its value and a count; what compensates for lost digits is kept from the first second value on.

import SpanColumns
import SpanModel
import SpanSketch

/// Compensated sums of doubles, and means from them.
final class FloatSumAccumulator: Accumulator {
    private let operand: Operand
    private let isMean: Bool
    /// By group.
    private var totals: [Double] = []
    private var counts: [Int] = []
    /// What the totals lack, by group; empty while no group has two values.
    private var compensations: [Double] = []

    init(_ operand: Operand, isMean: Bool) {
        self.operand = operand
        self.isMean = isMean
    }

    var heldBytes: Int { totals.heldBytes + counts.heldBytes + compensations.heldBytes }

    func add(_ input: GroupedRows) throws(StoreError) {
        guard case .float(let vector) = try input.evaluator.vector(operand) else {
            return grow(to: input.groupCount)
        }
        if input.isNew, vector.validity == nil {
            totals.append(vector.values, from: input.firstNew, filling: 0)
            counts.append(
                repeatElement(1, count: vector.values.count), from: input.firstNew, filling: 0)
            return growCompensations()
        }
        grow(to: input.groupCount)
        add(vector, input.groups)
    }

    private func add(_ vector: FloatVector, _ groups: [UInt32]) {
        var row = 0
        if compensations.isEmpty {
            row = addFirsts(vector, groups)
            if row == groups.count { return }
            compensations.grow(to: totals.count, with: 0)
        }
        let values = vector.values.span
        let groups = groups.span
        withSums { sums in
            for row in row..<groups.count {
                if let validity = vector.validity, validity[row] == 0 { continue }
                let value = values[row]
                sums.change(Int(groups[row]), by: 1) { $0.add(value) }
            }
        }
    }

    /// Adds values up to the first one whose group has one already; returns its row.
    private func addFirsts(_ vector: FloatVector, _ groups: [UInt32]) -> Int {
        totals.withUnsafeMutableBufferPointer { totals in
            counts.withUnsafeMutableBufferPointer { counts in
                for (row, group) in groups.enumerated() {
                    if let validity = vector.validity, validity[row] == 0 { continue }
                    if counts[Int(group)] > 0 { return row }
                    totals[Int(group)] = vector.values[row]
                    counts[Int(group)] = 1
                }
                return groups.count
            }
        }
    }

    /// All sums, when compensations are kept.
    private struct Sums {
        let totals: UnsafeMutableBufferPointer<Double>
        let compensations: UnsafeMutableBufferPointer<Double>
        let counts: UnsafeMutableBufferPointer<Int>

        /// Adds so many values to a group.
        @inline(__always)
        func change(_ group: Int, by count: Int, _ add: (inout CompensatedSum) -> Void) {
            var sum = CompensatedSum(totals[group], compensation: compensations[group])
            add(&sum)
            (totals[group], compensations[group]) = sum.parts
            counts[group] &+= count
        }
    }

    private func withSums(_ body: (Sums) -> Void) {
        totals.withUnsafeMutableBufferPointer { totals in
            compensations.withUnsafeMutableBufferPointer { compensations in
                counts.withUnsafeMutableBufferPointer { counts in
                    body(Sums(totals: totals, compensations: compensations, counts: counts))
                }
            }
        }
    }

    private func grow(to count: Int) {
        totals.grow(to: count, with: 0)
        counts.grow(to: count, with: 0)
        growCompensations()
    }

    private func growCompensations() {
        if !compensations.isEmpty { compensations.grow(to: totals.count, with: 0) }
    }

    func merge(_ other: any Accumulator, _ mapping: GroupMapping) {
        let other = peer(other)
        if let first = mapping.appendedFrom {
            totals.append(other.totals, from: first, filling: 0)
            counts.append(other.counts, from: first, filling: 0)
            if !other.compensations.isEmpty {
                compensations.append(other.compensations, from: first, filling: 0)
            }
            return growCompensations()
        }
        grow(to: mapping.groupCount)
        compensations.grow(to: totals.count, with: 0)
        withSums { sums in
            for (part, group) in mapping.groups.enumerated() where part < other.totals.count {
                let sum = CompensatedSum(
                    other.totals[part],
                    compensation: other.compensations.isEmpty ? 0 : other.compensations[part])
                sums.change(Int(group), by: other.counts[part]) { $0.merge(sum) }
            }
        }
    }

    func results(
        _ function: Aggregate.Function, groupCount: Int, context: ResultContext
    ) throws(StoreError) -> [TypedVector] {
        grow(to: groupCount)
        let validity = counts.contains(0) ? counts.map { $0 > 0 ? UInt8(1) : 0 } : nil
        return [
            TypedVector(
                type: .float64, vector: .float(FloatVector(values: values, validity: validity)))
        ]
    }

    private var values: [Double] {
        // Of one value the sum is the mean.
        if compensations.isEmpty { return totals }
        return totals.indices.map { group in
            let sum = CompensatedSum(totals[group], compensation: compensations[group]).value
            return isMean && counts[group] > 1 ? sum / Double(counts[group]) : sum
        }
    }
}
