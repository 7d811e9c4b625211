// Least or greatest numbers by group, where nothing else is asked of them. Doubles are compared by their
// ordered keys.
// Cost: 1 ns a row; 9 bytes a group.

import SpanColumns
import SpanModel
import SpanSketch

/// Least or greatest integers or doubles.
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

    var heldBytes: Int { extremes.heldBytes + isPresent.heldBytes }

    func add(_ input: GroupedRows) throws(StoreError) {
        let keys: [Int64]
        let validity: [UInt8]?
        switch try input.evaluator.vector(operand) {
        case .integer(let source): (keys, validity) = (source.values, source.validity)
        case .float(let source):
            (keys, validity) = (source.values.map(OrderedDouble.key), source.validity)
        case .null, .identifier, .string, .text: return grow(to: input.groupCount)
        }
        if input.isNew, validity == nil {
            return append(keys, repeatElement(1, count: keys.count), from: input.firstNew)
        }
        grow(to: input.groupCount)
        take(keys, validity, input.groups)
    }

    /// Adds the states of groups from `first` on, which are all new.
    private func append(
        _ keys: [Int64], _ isPresent: some Sequence<UInt8>, from first: Int
    ) {
        extremes.append(keys, from: first, filling: none)
        self.isPresent.append(isPresent, from: first, filling: 0)
    }

    func merge(_ other: any Accumulator, _ mapping: GroupMapping) {
        let other = peer(other)
        if let first = mapping.appendedFrom {
            return append(other.extremes, other.isPresent, from: first)
        }
        grow(to: mapping.groupCount)
        take(other.extremes, other.isPresent, mapping.groups)
    }

    var rankedNeed: RankedNeed? { operand.interval.map { .lengths($0) } }

    func take(_ found: RankedGroups, condition: Int) {
        grow(to: found.groupCount)
        take(
            found.summaries.map { isMaximum ? $0.maximum : $0.minimum },
            found.summaries.map { $0.count > 0 ? 1 : 0 }, found.groups)
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

    /// The extreme of no values.
    private var none: Int64 { isMaximum ? .min : .max }

    private func grow(to count: Int) {
        extremes.grow(to: count, with: none)
        isPresent.grow(to: count, with: 0)
    }

    func results(
        _ function: Aggregate.Function, groupCount: Int, context: ResultContext
    ) throws(StoreError) -> [TypedVector] {
        grow(to: groupCount)
        var values = extremes
        for group in values.indices where isPresent[group] == 0 { values[group] = 0 }
        let validity = isPresent.asValidity
        let vector: ColumnVector =
            type.form == .float
            ? .float(FloatVector(values: values.map(OrderedDouble.value), validity: validity))
            : .integer(IntegerVector(values: values, validity: validity))
        return [TypedVector(type: type.form == .float ? .float64 : type, vector: vector)]
    }
}
