// Exact quantiles. Values are collected with their groups while they are few, or groups are many,
// and selected at the end. Many integers of few groups are only counted, by group and magnitude;
// the counts tell in which buckets the wanted ranks lie, and a second scan collects just the values
// of these buckets, about a twentieth.
// Cost: 1 ns a value to count and 1 to pick in the second scan; else about 8.

import SpanColumns
import SpanModel
import SpanSketch

/// Quantiles of one operand by group.
final class QuantileAccumulator: Accumulator {
    private let operand: Operand
    private let isFloat: Bool
    private let quantiles: [Double]
    private let method: QuantileMethod
    /// Values, by worker.
    private var collected = [CollectedValues()]
    /// Once there are many values.
    private var histogram: GroupedHistogram?

    /// Values of one worker from which those of few groups are counted instead.
    private let collectedMax: Int
    /// Groups up to which values are counted: their histograms take 4 MiB.
    private static let countedGroupsMax = 256

    init(
        _ operand: Operand, isFloat: Bool, quantiles: [Double], method: QuantileMethod,
        collectedMax: Int
    ) {
        self.collectedMax = collectedMax
        self.operand = operand
        self.isFloat = isFloat
        self.quantiles = quantiles
        self.method = method
    }

    func add(_ input: GroupedRows) throws(StoreError) {
        guard let (values, validity) = try keys(input.evaluator) else { return }
        if histogram == nil, collected[0].count > collectedMax,
            input.groupCount <= Self.countedGroupsMax, !isFloat
        {
            count(groupCount: input.groupCount)
        }
        if histogram == nil {
            collected[0].append(values, validity, input.groups)
        } else {
            histogram?.grow(to: input.groupCount)
            histogram?.add(values, validity, input.groups)
        }
    }

    /// The operand's values as integers of the same order; nil when all are null.
    private func keys(
        _ evaluator: RowEvaluator
    ) throws(StoreError) -> (values: [Int64], validity: [UInt8]?)? {
        switch try evaluator.vector(operand) {
        case .integer(let source): (source.values, source.validity)
        case .float(let source): (source.values.map(OrderedDouble.key), source.validity)
        case .null, .identifier, .string, .text: nil
        }
    }

    /// Counts what was collected.
    private func count(groupCount: Int) {
        var counts = histogram ?? GroupedHistogram()
        counts.grow(to: groupCount)
        for values in collected { values.add(to: &counts) }
        histogram = counts
        collected = [CollectedValues()]
    }

    func merge(_ other: any Accumulator, _ mapping: GroupMapping) {
        let other = peer(other)
        for var values in other.collected {
            values.renumber(mapping.groups)
            collected.append(values)
        }
        guard histogram != nil || other.histogram != nil else { return }
        count(groupCount: mapping.groupCount)
        if let counts = other.histogram { histogram?.merge(counts, mapping.groups) }
    }

    // MARK: - The second scan

    var refinement: QuantileRefinement? {
        guard let histogram else { return nil }
        var wanted = WantedBuckets(groupCount: histogram.groupCount)
        for group in 0..<histogram.groupCount {
            let ranks = positions(count: histogram.count(group)).flatMap(\.ranks).sorted()
            for found in histogram.buckets(holding: ranks, of: group) {
                wanted.insert(found.bucket, of: group)
            }
        }
        return QuantileRefinement(wanted: wanted, operand: operand)
    }

    func take(_ refined: [CollectedValues]) { collected = refined }

    // MARK: - Results

    func results(
        _ function: Aggregate.Function, groupCount: Int, context: ResultContext
    ) throws(StoreError) -> [TypedVector] {
        var sources = collected.filter { $0.count > 0 }
        let laidOut = try Parallel.map(max(1, sources.count)) { index throws(StoreError) in
            sources.isEmpty
                ? CollectedValues().laidOut(groupCount: groupCount)
                : sources[index].laidOut(groupCount: groupCount)
        }
        sources = []
        collected = []
        let workers = max(1, min(context.threads, groupCount))
        let parts = try Parallel.map(workers) { worker throws(StoreError) in
            select(
                laidOut,
                groupCount * worker / workers..<groupCount * (worker + 1) / workers)
        }
        return quantiles.indices.map { index in
            let values = parts.flatMap { $0[index] }
            return TypedVector(
                type: .float64,
                vector: .float(
                    FloatVector(
                        values: values.map { $0 ?? 0 }, validity: values.map { $0 == nil ? 0 : 1 }
                    )))
        }
    }

    /// By quantile, its value for each of `groups`.
    private func select(_ sources: [GroupedValues], _ groups: Range<Int>) -> [[Double?]] {
        var columns = quantiles.map { _ in [Double?]() }
        var scratch: [Int64] = []
        for group in groups {
            scratch.removeAll(keepingCapacity: true)
            for source in sources { scratch.append(contentsOf: source.values(of: group)) }
            let positions = positionsAmongCollected(group, collected: scratch.count)
            let found = scratch.withUnsafeMutableBufferPointer {
                isFloat
                    ? Quantiles.doubles($0, at: positions)
                    : Quantiles.integers($0, at: positions)
            }
            for index in columns.indices {
                columns[index].append(found.isEmpty ? nil : found[index])
            }
        }
        return columns
    }

    private func positions(count: Int) -> [QuantilePosition] {
        if count == 0 { return [] }
        return quantiles.map { QuantilePosition($0, count: count, method: method) }
    }

    /// The positions among the values collected of a group, which lack those of unwanted buckets.
    private func positionsAmongCollected(_ group: Int, collected: Int) -> [QuantilePosition] {
        guard let histogram else { return positions(count: collected) }
        guard group < histogram.groupCount else { return [] }
        var positions = positions(count: histogram.count(group))
        let buckets = histogram.buckets(
            holding: positions.flatMap(\.ranks).sorted(), of: group)
        for index in positions.indices {
            let rank = positions[index].rank
            var collectedBelow = 0
            for found in buckets {
                if rank < found.below + found.count {
                    positions[index].rank = collectedBelow + rank - found.below
                    break
                }
                collectedBelow += found.count
            }
        }
        return positions
    }
}

/// Which values a second scan collects.
struct QuantileRefinement: Sendable {
    fileprivate let wanted: WantedBuckets
    fileprivate let operand: Operand

    /// Appends the wanted values of rows whose groups have the numbers of the first worker.
    func collect(
        _ evaluator: RowEvaluator, _ groups: [UInt32], into collected: inout CollectedValues
    ) throws(StoreError) {
        guard case .integer(let source) = try evaluator.vector(operand) else { return }
        var values: [Int64] = []
        var kept: [UInt32] = []
        wanted.collect(source.values, source.validity, groups, into: &values, &kept)
        collected.append(values, kept)
    }
}
