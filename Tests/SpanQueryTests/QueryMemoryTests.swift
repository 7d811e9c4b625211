// Queries that hold more than they may: groups in several passes, rows window by window, distinct values as they
// are. The answer is that of a query that has all the memory it wants, or an error that names the limit.

import SpanColumns
import SpanModel
import SpanQuery
import SpanTesting
import Testing

@Suite struct QueryMemoryTests {
    private static let table: MemoryTable = {
        var generator = SpanGenerator(seed: 23)
        var builder = BatchBuilder(schema: Tables.spans)
        generator.appendSpans(3_000, to: &builder)
        return MemoryTable(builder.finish(), groupSizes: [400, 70, 900])
    }()

    private func answer(
        _ statement: String, _ change: (inout QueryBudget) -> Void = { _ in }
    ) throws -> (cells: [[Cell]], table: ResultTable, statistics: QueryStatistics) {
        var statistics = QueryStatistics()
        var budget = QueryBudget()
        (budget.threadRowsMin, budget.morselRows) = (500, 300)
        change(&budget)
        let table = try SQL.answer(
            statement, tables: SQLTable.stored, provider: MemoryTables([Self.table]), now: 0,
            budget: budget, statistics: &statistics)
        let cells = (0..<table.rowCount).map { row in
            table.columns.map { Cell($0.values, row) }
        }
        return (cells, table, statistics)
    }

    // MARK: - Groups

    @Test(arguments: [
        "SELECT span_id, count(*), sum(input_tokens), max(name) FROM spans_raw GROUP BY span_id",
        "SELECT span_id, avg(duration_ns) AS d FROM spans_raw GROUP BY ALL ORDER BY d DESC, 1 LIMIT 7 OFFSET 3",
        "SELECT span_id, median(duration_ns) FROM spans_raw GROUP BY 1 HAVING count(*) > 1",
        "SELECT DISTINCT span_id, status FROM spans_raw LIMIT 5",
        "SELECT DISTINCT status FROM spans_raw GROUP BY status, span_id",
        "SELECT DISTINCT upper(status) AS s FROM spans_raw GROUP BY status, span_id ORDER BY s LIMIT 2",
        "SELECT start_time, count(*) FROM spans_raw GROUP BY start_time",
        "SELECT start_time, agent_name, min(span_id), any_value(output) FROM spans_raw GROUP BY 1, 2",
        "SELECT span_id FROM spans GROUP BY span_id ORDER BY max(cost_usd) DESC NULLS FIRST LIMIT 9",
        "SELECT duration_ns / 3 AS c, count(DISTINCT status) FROM spans_raw GROUP BY c",
        "SELECT span_id, min(name) FROM spans_raw GROUP BY 1 ORDER BY 2 LIMIT 0",
    ])
    func groupsOfSeveralPassesAreThoseOfOne(statement: String) throws {
        let whole = try answer(statement)
        #expect(whole.statistics.notes.isEmpty)
        for bytes in [200 << 10, 60 << 10] {
            let parts = try answer(statement) { $0.groupBytesMax = bytes }
            #expect(parts.cells == whole.cells)
            #expect(parts.table.isTruncated == whole.table.isTruncated)
            #expect(parts.statistics.rowsMatched == whole.statistics.rowsMatched)
            #expect(parts.statistics.rowsProduced == whole.statistics.rowsProduced)
        }
        let parts = try answer(statement) { $0.groupBytesMax = 60 << 10 }
        let note = try #require(parts.statistics.notes.first)
        #expect(note.contains("passes"))
        #expect(parts.statistics.rowsRescanned >= parts.statistics.rowsScanned)
    }

    /// Groups that are told by the order of their keys are not looked up when they are many.
    @Test func orderedGroupsThatLoseTheirOrderTakeSeveralPasses() throws {
        let statement = "SELECT start_time, count(*) FROM spans_raw GROUP BY start_time"
        let parts = try answer(statement) { $0.lookedUpGroupsMax = 4 }
        #expect(try answer(statement).cells == parts.cells)
        #expect(!parts.statistics.notes.isEmpty)
    }

