// Plans whose groups take more memory than a query may hold: answered in several passes over the rows, each for a
// part of the groups (`GroupPartition`). Of each part what the page may need is kept.
// Cost: the scan and the hashes of the keys once a pass.

import SpanColumns
import SpanModel
import SpanPlatform

enum PartitionedGroups {
    private static let partsMax = 64

    /// The answer; one pass for all groups got through `share` of the rows. Throws `limitExceeded` where a part is
    /// still too large, or what is kept.
    static func run(
        _ plan: Plan, _ aggregates: [Aggregate], _ scan: inout Scan, _ budget: QueryBudget,
        passed share: Double
    ) throws(StoreError) -> ResultTable {
        var parts = 2
        while Double(parts) * share < 1, parts < partsMax { parts *= 2 }
        while true {
            do throws(StoreError) {
                return try run(plan, aggregates, parts: parts, &scan, budget)
            } catch {
                guard error.isQueryMemory, parts < partsMax else { throw error }
                parts *= 2
            }
        }
    }

    private static func run(
        _ plan: Plan, _ aggregates: [Aggregate], parts: Int, _ scan: inout Scan,
        _ budget: QueryBudget
    ) throws(StoreError) -> ResultTable {
        let keys = plan.outputs.map(\.operand)
        let whole = scan
        var statistics = QueryStatistics()
        var groupCount = 0
        var kept = KeptGroups(plan, budget)
        for index in 0..<parts {
            var part = whole
            part.statistics = QueryStatistics()
            let partition = GroupPartition(keys, index: index, of: parts)
            let groups = try GroupExecution.groups(
                plan, aggregates, &part, budget, partition)
            groupCount += groups.rowCount
            guard groupCount <= budget.groupsMax else {
                throw .limitExceeded(
                    limit: "groups", value: groupCount, maximum: budget.groupsMax)
            }
            try kept.add(groups)
            // The next part takes as much again.
            ProcessMemory.release()
            if index > 0 {
                part.statistics.rowsRescanned += part.statistics.rowsScanned
                (part.statistics.rowsScanned, part.statistics.rowsMatched) = (0, 0)
            }
            statistics.add(part.statistics)
        }
        let page = try kept.page()
        // Passes that failed do not count.
        scan.statistics.add(statistics)
        scan.statistics.notes.append("groups: \(parts) passes, as they take too much memory")
        return page
    }
}

/// The groups of several parts that may be on the page.
private struct KeptGroups {
    private let plan: Plan
    private let share: MemoryShare
    private let bytesMax: Int
    private var tables: [ResultTable] = []
    private var isTruncated = false
    private static let sortedMax = 1 << 18

    init(_ plan: Plan, _ budget: QueryBudget) {
        self.plan = plan
        share = MemoryShare(of: budget.memory)
        bytesMax = budget.resultBytesMax
    }

    /// Throws `limitExceeded` beyond the bytes of a result, which more parts would not change.
    mutating func add(_ groups: ResultTable) throws(StoreError) {
        let groups = try groups.filtered(plan.having)
        if let projection = plan.projection {
            try add(groups, to: projection)
        } else {
            tables.append(groups)
        }
        if let lastPlace = Page.end(offset: plan.offset, limit: plan.limit),
            lastPlace < tables.reduce(0, { $0 + $1.rowCount }) / 2
        {
            tables = [try ordered(offset: 0, limit: lastPlace)]
            isTruncated = isTruncated || tables[0].isTruncated
        }
        let byteCount = tables.reduce(0) { $0 + $1.heldBytes }
        guard byteCount <= bytesMax else {
            throw .limitExceeded(limit: "result bytes", value: byteCount, maximum: bytesMax)
        }
        try share.set(byteCount)
    }

    /// What a projection leaves of the groups, some at a time: to order them takes more than they do.
    private mutating func add(
        _ groups: ResultTable, to projection: Projection
    ) throws(StoreError) {
        for start in stride(from: 0, to: groups.rowCount, by: Self.sortedMax) {
            // What is equal in its order stays in that of the keys.
            let some = try groups.page(offset: start, limit: Self.sortedMax)
                .sorted(plan.groupOrder)
            tables.append(some.rows(try projection.survivors(of: some)))
        }
    }

    func page() throws(StoreError) -> ResultTable {
        var page = try ordered(offset: plan.offset, limit: plan.limit)
        page.isTruncated = page.isTruncated || isTruncated
        return page
    }

    /// A page of all groups in their order, which is found by what orders them alone.
    private func ordered(offset: Int, limit: Int?) throws(StoreError) -> ResultTable {
        let order = plan.groupOrder
        var keys: [ResultTable] = []
        for table in tables { keys.append(try table.selecting(order.map(\.name))) }
        let all = ResultTable.allRows(keys)
        let (numbers, isTruncated) = try ResultTable.gathered(keys, all).order(
            order, offset: offset, limit: limit)
        var page = try ResultTable.gathered(tables, numbers.map { all[Int($0)] })
        page.isTruncated = isTruncated
        return page
    }
}
