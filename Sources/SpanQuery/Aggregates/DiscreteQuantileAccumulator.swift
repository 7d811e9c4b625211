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
    private var values: [Int64] = []
    private var groups: [UInt32] = []
    private static let whole: Int128 = 1_000_000_000_000

    init(_ operand: Operand, type: ColumnType, quantile: Double) {
        self.operand = operand
        self.type = type
        share = Int128((min(max(quantile, 0), 1) * 1e12).rounded())
    }

    func add(_ input: GroupedRows, in evaluator: RowEvaluator) throws(StoreError) {
        let vector = try evaluator.vector(operand, rows: input.rows)
        let present = input.present(operand, vector)
        switch vector {
        case .integer(let source):
            for row in present.rows { values.append(source.values[Int(row)]) }
        case .float(let source):
            for row in present.rows { values.append(OrderedDouble.key(source.values[Int(row)])) }
        case .null, .identifier, .string, .text: return
        }
        groups.append(contentsOf: present.groups)
    }

    func results(groupCount: Int, fetcher: RowFetcher) throws(StoreError) -> [TypedVector] {
        var parts = [[Int64]](repeating: [], count: groupCount)
        for (value, group) in zip(values, groups) { parts[Int(group)].append(value) }
        var found = [Int64](repeating: 0, count: groupCount)
        var validity = [UInt8](repeating: 0, count: groupCount)
        for group in parts.indices where !parts[group].isEmpty {
            let rank = rank(of: parts[group].count)
            parts[group].withUnsafeMutableBufferPointer { Selection.select($0, ranks: [rank]) }
            found[group] = parts[group][rank]
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
