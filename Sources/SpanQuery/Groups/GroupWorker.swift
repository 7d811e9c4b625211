// One thread's share of a grouped query: it reads its morsels, numbers their groups and feeds the
// aggregates. With a partition it passes over rows of other groups.
// Order of calls: `take` what stands for rows, at most once; `scan` once, on the worker's thread; then the first
// worker takes in the others with `merge`, in their order; where the aggregates ask for it, `collect` once for each
// worker, and the first one takes in what they found.

import SpanColumns
import SpanModel

/// Groups and aggregates over one part of a scan.
final class GroupWorker {
    private(set) var grouping: Grouping
    let aggregates: AggregateStates
    private(set) var statistics = QueryStatistics()
    private let filter: PredicateFilter
    private let groupsMax: Int
    private var partition: GroupPartition?
    private let share: MemoryShare
    /// Rows from which values are counted and not collected.
    private let collectedMax: Int
    private let rankedQuestion: RankedQuestion?
    private var ranked: RankedPass?
    /// By group of this worker: its number in the worker that takes this one in; empty: the same.
    private var merged: [UInt32] = []

    init(
        _ plan: Plan, _ aggregates: [Aggregate], _ types: [ColumnType], _ budget: QueryBudget,
        _ partition: GroupPartition?, _ memory: QueryMemory
    ) throws(StoreError) {
        filter = try PredicateFilter(plan.filter, types: types)
        let keys = plan.outputs.map(\.operand)
        grouping = Grouping(keys, types: types, lookedUpMax: budget.lookedUpGroupsMax)
        self.aggregates = try AggregateStates(aggregates, types, budget)
        groupsMax = budget.groupsMax
        collectedMax = budget.quantileValuesMax
        self.partition = partition
        share = MemoryShare(of: memory)
        rankedQuestion =
            partition == nil && self.aggregates.hasQuantiles
            ? self.aggregates.rankedQuestion(keys, types) : nil
    }

    /// Takes in the lengths that segments keep.
    func take(_ lengths: LengthPass) { lengths.add(to: &grouping, aggregates) }

    /// Takes in the rows of `morsels`.
    func scan(_ morsels: ArraySlice<Morsel>, of scan: Scan) throws(StoreError) {
        if let rankedQuestion, morsels.reduce(0, { $0 + $1.rows.count }) > collectedMax {
            ranked = RankedPass(rankedQuestion, groupsMax: groupsMax)
        }
        let read = try forEach(morsels, scan) { (evaluator) throws(StoreError) in
            if let ranked, try ranked.add(evaluator, &grouping, aggregates) { return }
            if let rows = try grouped(evaluator) {
                try aggregates.add(rows)
                try noteMemory()
            }
        }
        try ranked?.finish(&grouping, aggregates)
        statistics.add(read)
    }

    /// Takes in what another worker found.
    func merge(_ other: GroupWorker) throws(StoreError) {
        let knownCount = grouping.count
        other.merged = try grouping.merge(other.grouping, groupsMax: groupsMax)
        try aggregates.merge(
            other.aggregates,
            GroupMapping(
                groups: other.merged, groupCount: grouping.count, knownCount: knownCount))
        statistics.add(other.statistics)
        // What the other holds is needed no more, or is little.
        try other.share.set(0)
        try noteMemory()
    }

    private func noteMemory() throws(StoreError) {
        try share.set(grouping.heldBytes + aggregates.heldBytes)
    }

    /// Goes through `morsels` again for what the merged aggregates want.
    func collect(
        _ refinements: [QuantileRefinement?], _ morsels: ArraySlice<Morsel>, of scan: Scan
    ) throws(StoreError) -> (values: [CollectedValues], rowCount: Int) {
        // In this worker's group numbers while rows are looked at, in the first one's at the end.
        let refinements = merged.isEmpty ? refinements : refinements.map { $0?.renumbered(merged) }
        var collected = refinements.map { _ in CollectedValues() }
        guard ranked != nil || aggregates.hasCountedRows else { return (collected, 0) }
        let read = try forEach(morsels, scan) { (evaluator) throws(StoreError) in
            if let ranked, try ranked.collect(refinements, evaluator, into: &collected) { return }
            if let rows = try grouped(evaluator) {
                try aggregates.collect(refinements, rows, into: &collected)
            }
        }
        if !merged.isEmpty {
            for index in collected.indices { collected[index].renumber(merged) }
        }
        return (collected, read.rowsScanned)
    }

    /// The rows of the worker's groups; nil when there are none.
    private func grouped(_ evaluator: RowEvaluator) throws(StoreError) -> GroupedRows? {
        let rows = try partition?.rows(evaluator)
        if rows?.isEmpty == true { return nil }
        let evaluator = rows.map(evaluator.narrowed) ?? evaluator
        let knownCount = grouping.count
        let groups = try grouping.groups(in: evaluator, groupsMax: groupsMax)
        return GroupedRows(
            evaluator: evaluator, groups: groups, groupCount: grouping.count,
            isNew: grouping.count - knownCount == groups.count)
    }

    /// Calls `body` with the rows that match, morsel by morsel; returns what was read.
    private func forEach(
        _ morsels: ArraySlice<Morsel>, _ scan: Scan,
        _ body: (RowEvaluator) throws(StoreError) -> Void
    ) throws(StoreError) -> QueryStatistics {
        var reader = MorselReader(scan, filter)
        var rest = morsels
        while let morsel = reader.next(of: &rest) {
            guard let evaluator = try reader.read(morsel) else { continue }
            try body(evaluator)
        }
        return reader.statistics
    }
}