    @Test func groupsAreBounded() throws {
        let statement = "SELECT span_id, count(*) FROM spans_raw GROUP BY span_id"
        let error = #expect(throws: StoreError.self) {
            try answer(statement) { ($0.groupBytesMax, $0.groupsMax) = (24 << 10, 1_000) }
        }
        guard case .limitExceeded("groups", _, 1_000) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        // So is what is kept of the passes.
        let result = #expect(throws: StoreError.self) {
            try answer(statement) { ($0.groupBytesMax, $0.resultBytesMax) = (60 << 10, 40 << 10) }
        }
        guard case .limitExceeded("result bytes", _, 40_960) = result else {
            Issue.record("\(String(describing: result))")
            return
        }
        try expectMemoryError(statement) { $0.memory = QueryMemory(bytesMax: 40 << 10) }
    }

    private func expectMemoryError(
        _ statement: String, _ change: (inout QueryBudget) -> Void
    ) throws {
        let error = #expect(throws: StoreError.self) { try answer(statement, change) }
        guard case .limitExceeded("bytes of memory of a query", let value, let maximum) = error
        else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(value > maximum)
    }

    // MARK: - Distinct values

    @Test(arguments: [
        "span_id", "start_time", "cost_usd / 7", "parent_span_id", "session_id", "name",
    ])
    func distinctValuesAreCounted(operand: String) throws {
        for grouping in ["", " GROUP BY status", " GROUP BY trace_id"] {
            let statement =
                "SELECT count(DISTINCT \(operand)), count(DISTINCT \(operand)) FILTER (WHERE input_tokens > 50)"
                + " FROM spans_raw\(grouping)"
            let whole = try answer(statement) { $0.distinctCodesMax = .max }
            for codes in [0, 1, 100, 1_500] {
                let kept = try answer(statement) {
                    ($0.distinctCodesMax, $0.threads) = (codes, codes == 1 ? 1 : 4)
                }
                #expect(kept.cells == whole.cells)
            }
        }
    }

    /// Texts are numbered whatever they are, so that there is nothing to go on with.
    @Test func distinctTextsAreBounded() throws {
        try expectMemoryError("SELECT count(DISTINCT concat(span_id, name)) FROM spans_raw") {
            $0.memory = QueryMemory(bytesMax: 50 << 10)
        }
    }

    // MARK: - Rows

    private static let orders = [
        "", "ORDER BY start_time", "ORDER BY input_tokens DESC NULLS FIRST", "ORDER BY status",
        "ORDER BY status DESC NULLS FIRST, cost_usd DESC", "ORDER BY trace_id DESC, span_id",
        "ORDER BY parent_span_id NULLS FIRST", "ORDER BY cost_usd / 0, duration_ms DESC",
        "ORDER BY upper(name), start_time DESC",
    ]

    @Test(arguments: orders)
    func rowsOfSeveralWindowsAreThoseOfOne(order: String) throws {
        let statement =
            "SELECT span_id, start_time, status, input FROM spans_raw WHERE input_tokens IS NULL OR input_tokens > 5 \(order)"
        for page in [
            "", "LIMIT 700", "LIMIT 40 OFFSET 1500", "OFFSET 2000", "LIMIT 5 OFFSET 90000",
        ] {
            let whole = try answer("\(statement) \(page)")
            for rows in [2_000, 300, 64] {
                let windows = try answer("\(statement) \(page)") { $0.orderedRowsMax = rows }
                #expect(windows.cells == whole.cells)
                #expect(windows.table.isTruncated == whole.table.isTruncated)
                #expect(windows.statistics.rowsMatched == whole.statistics.rowsMatched)
                if page.isEmpty { #expect(windows.statistics.rowsRescanned > 0) }
                #expect(try streamed("\(statement) \(page)", rows) == whole.cells)
            }
        }
    }

    private func streamed(_ statement: String, _ orderedRowsMax: Int) throws -> [[Cell]] {
        var (all, table, _) = try answer(statement) {
            $0.orderedRowsMax = orderedRowsMax
            ($0.isStreamed, $0.streamedRowsMax) = (true, 100)
        }
        while let rest = table.rest {
            table = try rest.rows()
            #expect(table.rowCount > 0)
            all += (0..<table.rowCount).map { row in table.columns.map { Cell($0.values, row) } }
        }
        return all
    }

    @Test func rowsBeyondAResultAreRefusedBeforeTheyAreOrdered() throws {
        let error = #expect(throws: StoreError.self) {
            try answer("SELECT span_id FROM spans_raw") {
                ($0.orderedRowsMax, $0.resultBytesMax) = (100, 4_000)
            }
        }
        guard case .limitExceeded("result bytes", _, 4_000) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }

    @Test func valuesThatOrderRowsAreBounded() throws {
        try expectMemoryError("SELECT span_id FROM spans_raw ORDER BY concat(input, output)") {
            $0.memory = QueryMemory(bytesMax: 20 << 10)
        }
    }
}
