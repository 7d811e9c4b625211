// Tables that are made when a plan reads them: which columns are asked for, and for which rows.

import SpanColumns
import SpanModel
import SpanQuery
import SpanTesting
import Synchronization
import Testing

@Suite struct DetailedTableTests {
    @Test func columnsThatAreOnlyShownAreMadeForThePage() throws {
        let table = RecordingTable()
        let result = try table.ask(
            filter: .compare(.column(table.number("b")), .greater, .integer(20)),
            sort: "b", shown: ["a", "c"], limit: 2)
        #expect(cells(result, "a") == [3, 4] && cells(result, "c") == [9, 16])
        #expect(result.isTruncated && result.totalCount == 7)
        #expect(table.requests == [.init(["a", "b"], nil), .init(["a", "b", "c"], [3, 4])])
    }

    @Test func nothingIsMadeTwiceWhereAllColumnsDecide() throws {
        let table = RecordingTable()
        let result = try table.ask(sort: "c", shown: ["a", "c"], limit: 1)
        #expect(cells(result, "c") == [1])
        #expect(table.requests == [.init(["a", "c"], nil)])
    }

    @Test func allRowsAreMadeAtOnce() throws {
        let table = RecordingTable()
        let result = try table.ask(sort: "b", shown: ["c"], limit: nil)
        #expect(result.rowCount == 9 && !result.isTruncated)
        #expect(table.requests == [.init(["a", "b", "c"], nil)])
    }

    @Test func cheapColumnsAreReadWithTheOthers() throws {
        let table = RecordingTable()
        let result = try table.ask(sort: "c", shown: ["b"], limit: 2)
        #expect(cells(result, "b") == [10, 20])
        #expect(table.requests == [.init(["a", "b", "c"], nil)])
    }

    @Test func groupsTellTheColumnsTheyRead() throws {
        let table = RecordingTable()
        var plan = Plan(
            table: table.schema, outputs: [],
            aggregates: [
                Aggregate(
                    "sum", .sum(.column(table.number("b"))),
                    filter: .isNull(.column(table.number("c"))))
            ])
        plan.limit = 1
        var statistics = QueryStatistics()
        let result = try Executor.run(plan, over: table, statistics: &statistics)
        #expect(result.rowCount == 1)
        #expect(table.requests == [.init(["b", "c"], nil)])
    }

    /// Columns hide in conditions of CASE, in tests that are values, and in all parts of expressions.
    @Test func expressionsTellTheirColumns() throws {
        let table = Tables.spans
        func columns(_ condition: String) throws -> Set<String> {
            Set(
                try SQL.condition(condition, table: table, now: 0).columns.map {
                    table.columns[$0].name
                })
        }
        #expect(try columns("1 = 1") == [])
        #expect(
            try columns("CASE WHEN model = 'm' THEN input_tokens ELSE 0 END > 5")
                == ["model", "input_tokens"])
        #expect(
            try columns("duration_ms > 5 AND attributes['k'] LIKE 'a%' OR NOT (name IS NULL)")
                == ["start_time", "end_time", "attributes", "name"])
        #expect(
            try columns("coalesce(status, kind) = lower(provider) AND (user_id = 'u') IS TRUE")
                == ["status", "kind", "provider", "user_id"])
        #expect(
            try columns("time_bucket(INTERVAL '1 hour', start_time) IN (end_time)")
                == ["start_time", "end_time"])
    }

    private func cells(_ table: ResultTable, _ name: String) -> [Int64?] {
        guard let column = table.columns.first(where: { $0.name == name }) else { return [] }
        return (0..<table.rowCount).map { Cell(column.values, $0).integer }
    }
}

/// Nine rows: `a` is 1 to 9 and the key, `b` ten times that, `c` its square and costly.
private final class RecordingTable: DetailedTable {
    struct Request: Equatable {
        let columns: Set<String>
        let keys: [Int64?]?

        init(_ columns: Set<String>, _ keys: [Int64?]?) {
            self.columns = columns
            self.keys = keys
        }
    }

    let schema = TableSchema.derived(
        name: "numbers", columns: ["a", "b", "c"].map { ColumnSchema($0, .int64) })
    private let recorded = Mutex<[Request]>([])

    var keys: [Int] { [number("a")] }
    var costly: Set<Int> { [number("c")] }
    var requests: [Request] { recorded.withLock { $0 } }

    func number(_ name: String) -> Int { schema.column(named: name) ?? 0 }

    func rows(
        with columns: Set<Int>, _ statistics: inout QueryStatistics
    ) throws(StoreError) -> any TableProvider {
        made(columns, nil)
    }

    func rows(
        of page: ResultTable, with columns: Set<Int>, _ statistics: inout QueryStatistics
    ) throws(StoreError) -> any TableProvider {
        made(columns, (0..<page.rowCount).map { Cell(page.columns[0].values, $0).integer })
    }

    /// Columns that were not asked for are null.
    private func made(_ columns: Set<Int>, _ keys: [Int64?]?) -> DerivedTable {
        let names = Set(columns.map { schema.columns[$0].name })
        recorded.withLock { $0.append(Request(names, keys)) }
        let numbers = keys?.compactMap { $0 } ?? Array(1...9)
        let values = ["a": numbers, "b": numbers.map { 10 * $0 }, "c": numbers.map { $0 * $0 }]
        return DerivedTable(
            schema: schema,
            rows: ResultTable(
                columns: values.filter { names.contains($0.key) }.map { name, values in
                    ResultColumn(
                        name: name, type: .int64, values: .integer(IntegerVector(values: values)))
                }, rowCount: numbers.count))
    }

    func ask(
        filter: Predicate = .always, sort: String, shown: [String], limit: Int?
    ) throws -> ResultTable {
        var plan = Plan(
            table: schema, filter: filter,
            outputs: shown.map { Plan.Output($0, .column(number($0))) })
        plan.sort = [Plan.Sort(.column(number(sort)))]
        plan.tieBreak = [.column(number("a"))]
        plan.limit = limit
        var statistics = QueryStatistics()
        return try Executor.run(plan, over: self, statistics: &statistics)
    }
}
