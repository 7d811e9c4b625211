// Random plans over random tables: the engine equals the naive reference in both views, and cutting
// or permuting the physical rows changes nothing.

import SpanColumns
import SpanModel
import SpanQuery
import SpanSketch
import SpanTesting
import Testing

@Suite struct QueryPropertyTests {
    private typealias Random = SpanGenerator.Random

    private func batch(_ seed: UInt64, _ count: Int) -> ColumnBatch {
        var generator = SpanGenerator(seed: seed)
        var builder = BatchBuilder(schema: Tables.spans)
        generator.appendSpans(count, to: &builder)
        return builder.finish()
    }

    private let strings = [
        SpanColumn.status, SpanColumn.kind, SpanColumn.agentName, SpanColumn.model,
        SpanColumn.project, SpanColumn.sessionID,
    ]
    private let integers = [
        SpanColumn.inputTokens, SpanColumn.cachedTokens, SpanColumn.cost, SpanColumn.endTime,
        SpanColumn.startTime,
    ]

    private func condition(_ batch: ColumnBatch, _ random: inout Random, depth: Int) -> Predicate {
        let row = Int.random(in: 0..<batch.rowCount, using: &random)
        switch Int.random(in: depth > 0 ? 0..<9 : 0..<6, using: &random) {
        case 0, 1:
            let column = integers.randomElement(using: &random) ?? SpanColumn.startTime
            let cell = Cell(batch.columns[column], row)
            let literal = cell.integer.map {
                // The reference compares as doubles, which are exact up to 2^53.
                $0 > 1 << 50 || random.chance(70)
                    ? Literal.integer($0) : .float(Double($0) + 0.5)
            }
            return .compare(.column(column), comparison(&random), literal ?? .null)
        case 2:
            let column = strings.randomElement(using: &random) ?? SpanColumn.status
            let cell = Cell(batch.columns[column], row)
            return .compare(
                .column(column), comparison(&random), cell.string.map { .string($0) } ?? .null)
        case 3:
            let id = Cell(batch.columns[SpanColumn.traceID], row).string ?? ""
            return .compare(.column(SpanColumn.traceID), comparison(&random), .string(id))
        case 4:
            let literals = ["ok", "error", "nothing"].filter { _ in random.chance(60) }
                .map { Literal.string($0) }
            return .isIn(
                .column(SpanColumn.status), literals + (random.chance(20) ? [.null] : []))
        case 5:
            return .isNull(
                .column(
                    (strings + integers + [SpanColumn.parentSpanID]).randomElement(using: &random)
                        ?? SpanColumn.model))
        case 6: return .not(condition(batch, &random, depth: depth - 1))
        default:
            let parts = (0..<Int.random(in: 0...3, using: &random)).map { _ in
                condition(batch, &random, depth: depth - 1)
            }
            return random.chance(50) ? .and(parts) : .or(parts)
        }
    }

    private func comparison(_ random: inout Random) -> Comparison {
        let all: [Comparison] = [
            .equal, .notEqual, .less, .lessOrEqual, .greater, .greaterOrEqual,
        ]
        return all.randomElement(using: &random) ?? .equal
    }

    private let duration = Operand.difference(
        .column(SpanColumn.endTime), .column(SpanColumn.startTime))

    private func aggregates(_ batch: ColumnBatch, _ random: inout Random) -> [Aggregate] {
        let tokens = Operand.sumOfPresent([
            .column(SpanColumn.inputTokens), .column(SpanColumn.outputTokens),
        ])
        let filter =
            random.chance(50) ? Predicate.always : condition(batch, &random, depth: 1)
        return [
            Aggregate("count", .count, filter: filter),
            Aggregate("models", .countValues(.column(SpanColumn.model)), filter: filter),
            Aggregate(
                "traces",
                .countDistinct([.column(SpanColumn.project), .column(SpanColumn.traceID)]),
                filter: filter),
            Aggregate("tokens", .sum(tokens), filter: filter),
            Aggregate("cost", .sum(.column(SpanColumn.cost))),
            Aggregate("mean", .mean(duration), filter: filter),
            Aggregate("first_id", .minimum(.column(SpanColumn.spanID)), filter: filter),
            Aggregate("last_model", .maximum(.column(SpanColumn.model)), filter: filter),
            Aggregate("longest", .maximum(duration), filter: filter),
            Aggregate(["p50", "p95"], .quantiles(duration, [0.5, 0.95], .index), filter: filter),
            Aggregate(
                ["status", "start", "id"],
                .first(
                    values: [
                        .column(SpanColumn.status), .column(SpanColumn.startTime),
                        .column(SpanColumn.spanID),
                    ],
                    by: [
                        .column(
                            random.chance(50) ? SpanColumn.cachedTokens : SpanColumn.startTime),
                        .column(SpanColumn.model), .column(SpanColumn.spanID), .arrival,
                    ]), filter: filter),
            Aggregate("list", .distinctList(.column(SpanColumn.model)), filter: filter),
        ]
    }

