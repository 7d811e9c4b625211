// The states of all aggregates of a query, without doing anything twice: equal filters run once per
// morsel, and sum, mean, extremes and count of one operand under one filter are one state.

import SpanColumns
import SpanModel

/// The aggregates of one worker.
final class AggregateStates {
    private let aggregates: [Aggregate]
    /// By filter: what it is made of.
    private var conditions: [Predicate] = []
    private var filters: [PredicateFilter] = []
    private var states: [State] = []
    /// By aggregate: its state.
    private var places: [Int] = []

    private struct State {
        let filter: Int
        let accumulator: any Accumulator
        /// What a shared state is about.
        let summarized: Operand?
    }

    /// Throws `invalidArgument` when a function does not apply to its operand's type.
    init(
        _ aggregates: [Aggregate], _ types: [ColumnType], _ budget: QueryBudget
    ) throws(StoreError) {
        let aggregates = aggregates.map(\.overInteger)
        self.aggregates = aggregates
        var known: [Predicate: Int] = [:]
        for aggregate in aggregates {
            if known[aggregate.filter] == nil {
                known[aggregate.filter] = filters.count
                conditions.append(aggregate.filter)
                filters.append(try PredicateFilter(aggregate.filter, types: types))
            }
            places.append(
                try place(
                    aggregate.function, filter: known[aggregate.filter] ?? 0, types, budget))
        }
    }

    private func place(
        _ function: Aggregate.Function, filter: Int, _ types: [ColumnType], _ budget: QueryBudget
    ) throws(StoreError) -> Int {
        let operand = function.summarizedInteger(types)
        if let operand {
            let known = states.firstIndex { $0.filter == filter && $0.summarized == operand }
            if let known, let summary = states[known].accumulator as? IntegerSummary {
                summary.need(function)
                return known
            }
        }
        let sharing = aggregates.count { other in
            other.filter == conditions[filter]
                && other.function.summarizedInteger(types) == operand
        }
        let accumulator = try function.accumulator(
            isAlone: sharing == 1, types: types, budget: budget)
        states.append(State(filter: filter, accumulator: accumulator, summarized: operand))
        return states.count - 1
    }

    /// Bytes that the states take.
    var heldBytes: Int { states.reduce(0) { $0 + $1.accumulator.heldBytes } }

    /// Takes in rows of one row group.
    func add(_ input: GroupedRows) throws(StoreError) {
        var parts: [GroupedRows] = []
        for filter in filters { parts.append(try part(input, filter)) }
        for state in states { try state.accumulator.add(parts[state.filter]) }
    }

    private func part(
        _ input: GroupedRows, _ filter: PredicateFilter
    ) throws(StoreError) -> GroupedRows {
        if filter.isAlways { return input }
        return input.part(try filter.select(input.evaluator.allRows, in: input.evaluator))
    }

    // MARK: - Ranked passes

    /// What a ranked pass must count for rows grouped by some keys; nil when none can answer. The
    /// conditions of its answer are those filters that let not every row pass, in their order.
    func rankedQuestion(_ keys: [Operand], _ types: [ColumnType]) -> RankedQuestion? {
        var columns: [Int] = []
        for key in keys {
            guard case .column(let column) = key, types[column].form == .string else { return nil }
            columns.append(column)
        }
        var intervals: Set<ColumnInterval> = []
        for state in states {
            switch state.accumulator.rankedNeed {
            case .rowCounts?: break
            case .lengths(let interval)? where filters[state.filter].isAlways:
                intervals.insert(interval)
            default: return nil
            }
        }
        guard intervals.count <= 1 else { return nil }
        var texts: [(column: Int, text: String)] = []
        for (condition, filter) in zip(conditions, filters) where !filter.isAlways {
            guard case .compare(.column(let column), .equal, .string(let text)) = condition,
                types[column].form == .string
            else { return nil }
            texts.append((column, text))
        }
        return RankedQuestion(interval: intervals.first, keys: columns, conditions: texts)
    }

    /// Whether quantiles are asked for.
    var hasQuantiles: Bool { aggregates.contains(where: \.function.isQuantiles) }

