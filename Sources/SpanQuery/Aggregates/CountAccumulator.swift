// Counts of rows, or of rows with a value.

import SpanColumns
import SpanModel

/// Rows by group.
final class CountAccumulator: Accumulator {
    private let operand: Operand?
    private var counts: [Int64] = []

    init(_ operand: Operand?) { self.operand = operand }

    var heldBytes: Int { counts.heldBytes }

    func add(_ input: GroupedRows) throws(StoreError) {
        if input.isNew, operand == nil {
            let ones = repeatElement(Int64(1), count: input.groups.count)
            return counts.append(ones, from: input.firstNew, filling: 0)
        }
        counts.grow(to: input.groupCount, with: 0)
        let groups = try operand.map { operand throws(StoreError) in
            try input.present([operand]).groups
        }
        GroupKernels.count(groups ?? input.groups, into: &counts)
    }

    func merge(_ other: any Accumulator, _ mapping: GroupMapping) {
        let other = peer(other)
        if let first = mapping.appendedFrom {
            return counts.append(other.counts, from: first, filling: 0)
        }
        take(other.counts, mapping.groups, groupCount: mapping.groupCount)
    }

    var rankedNeed: RankedNeed? { operand == nil ? .rowCounts : nil }

    func take(_ found: RankedGroups, condition: Int) {
        take(found.rowCounts[condition], found.groups, groupCount: found.groupCount)
    }

    private func take(_ parts: [Int64], _ groups: [UInt32], groupCount: Int) {
        counts.grow(to: groupCount, with: 0)
        counts.withUnsafeMutableBufferPointer { counts in
            for (group, part) in zip(groups, parts) { counts[Int(group)] += part }
        }
    }

    func results(
        _ function: Aggregate.Function, groupCount: Int, context: ResultContext
    ) throws(StoreError) -> [TypedVector] {
        counts.grow(to: groupCount, with: 0)
        return [TypedVector(type: .int64, vector: .integer(IntegerVector(values: counts)))]
    }
}