    private func plan(_ batch: ColumnBatch, _ random: inout Random) -> Plan {
        let keys = [
            SpanColumn.agentName, SpanColumn.status, SpanColumn.traceID, SpanColumn.cachedTokens,
            SpanColumn.project, SpanColumn.sessionID,
        ].shuffled(using: &random).prefix(Int.random(in: 0...3, using: &random))
        return Plan(
            table: Tables.spans, view: random.chance(50) ? .raw : .dedup,
            filter: random.chance(30) ? .always : condition(batch, &random, depth: 2),
            outputs: keys.map { Plan.Output("key\($0)", .column($0)) },
            aggregates: aggregates(batch, &random))
    }

    private func cells(_ table: ResultTable) -> [[Cell]] {
        (0..<table.rowCount).map { row in table.columns.map { Cell($0.values, row) } }
    }

    private func run(
        _ plan: Plan, _ table: MemoryTable, _ budget: QueryBudget = QueryBudget()
    ) throws -> ResultTable {
        var statistics = QueryStatistics()
        return try Executor.run(
            plan, tables: MemoryTables([table]), budget: budget, statistics: &statistics)
    }

    /// Ways to work that must not show in an answer: threads, morsels, one scan or several, for parts of the
    /// groups or of the rows.
    private func budgets(_ random: inout Random) -> [QueryBudget] {
        [1, 2, 5].map { threads in
            var budget = QueryBudget()
            budget.threads = threads
            budget.threadRowsMin = 1
            budget.morselRows = Int.random(in: 1...100, using: &random)
            budget.quantileValuesMax = Int.random(in: 0...60, using: &random)
            budget.narrowedValuesMin = random.chance(50) ? 0 : .max
            budget.keptRowsMin = Int.random(in: 0...60, using: &random)
            budget.distinctCodesMax = Int.random(in: 0...40, using: &random)
            budget.orderedRowsMax = Int.random(in: 1...400, using: &random)
            return budget
        }
    }

