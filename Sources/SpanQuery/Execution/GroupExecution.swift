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
        for index in scan.groups.indices {
            guard let (evaluator, rows) = try scan.rows(of: index, filter) else { continue }
            let groups = try grouping.groups(
                of: rows, in: evaluator, groupsMax: budget.groupsMax)
            let input = GroupedRows(rows: rows, groups: groups, groupCount: grouping.count)
            for state in states { try state.add(input, in: evaluator) }
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

    /// An accumulator with its filter.
    private struct State {
        let aggregate: Aggregate
        let accumulator: any Accumulator
        let filter: PredicateFilter

        init(_ aggregate: Aggregate, _ types: [ColumnType]) throws(StoreError) {
            self.aggregate = aggregate
            accumulator = try aggregate.function.accumulator(types: types)
            filter = try PredicateFilter(aggregate.filter, types: types)
        }

        func add(_ input: GroupedRows, in evaluator: RowEvaluator) throws(StoreError) {
            if filter.isAlways { return try accumulator.add(input, in: evaluator) }
            var part = GroupedRows(rows: [], groups: [], groupCount: input.groupCount)
            part.rows = try filter.select(input.rows, in: evaluator)
            part.groups.reserveCapacity(part.rows.count)
            var next = 0
            for row in part.rows {
                while input.rows[next] != row { next += 1 }
                part.groups.append(input.groups[next])
            }
            try accumulator.add(part, in: evaluator)
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
