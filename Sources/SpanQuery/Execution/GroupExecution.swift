// Plans with aggregates: rows → groups → accumulators → having → order → page.

import SpanColumns
import SpanModel

enum GroupExecution {
    static func run(
        _ plan: Plan, _ aggregates: [Aggregate], _ lengths: LengthPass?, _ scan: inout Scan,
        _ budget: QueryBudget
    ) throws(StoreError) -> ResultTable {
        let start = ContinuousClock.now
        let worker = try work(plan, aggregates, lengths, &scan, budget)
        let count = worker.grouping.count
        scan.statistics.add(worker.statistics)
        scan.statistics.rowsProduced = count
        scan.statistics.scanNanoseconds = Deadline.nanoseconds(since: start)

        let keys = zip(plan.outputs, worker.grouping.keys()).map { output, vector in
            ResultColumn(
                name: output.name, type: output.operand.type(in: scan.types), values: vector)
        }
        let results = try worker.aggregates.columns(
            groupCount: count,
            context: ResultContext(
                fetcher: scan.fetcher, threads: max(scan.parts.count, lengths?.threads ?? 1)))
        var table = ResultTable(columns: keys + results, rowCount: count)
        if plan.order.isEmpty, case .always = plan.having,
            let runs = worker.grouping.runsInOrder()
        {
            return table.rows(runs).page(offset: plan.offset, limit: plan.limit)
        }
        table = try table.filtered(plan.having)
        let ties = plan.outputs.map { Plan.Order($0.name) }
        return try table.sorted(plan.order + ties, offset: plan.offset, limit: plan.limit)
    }

    /// A worker that has taken in everything.
    private static func work(
        _ plan: Plan, _ aggregates: [Aggregate], _ lengths: LengthPass?, _ scan: inout Scan,
        _ budget: QueryBudget
    ) throws(StoreError) -> GroupWorker {
        let whole = scan
        if let lengths { scan.statistics.notes.append(lengths.note) }
        let workers = try Parallel.map(scan.parts.count) { index throws(StoreError) in
            let worker = try GroupWorker(plan, aggregates, whole.types, budget)
            if index == 0, let lengths { worker.take(lengths) }
            try worker.scan(whole.parts[index], of: whole)
            return worker
        }
        let first = workers[0]
        for other in workers.dropFirst() { try first.merge(other) }
        let start = ContinuousClock.now
        if let refinements = first.aggregates.refinements() {
            let collected = try Parallel.map(workers.count) { index throws(StoreError) in
                try workers[index].collect(refinements, whole.parts[index], of: whole)
            }
            scan.statistics.rowsRescanned = collected.reduce(0) { $0 + $1.rowCount }
            scan.statistics.rescanNanoseconds = Deadline.nanoseconds(since: start)
            var values = collected.map(\.values)
            if let lengths { values += try lengths.collect(refinements) }
            first.aggregates.take(values, for: refinements)
        }
        return first
    }
}
