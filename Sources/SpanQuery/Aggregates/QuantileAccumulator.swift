// Exact quantiles. Values are collected with their groups while they are few, or groups are many,
// and selected at the end. Many values of few groups are only counted, by group and rank code; the
// counts tell which codes hold the wanted ranks, and a second scan collects just the values of these
// codes, about a fiftieth. Rows without stored codes get some by boundaries of the first values.
// Cost: 0.5 ns a value to count and as much in the second scan, without stored codes 5; else about 8.

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
    /// Calls of `add` so far, and of `collect`.
    private var calls = 0
    private var repeatedCalls = 0
    /// The calls of `add` whose values were counted.
    private var countedCalls = 0..<0
    /// One for each set of bounds.
    private var counts: [RankCounts] = []
    /// Bounds for rows without stored codes.
    private var ownBounds: RankBounds?
    /// By group: where the wanted ranks are among what is collected. Empty: nothing was counted.
    private var places: [[QuantilePosition]] = []

    /// Values of one worker from which those of few groups are counted instead.
    private let collectedMax: Int
    /// Values of all workers from which they are narrowed before they are laid out.
    private let narrowedValuesMin: Int
    /// Groups up to which values are counted: 256 KiB for each set of bounds.
    private static let countedGroupsMax = 256
    /// Values that are selected sooner than another core is woken.
    private static let valuesPerThreadMin = 32_768

    init(
        _ operand: Operand, isFloat: Bool, quantiles: [Double], method: QuantileMethod,
        budget: QueryBudget
    ) {
        collectedMax = budget.quantileValuesMax
        narrowedValuesMin = budget.narrowedValuesMin
        self.operand = operand
        self.isFloat = isFloat
        self.quantiles = quantiles
        self.method = method
    }

    var heldBytes: Int {
        collected.reduce(0) { $0 + $1.heldBytes } + counts.reduce(0) { $0 + $1.heldBytes }
    }

    func add(_ input: GroupedRows) throws(StoreError) {
        defer { calls += 1 }
        guard isCounted(input) else {
            guard let (values, validity) = try keys(input.evaluator) else { return }
            return collected[0].append(values, validity, input.groups)
        }
        countedCalls = countedCalls.lowerBound..<calls + 1
        guard let ranks = try ranks(input.evaluator) else { return }
        let index = place(of: ranks.bounds)
        counts[index].grow(to: input.groupCount)
        counts[index].add(ranks.codes, input.groups)
    }

    /// Whether the values of a call are counted: from the first time that too many would be
    /// collected, until there are many groups.
    private func isCounted(_ input: GroupedRows) -> Bool {
        guard input.groupCount <= Self.countedGroupsMax else { return false }
        if !countedCalls.isEmpty { return countedCalls.upperBound == calls }
        guard collected[0].count + input.groups.count > collectedMax else { return false }
        countedCalls = calls..<calls
        return true
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

    /// The rank codes of the operand's values; nil when all are null.
    private func ranks(_ evaluator: RowEvaluator) throws(StoreError) -> RankCodes? {
        if let stored = try evaluator.ranks(operand) { return stored }
        guard let (values, validity) = try keys(evaluator) else { return nil }
        let bounds = ownBounds ?? RankBounds(parting: values, validity)
        ownBounds = bounds
        return RankCodes(bounds: bounds, codes: bounds.codes(values, validity))
    }

    private func place(of bounds: RankBounds) -> Int {
        if let known = counts.firstIndex(where: { $0.bounds === bounds }) { return known }
        counts.append(RankCounts(bounds))
        return counts.count - 1
    }

    func merge(_ other: any Accumulator, _ mapping: GroupMapping) {
        let other = peer(other)
        for var values in other.collected {
            values.renumber(mapping.groups)
            collected.append(values)
        }
        for part in other.counts {
            let index = place(of: part.bounds)
            counts[index].grow(to: mapping.groupCount)
            counts[index].merge(part, mapping.groups)
        }
    }

    var rankedNeed: RankedNeed? { operand.interval.map { .lengths($0) } }

    func take(_ found: RankedGroups, condition: Int) {
        let index = place(of: found.bounds)
        counts[index].grow(to: found.groupCount)
        counts[index].merge(found.counts, found.groups)
    }

    // MARK: - The second scan

    var hasCountedRows: Bool { !countedCalls.isEmpty }

    func refine() -> QuantileRefinement? {
        guard !counts.isEmpty else { return nil }
        let groupCount = counts.reduce(0) { max($0, $1.groupCount) }
        // What is collected stays, but has to be counted to know ranks.
        var kept = RankCounts(RankSearch.fullest(counts))
        for values in collected { values.add(to: &kept, groupCount: groupCount) }
        let search = RankSearch(counts + [kept], keptFrom: counts.count)
        var wanted = counts.map { _ in WantedCodes(groupCount: groupCount) }
        places = (0..<groupCount).map { number in
            let group = search.group(number)
            var positions = QuantilePosition.of(quantiles, count: group.count, method)
            let ranks = positions.flatMap(\.ranks).sorted()
            let found = group.find(ranks)
            for found in found {
                for index in wanted.indices {
                    for code in found.codes[index] { wanted[index].insert(code, of: number) }
                }
            }
            for index in positions.indices {
                let place = ranks.firstIndex(of: positions[index].rank) ?? 0
                positions[index].rank = found[place].rank
            }
            return positions
        }
        return QuantileRefinement(bounds: counts.map(\.bounds), wanted: wanted)
    }

    func collect(
        _ refinement: QuantileRefinement, _ input: GroupedRows,
        into collected: inout CollectedValues
    ) throws(StoreError) {
        defer { repeatedCalls += 1 }
        guard countedCalls.contains(repeatedCalls), let ranks = try ranks(input.evaluator),
            let wanted = refinement.wanted(ranks.bounds)
        else { return }
        let rows = wanted.rows(ranks.codes, input.groups)
        guard !rows.isEmpty, let (values, _) = try keys(input.evaluator) else { return }
        collected.append(values.gathered(rows), input.groups.gathered(rows))
    }

    func take(_ refined: [CollectedValues]) { collected += refined }

    // MARK: - Results

    func results(
        _ function: Aggregate.Function, groupCount: Int, context: ResultContext
    ) throws(StoreError) -> [TypedVector] {
        let valueCount = collected.reduce(0) { $0 + $1.count }
        let threads = valueCount > Self.valuesPerThreadMin ? context.threads : 1
        let narrowed =
            places.isEmpty
            ? try QuantileCells(
                collected, groupCount: groupCount, quantiles, method,
                valuesMin: narrowedValuesMin, threads: threads) : nil
        let grouped = try GroupedValues(
            narrowed?.kept ?? collected, groupCount: groupCount, threads: threads)
        collected = []
        let workers = max(1, min(threads, groupCount))
        let parts = try Parallel.map(workers) { worker throws(StoreError) in
            try select(
                grouped, Parallel.part(worker, of: workers, in: 0..<groupCount),
                narrowed?.places)
        }
        let validity = parts.flatMap(\.validity).asValidity
        return quantiles.indices.map { index in
            TypedVector(
                type: .float64,
                vector: .float(
                    FloatVector(
                        values: parts.flatMap { $0.values(index) },
                        validity: validity)))
        }
    }

    private func select(
        _ grouped: GroupedValues, _ groups: Range<Int>, _ narrowed: GroupedPositions?
    ) throws(StoreError) -> QuantileColumns {
        var columns = QuantileColumns(rows: groups.count, columns: quantiles.count)
        var known = QuantilePositions(quantiles, method)
        // All of this is the thread's own: counting references to what threads share costs more than
        // selecting.
        let narrowed = narrowed?[groups]
        var found: [QuantilePosition] = []
        for group in groups {
            let values = grouped.values(of: group)
            let row = group - groups.lowerBound
            found.removeAll(keepingCapacity: true)
            if let narrowed {
                narrowed.append(row, to: &found)
            } else if group < places.count {
                found += places[group]
            } else if !values.isEmpty {
                known.append(count: values.count, to: &found)
            }
            for position in found where position.ranks.upperBound >= values.count {
                throw .corruption(
                    file: "segment", offset: 0, region: "ranks",
                    reason: "codes do not fit the values")
            }
            found.withUnsafeBufferPointer { positions in
                Quantiles.select(values, positions)
                for index in positions.indices {
                    columns.set(
                        index, row: row,
                        positions[index].value(
                            among: UnsafeBufferPointer(values), areDoubles: isFloat))
                }
            }
        }
        return columns
    }
}

/// The quantiles of some groups; a group without values has none.
private struct QuantileColumns: Sendable {
    /// By group.
    private(set) var validity: [UInt8]
    /// By quantile, then group.
    private var values: [Double]

    init(rows: Int, columns: Int) {
        validity = Array(repeating: 0, count: rows)
        values = Array(repeating: 0, count: rows * columns)
    }

    mutating func set(_ column: Int, row: Int, _ value: Double) {
        values[column * validity.count + row] = value
        validity[row] = 1
    }

    /// A quantile of all groups.
    func values(_ column: Int) -> ArraySlice<Double> {
        values[column * validity.count..<(column + 1) * validity.count]
    }
}
