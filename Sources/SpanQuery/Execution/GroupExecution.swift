// Plans with aggregates: rows → groups → accumulators → having → order → page.

import SpanColumns
import SpanModel

enum GroupExecution {
    static func run(
        _ plan: Plan, _ aggregates: [Aggregate], _ scan: inout Scan, _ budget: QueryBudget
    ) throws(StoreError) -> ResultTable {
        let start = ContinuousClock.now
        let filter = try PredicateFilter(plan.filter, types: scan.types)
        var grouping = Grouping(plan.outputs.map(\.operand), types: scan.types)
        var states: [State] = []
        for aggregate in aggregates { states.append(try State(aggregate, scan.types)) }
        let inputs = try FilteredInputs(aggregates.map(\.filter), scan.types)
        for index in scan.groups.indices {
            guard let (evaluator, rows) = try scan.rows(of: index, filter) else { continue }
            let groups = try grouping.groups(
                of: rows, in: evaluator, groupsMax: budget.groupsMax)
            let parts = try inputs.parts(
                GroupedRows(rows: rows, groups: groups, groupCount: grouping.count), evaluator)
            for (state, part) in zip(states, parts) {
                try state.accumulator.add(part, in: evaluator)
            }
        }
        scan.statistics.rowsProduced = grouping.count
        scan.statistics.scanNanoseconds = Deadline.nanoseconds(since: start)

        var columns = zip(plan.outputs, grouping.keys()).map { output, vector in
            ResultColumn(
                name: output.name, type: output.operand.type(in: scan.types), values: vector)
        }
        for state in states {
            columns += try state.columns(groupCount: grouping.count, fetcher: scan.fetcher)
        }
        var table = ResultTable(columns: columns, rowCount: grouping.count)
        table = try table.filtered(plan.having)
        let ties = plan.outputs.map { Plan.Order($0.name) }
        table = try table.sorted(plan.order + ties)
        return table.page(offset: plan.offset, limit: plan.limit)
    }

    /// The filters of all aggregates; equal ones run once per row group.
    private struct FilteredInputs {
        private var filters: [PredicateFilter] = []
        /// By aggregate: the place of its filter.
        private var places: [Int] = []

        init(_ predicates: [Predicate], _ types: [ColumnType]) throws(StoreError) {
            var known: [Predicate: Int] = [:]
            for predicate in predicates {
                if known[predicate] == nil {
                    known[predicate] = filters.count
                    filters.append(try PredicateFilter(predicate, types: types))
                }
                places.append(known[predicate] ?? 0)
            }
        }

        /// What each aggregate takes in.
        func parts(
            _ input: GroupedRows, _ evaluator: RowEvaluator
        ) throws(StoreError) -> [GroupedRows] {
            var parts: [GroupedRows] = []
            for filter in filters {
                parts.append(
                    filter.isAlways
                        ? input : input.part(try filter.select(input.rows, in: evaluator)))
            }
            return places.map { parts[$0] }
        }
    }

    /// An aggregate and its accumulator.
    private struct State {
        let aggregate: Aggregate
        let accumulator: any Accumulator

        init(_ aggregate: Aggregate, _ types: [ColumnType]) throws(StoreError) {
            self.aggregate = aggregate
            accumulator = try aggregate.function.accumulator(types: types)
        }

        func columns(
            groupCount: Int, fetcher: RowFetcher
        ) throws(StoreError) -> [ResultColumn] {
            let results = try accumulator.results(groupCount: groupCount, fetcher: fetcher)
            return zip(aggregate.names, results).map { name, result in
                let scaled = aggregate.divisor.map { result.divided(by: $0) } ?? result
                return ResultColumn(name: name, type: scaled.type, values: scaled.vector)
            }
        }
    }
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
