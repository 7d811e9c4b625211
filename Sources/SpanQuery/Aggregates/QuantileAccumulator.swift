// Exact quantiles: values are collected with their groups, then laid out group by group (count and
// scatter) and selected in place. Memory: 12 bytes per value, 8 when there is one group.

import SpanColumns
import SpanModel
import SpanSketch

/// Quantiles of one operand by group.
final class QuantileAccumulator: Accumulator {
    private let operand: Operand
    private let isFloat: Bool
    private let quantiles: [Double]
    private let method: QuantileMethod
    private var values: [Int64] = []
    private var groups: [UInt32] = []

    init(_ operand: Operand, isFloat: Bool, quantiles: [Double], method: QuantileMethod) {
        self.operand = operand
        self.isFloat = isFloat
        self.quantiles = quantiles
        self.method = method
    }

    func add(_ input: GroupedRows, in evaluator: RowEvaluator) throws(StoreError) {
        let vector = try evaluator.vector(operand, rows: input.rows)
        let present = Validity.present(vector, input)
        switch vector {
        case .integer(let source):
            source.values.withUnsafeBufferPointer { source in
                for row in present.rows { values.append(source[Int(row)]) }
            }
        case .float(let source):
            for row in present.rows { values.append(OrderedDouble.key(source.values[Int(row)])) }
        case .null, .identifier, .string, .text: return
        }
        groups.append(contentsOf: present.groups)
    }

    func results(groupCount: Int, fetcher: RowFetcher) throws(StoreError) -> [TypedVector] {
        let ends = scatter(groupCount)
        var columns = quantiles.map { _ in [Double]() }
        var validity: [UInt8] = []
        values.withUnsafeMutableBufferPointer { values in
            var start = 0
            for end in ends {
                let part = UnsafeMutableBufferPointer(rebasing: values[start..<end])
                let found =
                    isFloat
                    ? Quantiles.doubles(part, at: quantiles, method: method)
                    : Quantiles.integers(part, at: quantiles, method: method)
                validity.append(found.isEmpty ? 0 : 1)
                for index in columns.indices {
                    columns[index].append(found.isEmpty ? 0 : found[index])
                }
                start = end
            }
        }
        return columns.map {
            TypedVector(type: .float64, vector: .float(FloatVector(values: $0, validity: validity)))
        }
    }

    /// Lays the values out by group; returns where each group ends.
    private func scatter(_ groupCount: Int) -> [Int] {
        var starts = [Int](repeating: 0, count: groupCount)
        for group in groups { starts[Int(group)] &+= 1 }
        var total = 0
        for group in starts.indices {
            let count = starts[group]
            starts[group] = total
            total += count
        }
        let source = values
        let groups = self.groups
        values = [Int64](unsafeUninitializedCapacity: source.count) { out, count in
            starts.withUnsafeMutableBufferPointer { starts in
                for (value, group) in zip(source, groups) {
                    out.initializeElement(at: starts[Int(group)], to: value)
                    starts[Int(group)] &+= 1
                }
            }
            count = source.count
        }
        return starts
    }
}
