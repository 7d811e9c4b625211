// Conditions as text: what they mean, and errors that name the token and its place.

import SpanColumns
import SpanModel
import SpanQuery
import SpanTesting
import Testing

@Suite struct SQLConditionTests {
    private func rows(_ condition: String) throws -> [Int64] {
        var statistics = QueryStatistics()
        let plan = Plan(
            table: Tables.spans, view: .raw,
            filter: try SQL.condition(condition, table: Tables.spans, now: SQLSupport.now),
            outputs: [Plan.Output("start", .column(SpanColumn.startTime))])
        let result = try Executor.run(
            plan, tables: MemoryTables([SQLSupport.spans()]), statistics: &statistics)
        return (0..<result.rowCount).map {
            (Cell(result.columns[0].values, $0).integer ?? -1) / SQLSupport.second
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
        ("1 = 1", [0, 1, 2, 3]), ("1 = 2 OR NULL", []), ("'ok' = status", [0]),
        ("2 < input_tokens // 10", [3]), ("input_tokens = start_time - start_time + 20", [1]),
        ("end_time - start_time > INTERVAL '1500 milliseconds'", [2, 3]),
        ("start_time > now() - INTERVAL '59 minutes 58 seconds'", [3]),
        ("start_time >= TIMESTAMP '1970-01-01 00:00:03'", [3]),
        ("start_time >= '1970-01-01' AND start_time < DATE '1970-01-02'", [0, 1, 2, 3]),
        ("status = 'ok' IS NULL", [3]), ("(status = 'ok') IS NOT TRUE", [1, 2, 3]),
        ("status IS DISTINCT FROM 'ok'", [1, 2, 3]),
        ("model IS NOT DISTINCT FROM provider", [0, 1, 2, 3]),
        ("CASE status WHEN 'ok' THEN 1 WHEN 'error' THEN 2 END = 2", [1]),
        ("cast(attributes['n'] AS INTEGER) BETWEEN 1 AND 2", [1, 2]),
        ("lower(input) LIKE '%ünïcode 3'", [3]), ("contains(input, 'code 1')", [1]),
        ("starts_with(name, 'span') AND ends_with(name, '2')", [2]),
        ("coalesce(input_tokens, 0) = 0", [2]), ("input_tokens <> 10", [1, 3]),
        ("span_id IN ('a', 'b')", []), ("length(input) = 15", [0, 1, 2, 3]),
        ("input_tokens + 0.5 > 20", [1, 3]), ("cost_usd * 2 = 0.4", [2]),
        ("cost_usd + 0.1 = 0.3", [2]), ("input_tokens > 9223372036854775807", []),
        ("input_tokens >= -9223372036854775808", [0, 1, 3]), ("input_tokens < 1e300", [0, 1, 3]),
        ("name NOT LIKE '%1' -- a comment\n /* another /* inside */ */ AND status = 'ok'", [0]),
        ("STATUS == 'ok'", [0]), ("status = 'ok' = TRUE", [0]),
    ])
    func meaning(condition: String, expected: [Int64]) throws {
        #expect(try rows(condition) == expected)
    }

    @Test(arguments: [
        ("", "unexpected the end (expected an expression) at line 1, column 1"),
        ("status", "'status' is VARCHAR, no condition at line 1, column 1"),
        ("status = ", "unexpected the end (expected an expression) at line 1, column 10"),
        ("status === 'x'", "unexpected '=' (expected an expression) at line 1, column 10"),
        ("status = 5", "'5' is BIGINT and 'status' is VARCHAR at line 1, column 10: use CAST"),
        ("cost_usd = 'x'", "'x' is no DECIMAL(18,12) at line 1, column 12"),
        ("status = 'x", "the quote is never closed that begins at line 1, column 10"),
        ("status = 'x' extra", "unexpected 'extra' at line 1, column 14"),
        ("(status = 'x'", "unexpected the end (expected ')') at line 1, column 14"),
        ("status ; 1", "unexpected ';' at line 1, column 8"),
        ("status ? 1", "unexpected character at line 1, column 8"),
        (
            "input_tokens LIKE 'x'",
            "LIKE needs text, but 'input_tokens' is BIGINT at line 1, column 1"
        ),
        ("status IN ()", "unexpected ')' (expected an expression) at line 1, column 12"),
        ("start_time > 'yesterday'", "'yesterday' is no TIMESTAMP_NS at line 1, column 14"),
        ("'ü' = name AND\n  ünknown = 1", "unknown column 'ünknown' at line 2, column 3"),
        ("/* open", "the comment that begins here is never closed at line 1, column 1"),
        ("stats = 1", "unknown column 'stats' at line 1, column 1: did you mean 'status'?"),
        ("count(*) > 1", "aggregate 'count' cannot be used here at line 1, column 1"),
        (
            "lenght(name) > 1",
            "unknown function 'lenght' at line 1, column 1: did you mean 'length'?"
        ),
        ("name['x'] = 'y'", "'name' is no column with keys at line 1, column 1"),
    ])
    func errorsNameTokenAndPlace(condition: String, expected: String) throws {
        let error = #expect(throws: StoreError.self) { try self.rows(condition) }
        #expect(error == .invalidArgument(name: "where", reason: expected))
    }
}
