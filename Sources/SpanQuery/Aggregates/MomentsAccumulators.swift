// Mean, deviation and variance by group: of values, and of values that are known by summaries of parts
// of them.

import SpanColumns
import SpanModel
import SpanSketch

/// Moments by group.
private struct GroupedMoments {
    private(set) var moments: [Moments] = []

    var heldBytes: Int { moments.heldBytes }

    mutating func grow(to groupCount: Int) { moments.grow(to: groupCount, with: Moments()) }

    /// Takes in values; null takes no part.
    mutating func add(_ values: [Double], _ validity: [UInt8]?, _ groups: [UInt32]) {
        moments.withUnsafeMutableBufferPointer { moments in
            for (row, group) in groups.enumerated() {
                if let validity, validity[row] == 0 { continue }
                moments[Int(group)].add(values[row])
            }
        }
    }

    mutating func merge(_ part: Moments, group: UInt32) { moments[Int(group)].merge(part) }

    mutating func merge(_ other: GroupedMoments, _ mapping: GroupMapping) {
        grow(to: mapping.groupCount)
        for (group, part) in zip(mapping.groups, other.moments) { merge(part, group: group) }
    }

    /// What `function` is of each group; null without values.
    mutating func results(
        _ function: Aggregate.Function, groupCount: Int
    ) -> [TypedVector] {
        grow(to: groupCount)
        let values =
            switch function {
            case .variance: moments.map(\.variance)
            case .pooledMean: moments.map(\.mean)
            default: moments.map(\.standardDeviation)
            }
        let vector = FloatVector(
            values: values.map { $0 ?? 0 }, validity: values.map { $0 == nil ? 0 : 1 })
        return [TypedVector(type: .float64, vector: .float(vector))]
    }
}

/// Population standard deviations or variances.
final class MomentsAccumulator: Accumulator {
    private let operand: Operand
    private var moments = GroupedMoments()

    init(_ operand: Operand) { self.operand = operand }

    var heldBytes: Int { moments.heldBytes }

    func add(_ input: GroupedRows) throws(StoreError) {
        moments.grow(to: input.groupCount)
        switch try input.evaluator.vector(operand) {
        case .integer(let source):
            moments.add(source.values.map { Double($0) }, source.validity, input.groups)
        case .float(let source): moments.add(source.values, source.validity, input.groups)
        case .null, .identifier, .string, .text: break
        }
    }

    func merge(_ other: any Accumulator, _ mapping: GroupMapping) {
        moments.merge(peer(other).moments, mapping)
    }

    func results(
        _ function: Aggregate.Function, groupCount: Int, context: ResultContext
    ) throws(StoreError) -> [TypedVector] {
        moments.results(function, groupCount: groupCount)
    }
}

/// The same from rows that are moments: a count, a mean and a population standard deviation each.
final class PooledMomentsAccumulator: Accumulator {
    private let count: Operand
    private let mean: Operand
    private let deviation: Operand
    private var moments = GroupedMoments()

    init(count: Operand, mean: Operand, deviation: Operand) {
        self.count = count
        self.mean = mean
        self.deviation = deviation
    }

    var heldBytes: Int { moments.heldBytes }

    func add(_ input: GroupedRows) throws(StoreError) {
        moments.grow(to: input.groupCount)
        guard case .integer(let counts) = try input.evaluator.vector(count),
            case .float(let means) = try input.evaluator.vector(mean),
            case .float(let deviations) = try input.evaluator.vector(deviation)
        else { return }
        for (row, group) in input.groups.enumerated() {
            if let validity = means.validity, validity[row] == 0 { continue }
            let part = Moments(
                count: Int(counts.values[row]), mean: means.values[row],
                standardDeviation: deviations.values[row])
            moments.merge(part, group: group)
        }
    }

    func merge(_ other: any Accumulator, _ mapping: GroupMapping) {
        moments.merge(peer(other).moments, mapping)
    }

    func results(
        _ function: Aggregate.Function, groupCount: Int, context: ResultContext
    ) throws(StoreError) -> [TypedVector] {
        moments.results(function, groupCount: groupCount)
    }
}
