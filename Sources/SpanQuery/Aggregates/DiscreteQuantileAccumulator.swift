// Discrete quantiles: values are collected with their groups, laid out group by group, and the one
// at the wanted rank is selected. It is a value that occurs, exact and of the operand's type.
// Memory: 12 bytes per value.

import SpanColumns
import SpanModel
import SpanSketch

/// `quantile_disc` of one operand by group.
final class DiscreteQuantileAccumulator: Accumulator {
    private let operand: Operand
    private let type: ColumnType
    /// The quantile in units of 10⁻¹², so that decimal shares give exact ranks.
    private let share: Int128
    /// By worker.
    private var collected = [CollectedValues()]
    private static let whole: Int128 = 1_000_000_000_000

    init(_ operand: Operand, type: ColumnType, quantile: Double) {
        self.operand = operand
        self.type = type
        share = Int128((min(max(quantile, 0), 1) * 1e12).rounded())
    }

    var heldBytes: Int { collected.reduce(0) { $0 + $1.heldBytes } }

    func add(_ input: GroupedRows) throws(StoreError) {
        switch try input.evaluator.vector(operand) {
        case .integer(let source):
            collected[0].append(source.values, source.validity, input.groups)
        case .float(let source):
            collected[0].append(
                source.values.map(OrderedDouble.key), source.validity, input.groups)
        case .null, .identifier, .string, .text: return
        }
    }

    func merge(_ other: any Accumulator, _ mapping: GroupMapping) {
        for var values in peer(other).collected {
            values.renumber(mapping.groups)
            collected.append(values)
        }
    }

    func results(
        _ function: Aggregate.Function, groupCount: Int, context: ResultContext
    ) throws(StoreError) -> [TypedVector] {
        let grouped = try GroupedValues(
            collected, groupCount: groupCount, threads: context.threads)
        collected = [CollectedValues()]
        var found = [Int64](repeating: 0, count: groupCount)
        var validity = [UInt8](repeating: 0, count: groupCount)
        for group in 0..<groupCount {
            let values = grouped.values(of: group)
            if values.isEmpty { continue }
            let rank = rank(of: values.count)
            Selection.select(values, ranks: [rank])
            found[group] = values[rank]
            validity[group] = 1
        }
        let vector: ColumnVector =
            type.form == .float
            ? .float(FloatVector(values: found.map(OrderedDouble.value), validity: validity))
            : .integer(IntegerVector(values: found, validity: validity))
        return [TypedVector(type: type, vector: vector)]
    }

    /// ⌈count · share⌉ − 1, at least 0.
    private func rank(of count: Int) -> Int {
        let product = Int128(count) * share
        return Int(max(1, (product + Self.whole - 1) / Self.whole)) - 1
    }
}
