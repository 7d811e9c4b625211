// Mean and deviation of values that are known by summaries of parts of them.

import SpanColumns
import SpanModel
import SpanSketch

/// Moments by group, from rows that are moments.
final class PooledMomentsAccumulator: Accumulator {
    private let count: Operand
    private let mean: Operand
    private let deviation: Operand
    private var moments: [Moments] = []

    init(count: Operand, mean: Operand, deviation: Operand) {
        self.count = count
        self.mean = mean
        self.deviation = deviation
    }

    func add(_ input: GroupedRows) throws(StoreError) {
        moments.grow(to: input.groupCount, with: Moments())
        guard case .integer(let counts) = try input.evaluator.vector(count),
            case .float(let means) = try input.evaluator.vector(mean),
            case .float(let deviations) = try input.evaluator.vector(deviation)
        else { return }
        for (row, group) in input.groups.enumerated() {
            if let validity = means.validity, validity[row] == 0 { continue }
            moments[Int(group)].merge(
                Moments(
                    count: Int(counts.values[row]), mean: means.values[row],
                    standardDeviation: deviations.values[row]))
        }
    }

    func merge(_ other: any Accumulator, _ mapping: GroupMapping) {
        moments.grow(to: mapping.groupCount, with: Moments())
        for (group, part) in zip(mapping.groups, peer(other).moments) {
            moments[Int(group)].merge(part)
        }
    }

    func results(
        _ function: Aggregate.Function, groupCount: Int, context: ResultContext
    ) throws(StoreError) -> [TypedVector] {
        moments.grow(to: groupCount, with: Moments())
        let isMean = if case .pooledMean = function { true } else { false }
        let vector = FloatVector(
            values: moments.map { (isMean ? $0.mean : $0.standardDeviation) ?? 0 },
            validity: moments.map { $0.count > 0 ? 1 : 0 })
        return [TypedVector(type: .float64, vector: .float(vector))]
    }
}
