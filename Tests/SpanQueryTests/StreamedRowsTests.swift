// Results that are read some rows at a time: the rows of the whole result in the same order, whatever
// orders them and however few are read together.

import SpanColumns
import SpanModel
import SpanQuery
import SpanTesting
import Testing

@Suite struct StreamedRowsTests {
    private func tables() -> MemoryTables {
        var generator = SpanGenerator(seed: 11)
        var builder = BatchBuilder(schema: Tables.spans)
        generator.appendSpans(300, to: &builder)
        return MemoryTables([MemoryTable(builder.finish(), groupSizes: [40, 7, 90])])
    }

    private let columns = [
        SpanColumn.traceID, SpanColumn.spanID, SpanColumn.startTime, SpanColumn.name,
        SpanColumn.inputTokens, SpanColumn.input, SpanColumn.output, SpanColumn.attributes,
    ]

    private func plan(_ order: [Int], limit: Int?) -> Plan {
        var plan = Plan(
            table: Tables.spans, view: .raw,
            outputs: columns.map { Plan.Output(Tables.spans.columns[$0].name, .column($0)) })
        plan.sort = order.map { Plan.Sort(.column($0), descending: true) }
        plan.offset = 3
        plan.limit = limit
        return plan
    }

    private func run(_ plan: Plan, _ budget: QueryBudget) throws -> ResultTable {
        var statistics = QueryStatistics()
        return try Executor.run(
            plan, tables: tables(), budget: budget, statistics: &statistics)
    }

    private func cells(_ table: ResultTable) -> [[Cell]] {
        (0..<table.rowCount).map { row in table.columns.map { Cell($0.values, row) } }
    }

    /// All rows, and how many came together.
    private func streamed(_ plan: Plan, rows: Int, bytes: Int) throws -> ([[Cell]], [Int]) {
        var budget = QueryBudget()
        (budget.isStreamed, budget.streamedRowsMax, budget.streamedBytesMax) = (true, rows, bytes)
        var table = try run(plan, budget)
        var (all, counts) = (cells(table), [table.rowCount])
        while let rest = table.rest {
            table = try rest.rows()
            all += cells(table)
            counts.append(table.rowCount)
        }
        return (all, counts)
    }

    @Test(arguments: [
        [], [SpanColumn.startTime], [SpanColumn.inputTokens], [SpanColumn.name, SpanColumn.spanID],
    ])
    func rowsAreThoseOfTheWholeResult(order: [Int]) throws {
        for limit in [nil, 1, 100] {
            let plan = plan(order, limit: limit)
            let whole = cells(try run(plan, QueryBudget()))
            for rows in [1, 7, 64, 1_000] {
                let (all, counts) = try streamed(plan, rows: rows, bytes: 32 << 20)
                #expect(all == whole)
                #expect(
                    counts.allSatisfy { $0 <= rows } && counts.dropLast().allSatisfy { $0 == rows })
            }
        }
    }

    /// Fewer rows at a time where they are large; one row alone is bounded as a result is.
    @Test func bytesBoundWhatIsReadTogether() throws {
        let plan = plan([], limit: nil)
        let whole = cells(try run(plan, QueryBudget()))
        let (all, counts) = try streamed(plan, rows: 200, bytes: 20_000)
        #expect(all == whole)
        #expect(counts.count > 2 && counts[0] < 200 && counts[0] > 1)
        var budget = QueryBudget()
        (budget.isStreamed, budget.streamedBytesMax, budget.resultBytesMax) = (true, 1, 1)
        #expect(throws: StoreError.self) { try self.run(plan, budget) }
    }

    @Test func onlyRowsOfStoredTablesAreStreamed() throws {
        var budget = QueryBudget()
        (budget.isStreamed, budget.streamedRowsMax) = (true, 10)
        func rest(_ statement: String) throws -> (any ResultRest)? {
            var statistics = QueryStatistics()
            return try SQL.answer(
                statement, tables: SQLTable.stored, provider: tables(), now: 0, budget: budget,
                statistics: &statistics
            ).rest
        }
        #expect(try rest("SELECT span_id FROM spans_raw") != nil)
        #expect(try rest("SELECT span_id FROM spans_raw LIMIT 10") == nil)
        #expect(try rest("SELECT span_id, count(*) FROM spans_raw GROUP BY span_id") == nil)
        #expect(try rest("SELECT DISTINCT span_id FROM spans_raw") == nil)
    }
}
