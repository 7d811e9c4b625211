// Groups of rows that lie in order, as segments have them: however much segments overlap, groups, their
// order and their aggregates equal those of the naive reference.

import SpanColumns
import SpanModel
import SpanQuery
import SpanSketch
import SpanTesting
import Testing

@Suite struct OrderedGroupsTests {
    private typealias Random = SpanGenerator.Random

    /// Points of some series, run after run or all at once; some are logged again, some are not finite.
    /// Sums of the values are exact.
    private func batch(_ random: inout Random) -> ColumnBatch {
        var builder = BatchBuilder(schema: Tables.metrics)
        let isRunAfterRun = random.chance(50)
        let runs = Int.random(in: 1...5, using: &random)
        let names = Int.random(in: 1...3, using: &random)
        let count = Int.random(in: 1...1_500, using: &random)
        let length = max(1, count / runs)
        for index in 0..<count {
            let run = isRunAfterRun ? index / length : index % runs
            let place = isRunAfterRun ? index % length : index / runs
            let step = Int64(place / names)
            builder.setString(MetricColumn.project, "project-\(run % 2)")
            builder.setString(MetricColumn.runID, "\(run)")
            builder.setString(MetricColumn.name, "name-\(place % names)")
            builder.setInteger(
                MetricColumn.step,
                random.chance(5) ? Int64.random(in: 0...step, using: &random) : step)
            builder.setInteger(MetricColumn.time, Int64.random(in: 0...50, using: &random))
            builder.setFloat(
                MetricColumn.value,
                random.chance(3)
                    ? .infinity : Double(Int64.random(in: -1_000...1_000, using: &random)) / 4)
            builder.endRow()
        }
        return builder.finish()
    }

    private static let sortKey = [
        MetricColumn.project, MetricColumn.runID, MetricColumn.name, MetricColumn.step,
    ]

    /// Writes as segments hold them: parts of the arrival, each in order of the sort key.
    private func order(_ batch: ColumnBatch, segments: Int) -> [UInt32] {
        let size = (batch.rowCount + segments - 1) / segments
        return stride(from: 0, to: batch.rowCount, by: size).flatMap { first in
            (first..<min(first + size, batch.rowCount)).sorted { left, right in
                for column in Self.sortKey {
                    let (one, other) = (
                        Cell(batch.columns[column], left), Cell(batch.columns[column], right)
                    )
                    if one != other { return isLess(one, other) }
                }
                return left < right
            }.map { UInt32($0) }
        }
    }

    private func isLess(_ left: Cell, _ right: Cell) -> Bool {
        if let left = left.integer, let right = right.integer { return left < right }
        return (left.string ?? "").utf8.lexicographicallyPrecedes((right.string ?? "").utf8)
    }

    private func plan(_ random: inout Random) -> Plan {
        let isInKeyOrder = random.chance(60)
        var keys = Self.sortKey.filter { _ in random.chance(70) }
        if !isInKeyOrder { keys.shuffle(using: &random) }
        var plan = Plan(
            table: Tables.metrics, view: random.chance(50) ? .raw : .dedup,
            filter: random.chance(50)
                ? .always : .compare(.column(MetricColumn.name), .equal, .string("name-0")),
            outputs: keys.map { Plan.Output("key\($0)", .column($0)) },
            aggregates: [
                Aggregate("count", .count),
                Aggregate("sum", .sum(.column(MetricColumn.step))),
                Aggregate("first", .minimum(.column(MetricColumn.time))),
                Aggregate(
                    "least", .minimum(.column(MetricColumn.value)),
                    filter: .isFinite(.column(MetricColumn.value))),
                Aggregate("greatest", .maximum(.column(MetricColumn.value))),
                Aggregate(
                    "mean", .mean(.column(MetricColumn.value)),
                    filter: .isFinite(.column(MetricColumn.value))),
                Aggregate("total", .sum(.column(MetricColumn.value))),
                Aggregate("median", .quantiles(.column(MetricColumn.time), [0.5], .index)),
            ])
        if random.chance(30) {
            plan.offset = Int.random(in: 0...20, using: &random)
            plan.limit = Int.random(in: 0...200, using: &random)
        }
        return plan
    }

    private func results(_ plan: Plan, _ naive: NaiveQuery, _ rows: [Int]) -> [Cell] {
        (plan.aggregates ?? []).flatMap { aggregate -> [Cell] in
            switch aggregate.function {
            case .sum(.column(MetricColumn.value)), .mean(.column(MetricColumn.value)):
                let values = rows.compactMap { row in
                    let value = naive.value(.column(MetricColumn.value), row).float
                    return naive.test(aggregate.filter, row) == true ? value : nil
                }
                if values.isEmpty { return [.null] }
                let sum = values.reduce(0, +)
                if case .sum = aggregate.function { return [.float(sum)] }
                return [.float(sum / Double(values.count))]
            default: return naive.results(aggregate, rows)
            }
        }
    }

    /// All groups in order of their keys, keys first, as the reference has them.
    private func expected(_ plan: Plan, _ table: MemoryTable) -> [[Cell]] {
        let naive = NaiveQuery(table, view: plan.view)
        let groups = naive.groups(plan).sorted { left, right in
            for (one, other) in zip(left.key, right.key) where one != other {
                return isLess(one, other)
            }
            return false
        }
        let page = groups.dropFirst(plan.offset).prefix(plan.limit ?? .max)
        return page.map { $0.key + results(plan, naive, $0.value) }
    }

    private func cells(_ table: ResultTable) -> [[Cell]] {
        (0..<table.rowCount).map { row in table.columns.map { Cell($0.values, row) } }
    }

    @Test(arguments: 1...120)
    func groupsInOrderEqualTheNaiveReference(seed: UInt64) throws {
        var random = Random(seed: seed &* 31)
        let batch = batch(&random)
        let plan = plan(&random)
        let expected = expected(plan, MemoryTable(batch))
        for segments in [1, 2, Int.random(in: 3...12, using: &random)] {
            let table = MemoryTable(
                batch, order: order(batch, segments: segments),
                groupSizes: [Int.random(in: 1...900, using: &random)])
            for threads in [1, 2, 5] {
                var budget = QueryBudget()
                budget.threads = threads
                budget.threadRowsMin = 1
                budget.morselRows = Int.random(in: 1...400, using: &random)
                var statistics = QueryStatistics()
                let found = try Executor.run(
                    plan, tables: MemoryTables([table]), budget: budget, statistics: &statistics)
                #expect(cells(found) == expected)
            }
        }
    }
}
