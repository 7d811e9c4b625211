// Conditions as text: what they mean, and errors that name the token and its position.

import SpanColumns
import SpanModel
import SpanQuery
import SpanTesting
import Testing

@Suite struct ConditionParserTests {
    private func table() -> MemoryTable {
        var builder = BatchBuilder(schema: Tables.spans)
        for (index, status) in ["ok", "error", "it's", nil].enumerated() {
            builder.setInteger(SpanColumn.startTime, Int64(index) * 1_000_000_000)
            builder.setInteger(SpanColumn.endTime, Int64(index) * 2_000_000_000)
            if let status { builder.setString(SpanColumn.status, status) }
            builder.setInteger(SpanColumn.cost, Int64(index) * Money.scale / 10)
            Array("{\"tier\":\"T\(index)\"}".utf8).withUnsafeBytes {
                builder.setText(SpanColumn.attributes, $0)
            }
            builder.endRow()
        }
        return MemoryTable(builder.finish(), groupSizes: [3])
    }

    private func rows(_ condition: String) throws -> [Int64] {
        var statistics = QueryStatistics()
        let plan = Plan(
            table: Tables.spans, view: .raw,
            filter: try ConditionParser.parse(condition, table: Tables.spans),
            outputs: [Plan.Output("start", .column(SpanColumn.startTime))])
        let result = try Executor.run(
            plan, tables: MemoryTables([table()]), statistics: &statistics)
        return (0..<result.rowCount).map {
            (Cell(result.columns[0].values, $0).integer ?? -1) / 1_000_000_000
        }
    }

    @Test(arguments: [
        ("status = 'ok'", [0]), ("status <> 'ok'", [1, 2]), ("status = 'it''s'", [2]),
        ("status IS NULL", [3]), ("status is not null and not status in ('ok', 'error')", [2]),
        ("status NOT IN ('ok', NULL)", []), ("cost_usd >= 0.2", [2, 3]), ("cost_usd = 0.1", [1]),
        ("cost_usd > -1 AND cost_usd < 1e-1", [0]), ("duration_ms >= 1500.5", [2, 3]),
        ("start_time < '1970-01-01T00:00:02Z'", [0, 1]),
        ("start_time BETWEEN '1970-01-01T00:00:01Z' AND '1970-01-01T00:00:02Z'", [1, 2]),
        ("attributes['tier'] = 'T2' OR attributes.tier LIKE '%3'", [2, 3]),
        ("status ILIKE 'ERR%' OR status = 'ok' AND cost_usd > 5", [1]),
        ("(status ILIKE 'ERR%' OR status = 'ok') AND cost_usd < 0.05", [0]),
        ("\"status\" != 'ok' and model = NULL", []), ("NOT (status = 'ok')", [1, 2]),
    ])
    func meaning(condition: String, expected: [Int64]) throws {
        #expect(try rows(condition) == expected)
    }

    @Test(arguments: [
        ("", "the end at position 1"), ("status", "the end at position 7"),
        ("status = ", "the end at position 10"), ("status == 'x'", "'=' at position 9"),
        ("status = 5", "'5' at position 10"), ("cost_usd = 'x'", "'x' at position 12"),
        ("status = 'x", "quote at position 10"), ("status = 'x' extra", "'extra' at position 14"),
        ("(status = 'x'", "the end at position 14"), ("status ; 1", "character at position 8"),
        ("input_tokens LIKE 'x'", "'x' at position 19"), ("status IN ()", "')' at position 12"),
        ("start_time > 'yesterday'", "'yesterday' at position 14"),
    ])
    func errorsNameTokenAndPosition(condition: String, part: String) throws {
        let error = #expect(throws: StoreError.self) { try self.rows(condition) }
        guard case .invalidArgument("where", let reason) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(reason.contains(part))
    }

    @Test func unknownColumnsAndDeepNestingAreErrors() throws {
        #expect(throws: StoreError.unknown(what: "column", name: "speed")) {
            try self.rows("speed = 1")
        }
        let deep = String(repeating: "(", count: 10_000)
        #expect(throws: StoreError.self) { try self.rows(deep) }
        #expect(throws: StoreError.self) {
            try self.rows(String(repeating: " ", count: Limits.queryTextBytesMax + 1))
        }
    }
}