    /// Whether a second scan of the rows that were added may find something.
    var hasCountedRows: Bool { states.contains { $0.accumulator.hasCountedRows } }

    /// Takes in what a ranked pass counted.
    func take(_ found: RankedGroups) {
        var numbers: [Int] = []
        for filter in filters {
            numbers.append(filter.isAlways ? 0 : (numbers.max() ?? 0) + 1)
        }
        for state in states {
            state.accumulator.take(found, condition: numbers[state.filter])
        }
    }

    // MARK: - Merging

    /// Takes in the states of a worker of the same query, whose groups are mapped to this one's.
    func merge(_ other: AggregateStates, _ mapping: GroupMapping) throws(StoreError) {
        for (state, part) in zip(states, other.states) {
            try state.accumulator.merge(part.accumulator, mapping)
        }
    }

    /// After all merges: what a second scan has to collect, by state. Nil: no second scan.
    func refinements() -> [QuantileRefinement?]? {
        let refinements = states.map { $0.accumulator.refine() }
        return refinements.contains { $0 != nil } ? refinements : nil
    }

    /// Collects what `refinements`, made by the first worker, want of some rows.
    func collect(
        _ refinements: [QuantileRefinement?], _ input: GroupedRows,
        into collected: inout [CollectedValues]
    ) throws(StoreError) {
        for (index, refinement) in refinements.enumerated() {
            guard let refinement else { continue }
            let part = try part(input, filters[states[index].filter])
            try states[index].accumulator.collect(refinement, part, into: &collected[index])
        }
    }

    /// Takes in what all workers collected for `refinements`, by worker and state.
    func take(_ collected: [[CollectedValues]], for refinements: [QuantileRefinement?]) {
        for index in states.indices where refinements[index] != nil {
            states[index].accumulator.take(collected.map { $0[index] })
        }
    }

    /// The result columns, by group.
    func columns(
        groupCount: Int, context: ResultContext
    ) throws(StoreError) -> [ResultColumn] {
        var columns: [ResultColumn] = []
        for (aggregate, place) in zip(aggregates, places) {
            let results = try states[place].accumulator.results(
                aggregate.function, groupCount: groupCount, context: context)
            columns += zip(aggregate.names, results).map { name, result in
                let scaled = aggregate.divisor.map { result.divided(by: $0) } ?? result
                return ResultColumn(name: name, type: scaled.type, values: scaled.vector)
            }
        }
        return columns
    }
}

extension Aggregate {
    /// The same of the integer that a quotient divides, where the order of values, or their mean, is
    /// all that counts: integers have rank codes, and share their state.
    fileprivate var overInteger: Aggregate {
        guard divisor == nil else { return self }
        func divided(_ operand: Operand, _ function: (Operand) -> Function) -> Aggregate {
            guard case .quotient(let integer, let divisor) = operand, divisor > 0 else {
                return self
            }
            return Aggregate(names, function(integer), filter: filter, divisor: divisor)
        }
        switch function {
        case .minimum(let operand): return divided(operand) { .minimum($0) }
        case .maximum(let operand): return divided(operand) { .maximum($0) }
        case .mean(let operand): return divided(operand) { .mean($0) }
        case .quantiles(let operand, let quantiles, let method):
            return divided(operand) { .quantiles($0, quantiles, method) }
        default: return self
        }
    }
}

extension Aggregate.Function {
    fileprivate var isQuantiles: Bool { if case .quantiles = self { true } else { false } }
}

extension TypedVector {
    /// Numbers as doubles, divided; anything else as it is.
    fileprivate func divided(by divisor: Double) -> TypedVector {
        switch vector {
        case .integer(let source):
            TypedVector(
                type: .float64,
                vector: .float(
                    FloatVector(
                        values: source.values.map { Double($0) / divisor },
                        validity: source.validity)))
        case .float(let source):
            TypedVector(
                type: .float64,
                vector: .float(
                    FloatVector(
                        values: source.values.map { $0 / divisor }, validity: source.validity)))
        case .null, .identifier, .string, .text: self
        }
    }
}