    @Test(arguments: 1...60)
    func groupsEqualTheNaiveReference(seed: UInt64) throws {
        var random = Random(seed: seed)
        let batch = batch(seed, Int.random(in: 1...400, using: &random))
        let order = (0..<UInt32(batch.rowCount)).shuffled(using: &random)
        let sizes = (0..<4).map { _ in Int.random(in: 1...90, using: &random) }
        let whole = MemoryTable(batch)
        let plan = plan(batch, &random)
        let found = cells(try run(plan, whole))

        let naive = NaiveQuery(whole, view: plan.view)
        let expected = naive.groups(plan)
        #expect(found.count == expected.count)
        for row in found {
            let key = Array(row.prefix(plan.outputs.count))
            let rows = try #require(expected[key])
            let results = (plan.aggregates ?? []).flatMap { naive.results($0, rows) }
            #expect(Array(row.dropFirst(key.count)) == results)
        }
        #expect(cells(try run(plan, MemoryTable(batch, groupSizes: sizes))) == found)
        #expect(
            cells(try run(plan, MemoryTable(batch, order: order, groupSizes: sizes))) == found)
        for var budget in budgets(&random) {
            #expect(cells(try run(plan, whole, budget)) == found)
            if !plan.outputs.isEmpty, random.chance(50) { budget.groupBytesMax = 160 << 10 }
            for isRanked in [false, true] {
                let table = MemoryTable(batch, groupSizes: sizes, isRanked: isRanked)
                #expect(cells(try run(plan, table, budget)) == found)
            }
        }
    }

    @Test(arguments: 1...40)
    func rowsEqualTheNaiveReference(seed: UInt64) throws {
        var random = Random(seed: seed &* 977)
        let batch = batch(seed, Int.random(in: 1...300, using: &random))
        // Rows of a few runs that are in order are merged, others sorted.
        let isSorted = random.chance(40)
        let table = MemoryTable(
            batch, order: isSorted ? nil : (0..<UInt32(batch.rowCount)).shuffled(using: &random),
            groupSizes: [Int.random(in: 1...(isSorted ? 300 : 70), using: &random)])
        var plan = Plan(
            table: Tables.spans, view: random.chance(50) ? .raw : .dedup,
            filter: condition(batch, &random, depth: 2),
            outputs: ([
                SpanColumn.model, SpanColumn.cachedTokens, SpanColumn.spanID, SpanColumn.startTime,
                SpanColumn.endTime,
            ] + (random.chance(50) ? [SpanColumn.input, SpanColumn.attributes] : [])).map {
                Plan.Output("c\($0)", .column($0))
            })
        plan.order = [
            Plan.Order("c\(SpanColumn.model)", descending: random.chance(50)),
            Plan.Order("c\(SpanColumn.cachedTokens)", descending: random.chance(50)),
        ]
        if isSorted { plan.order = [Plan.Order("c\(SpanColumn.startTime)")] }
        plan.tellsLastArrival = random.chance(50)
        plan.offset = Int.random(in: 0...20, using: &random)
        plan.limit = random.chance(30) ? nil : Int.random(in: 0...40, using: &random)

        let naive = NaiveQuery(table, view: plan.view)
        let matching = naive.rows.filter { naive.test(plan.filter, $0) == true }
        let sorted = matching.sorted { left, right in
            for order in plan.order {
                guard let output = plan.outputs.first(where: { $0.name == order.name }) else {
                    continue
                }
                let (first, second) = (
                    naive.value(output.operand, left), naive.value(output.operand, right)
                )
                if first == second { continue }
                if first.isNull || second.isNull { return second.isNull }
                let isLess =
                    first.integer.flatMap { left in second.integer.map { left < $0 } }
                    ?? ((first.string ?? "") < (second.string ?? ""))
                return isLess != order.isDescending
            }
            return left < right
        }
        let page = sorted.dropFirst(plan.offset).prefix(plan.limit ?? .max)
        let found = try run(plan, table)
        #expect(
            cells(found)
                == page.map { row in plan.outputs.map { naive.value($0.operand, row) } })
        #expect(found.isTruncated == (plan.offset + page.count < sorted.count && plan.limit != nil))
        let last = page.last.map { naive.value(.arrival, $0) }?.integer
        #expect(found.lastArrival == (plan.tellsLastArrival && found.isTruncated ? last : nil))
        for budget in budgets(&random) {
            let other = try run(plan, table, budget)
            #expect(cells(other) == cells(found))
            #expect(other.isTruncated == found.isTruncated)
        }
    }

    @Test(arguments: 1...20)
    func quantilesOfManyValuesAreExact(seed: UInt64) throws {
        var random = Random(seed: seed)
        let count = Int.random(in: 1...3_000, using: &random)
        let batch = batch(seed, count)
        let table = MemoryTable(batch, groupSizes: [Int.random(in: 1...1_000, using: &random)])
        let unsigned = Operand.column(SpanColumn.inputTokens)
        let signed = Operand.difference(unsigned, .column(SpanColumn.outputTokens))
        let quantiles = [0, 0.01, 0.5, 0.500_1, 0.95, 0.99, 1].shuffled(using: &random)
        let plan = Plan(
            table: Tables.spans, view: .raw,
            outputs: [Plan.Output("agent", .column(SpanColumn.agentName))],
            aggregates: [unsigned, signed, duration].flatMap { operand in
                QuantileMethod.allCases.map { method in
                    Aggregate(
                        quantiles.map { "\(operand)\(method)\($0)" },
                        .quantiles(operand, quantiles, method))
                }
            })
        let expected = cells(try run(plan, table))
        for var budget in budgets(&random) {
            #expect(cells(try run(plan, table, budget)) == expected)
            // All are collected, and then only those near the ranks are laid out.
            budget.quantileValuesMax = .max
            budget.narrowedValuesMin = 0
            #expect(cells(try run(plan, table, budget)) == expected)
        }
    }

    /// Values that lie in few cells of magnitude, more in one than its count can tell.
    @Test func quantilesOfCrowdedCellsAreExact() throws {
        let crowd = Int64(UInt16.max) + 5_000
        let values = (0..<5 * crowd).map { row -> Int64 in
            let magnitude = row % 5
            return 1 << (magnitude * 10) + row % (1 << (magnitude * 10) / 32 + 1)
        }
        var columns = [ColumnVector](
            repeating: .null(count: values.count), count: Tables.spans.columns.count)
        columns[SpanColumn.inputTokens] = .integer(IntegerVector(values: values))
        let table = MemoryTable(
            ColumnBatch(schema: Tables.spans, rowCount: values.count, columns: columns))
        let ranks = [0, values.count / 4, values.count / 2, values.count - 1]
        let plan = Plan(
            table: Tables.spans, view: .raw, outputs: [],
            aggregates: [
                Aggregate(
                    ranks.map { "\($0)" },
                    .quantiles(
                        .column(SpanColumn.inputTokens),
                        ranks.map { Double($0) / Double(values.count - 1) }, .interpolated))
            ])
        var budget = QueryBudget()
        budget.threads = 1
        budget.quantileValuesMax = .max
        budget.narrowedValuesMin = 0
        let sorted = values.sorted()
        let found = try run(plan, table, budget)
        #expect(
            found.columns.map { Cell($0.values, 0).float } == ranks.map { Double(sorted[$0]) })
    }

    @Test func filtersAndHavingShareTheirLogic() throws {
        var plan = Plan(
            table: Tables.spans, outputs: [Plan.Output("agent", .column(SpanColumn.agentName))],
            aggregates: [Aggregate("count", .count)])
        let table = MemoryTable(batch(5, 500), groupSizes: [64])
        let all = cells(try run(plan, table))
        plan.having = .compare(.column(1), .greater, .integer(20))
        plan.order = [Plan.Order("count", descending: true)]
        let some = cells(try run(plan, table))
        #expect(some.count > 1)
        #expect(some.count < all.count)
        #expect(Set(some) == Set(all.filter { ($0[1].integer ?? 0) > 20 }))
        #expect(some.map { $0[1].integer ?? 0 } == some.map { $0[1].integer ?? 0 }.sorted(by: >))
    }

    @Test func budgetsAreErrors() throws {
        let table = MemoryTable(batch(6, 2_000))
        let tables = MemoryTables([table])
        var statistics = QueryStatistics()
        var budget = QueryBudget()
        budget.groupsMax = 100
        let groups = Plan(
            table: Tables.spans, outputs: [Plan.Output("id", .column(SpanColumn.spanID))],
            aggregates: [Aggregate("count", .count)])
        #expect(throws: StoreError.self) {
            try Executor.run(groups, tables: tables, budget: budget, statistics: &statistics)
        }
        budget = QueryBudget()
        budget.secondsMax = 0
        #expect(
            throws: StoreError.overloaded(limit: "query time of 0 s", retryAfterSeconds: 1)
        ) {
            try Executor.run(groups, tables: tables, budget: budget, statistics: &statistics)
        }
        budget = QueryBudget()
        budget.resultBytesMax = 10_000
        let rows = Plan(
            table: Tables.spans, outputs: [Plan.Output("a", .column(SpanColumn.attributes))])
        let error = #expect(throws: StoreError.self) {
            try Executor.run(rows, tables: tables, budget: budget, statistics: &statistics)
        }
        guard case .limitExceeded("result bytes", _, 10_000) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }

    @Test func leastOfManyIdentifiers() throws {
        let table = MemoryTable(batch(8, 3_000), groupSizes: [500])
        let plan = Plan(
            table: Tables.spans, view: .raw,
            outputs: [Plan.Output("project", .column(SpanColumn.project))],
            aggregates: [Aggregate("least", .minimum(.column(SpanColumn.spanID)))])
        let naive = NaiveQuery(table, view: .raw)
        let groups = naive.groups(plan)
        for row in cells(try run(plan, table)) {
            let rows = try #require(groups[[row[0]]])
            #expect([row[1]] == naive.results((plan.aggregates ?? [])[0], rows))
        }
    }

    @Test func zoneMapsPruneAndCountsAreExact() throws {
        let table = MemoryTable(batch(7, 4_096), groupSizes: [256])
        let middle = Cell(table.batch.columns[SpanColumn.startTime], 2_000).integer ?? 0
        let plan = Plan(
            table: Tables.spans, view: .raw,
            filter: .window(.column(SpanColumn.startTime), from: middle, to: nil), outputs: [],
            aggregates: [Aggregate("count", .count)])
        var statistics = QueryStatistics()
        let found = try Executor.run(
            plan, tables: MemoryTables([table]), statistics: &statistics)
        #expect(statistics.rowGroupsConsidered == (table.batch.rowCount + 255) / 256)
        #expect(statistics.rowGroupsPruned > 4)
        #expect(Int64(statistics.rowsMatched) == Cell(found.columns[0].values, 0).integer)
        #expect(statistics.rowsScanned < table.batch.rowCount)
    }
}
