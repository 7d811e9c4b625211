// Plans with aggregates: rows → groups → accumulators → having → order → page. Groups that take too much memory
// are made in several passes (`PartitionedGroups`).

import SpanColumns
import SpanModel

enum GroupExecution {
    /// The answer; `scan` leaves out the rows of `tables` that `lengths` stands for.
    static func run(
        _ plan: Plan, _ aggregates: [Aggregate], _ lengths: LengthPass?, _ scan: inout Scan,
        _ tables: any TableProvider, _ budget: QueryBudget
    ) throws(StoreError) -> ResultTable {
        let worker: GroupWorker
        do throws(StoreError) {
            worker = try work(plan, aggregates, lengths, &scan, budget, nil)
        } catch {
            guard error.isQueryMemory, !plan.outputs.isEmpty else { throw error }
            let passed = Double(scan.progress.rowCount) / Double(max(1, scan.rowCount))
            scan = try Executor.scan(plan, tables: tables, budget: budget)
            return try PartitionedGroups.run(plan, aggregates, &scan, budget, passed: passed)
        }
        let table = try groups(worker, plan, scan, lengths)
        if plan.order.isEmpty, case .always = plan.having,
            let runs = worker.grouping.runsInOrder()
        {
            return table.rows(runs).page(offset: plan.offset, limit: plan.limit)
        }
        return try table.filtered(plan.having).sorted(
            plan.groupOrder, offset: plan.offset, limit: plan.limit)
    }

    /// Some of the groups, in no order.
    static func groups(
        _ plan: Plan, _ aggregates: [Aggregate], _ scan: inout Scan, _ budget: QueryBudget,
        _ partition: GroupPartition
    ) throws(StoreError) -> ResultTable {
        let worker = try work(plan, aggregates, nil, &scan, budget, partition)
        return try groups(worker, plan, scan, nil)
    }

    /// The groups of a worker: keys, then aggregates.
    private static func groups(
        _ worker: GroupWorker, _ plan: Plan, _ scan: Scan, _ lengths: LengthPass?
    ) throws(StoreError) -> ResultTable {
        let keys = zip(plan.outputs, worker.grouping.keys()).map { output, vector in
            ResultColumn(
                name: output.name, type: output.operand.type(in: scan.types), values: vector)
        }
        let results = try worker.aggregates.columns(
            groupCount: worker.grouping.count,
            context: ResultContext(
                fetcher: scan.fetcher, threads: max(scan.parts.count, lengths?.threads ?? 1)))
        return ResultTable(columns: keys + results, rowCount: worker.grouping.count)
    }

    /// A worker that has taken in everything, or all of `partition`.
    private static func work(
        _ plan: Plan, _ aggregates: [Aggregate], _ lengths: LengthPass?, _ scan: inout Scan,
        _ budget: QueryBudget, _ partition: GroupPartition?
    ) throws(StoreError) -> GroupWorker {
        let start = ContinuousClock.now
        let whole = scan
        if let lengths { scan.statistics.notes.append(lengths.note) }
        // Without keys there are no parts of the groups to go on with.
        let memory = QueryMemory(
            bytesMax: plan.outputs.isEmpty ? .max : budget.groupBytesMax, within: budget.memory)
        let workers = try Parallel.map(scan.parts.count) { index throws(StoreError) in
            let worker = try GroupWorker(
                plan, aggregates, whole.types, budget, partition, memory)
            if index == 0, let lengths { worker.take(lengths) }
            try worker.scan(whole.parts[index], of: whole)
            return worker
        }
        let first = workers[0]
        for other in workers.dropFirst() { try first.merge(other) }
        if let refinements = first.aggregates.refinements() {
            let start = ContinuousClock.now
            let collected = try Parallel.map(workers.count) { index throws(StoreError) in
                try workers[index].collect(refinements, whole.parts[index], of: whole)
            }
            scan.statistics.rowsRescanned = collected.reduce(0) { $0 + $1.rowCount }
            scan.statistics.rescanNanoseconds = Deadline.nanoseconds(since: start)
            var values = collected.map(\.values)
            if let lengths { values += try lengths.collect(refinements) }
            first.aggregates.take(values, for: refinements)
        }
        scan.statistics.add(first.statistics)
        scan.statistics.rowsProduced = first.grouping.count
        scan.statistics.scanNanoseconds += Deadline.nanoseconds(since: start)
        return first
    }
}

extension Plan {
    /// The order of groups: as asked for, then by their keys.
    var groupOrder: [Order] { order + outputs.map { Order($0.name) } }
}
