// Texts that mean harm: deep, long, repeated without end, random. Each is an error or an answer,
// soon, and never a trap.

import SpanColumns
import SpanModel
import SpanQuery
import SpanTesting
import Testing

@Suite struct SQLHostileTests {
    private func isRefused(_ statement: String) -> Bool {
        do {
            _ = try SQLSupport.answer(statement)
            return false
        } catch {
            return error is StoreError
        }
    }

    @Test(arguments: [
        ("(", ")", "1"), ("NOT ", "", "TRUE"), ("- ", "", "1"), ("abs(", ")", "1"),
        ("CASE WHEN ", " THEN 1 END", "TRUE"), ("CASE ", " WHEN 1 THEN 1 WHEN 2 THEN 2 END", "1"),
        ("(1 = ", " BETWEEN 0 AND 1)", "1"), ("CAST(", " AS BIGINT)", "1"), ("1 + (", ")", "1"),
        ("count(", ")", "1"), ("", "::BIGINT", "1"), ("", " + 1", "1"), ("", " IS NULL", "1"),
        ("", " = 1", "TRUE"), ("", "['x']", "attributes"),
    ])
    func depthIsBounded(opening: String, closing: String, core: String) {
        let count = 5_000
        let text =
            String(repeating: opening, count: count) + core
            + String(repeating: closing, count: count)
        #expect(isRefused("SELECT \(text) FROM spans"))
    }

    @Test func repeatedExpressionsAreBounded() {
        // Each level repeats the one below: the plan would double forty times.
        var between = "1"
        var choice = "1"
        for _ in 0..<40 {
            between = "(\(between) BETWEEN 0 AND 1)::BIGINT"
            choice = "CASE \(choice) WHEN 1 THEN 1 WHEN 2 THEN 2 END"
        }
        #expect(isRefused("SELECT \(between) FROM spans"))
        #expect(isRefused("SELECT \(choice) FROM spans"))
        let alias = "SELECT a + a AS b, b + b AS c FROM spans"
        #expect(isRefused(alias))
        let wide = Array(repeating: "1", count: 4_000).joined(separator: ",")
        let names = Array(repeating: "x", count: 255).joined(separator: ",")
        #expect(
            isRefused("SELECT 1 IN (\(wide)) AS x, coalesce(\(names)) AS y FROM spans"))
    }

    @Test func lengthIsBounded() {
        let long = String(repeating: " ", count: Limits.queryTextBytesMax)
        #expect(isRefused("SELECT name FROM spans" + long))
        #expect(isRefused("SELECT '" + long + "' FROM spans"))
        let columns = Array(repeating: "1", count: 2_000).joined(separator: ",")
        #expect(isRefused("SELECT \(columns) FROM spans"))
    }

    @Test func manyTermsAreNoDepth() throws {
        let terms = Array(repeating: "status = 'ok'", count: 2_000).joined(separator: " OR ")
        #expect(try SQLSupport.rows("SELECT count(*) FROM spans WHERE \(terms)") == ["1"])
        let members = (0..<5_000).map { "'\($0)'" }.joined(separator: ",")
        #expect(
            try SQLSupport.rows("SELECT count(*) FROM spans WHERE status NOT IN (\(members))")
                == ["3"])
    }

    @Test(arguments: 1...40)
    func randomTextsNeverTrap(seed: UInt64) {
        var random = SpanGenerator.Random(seed: seed)
        let words = [
            "SELECT", "FROM", "spans", "WHERE", "name", "status", "cost_usd", "start_time", "(",
            ")", ",", "*", "+", "-", "/", "//", "%", "||", "=", "<", ">=", "AND", "OR", "NOT",
            "NULL", "IS", "IN", "BETWEEN", "LIKE", "'x'", "'1 day'", "INTERVAL", "1", "0", "2.5",
            "9223372036854775807", "1e308", "CASE", "WHEN", "THEN", "ELSE", "END", "CAST", "AS",
            "BIGINT", "DECIMAL", "count", "sum", "arg_max", "quantile_cont", "GROUP", "BY",
            "ORDER", "LIMIT", "HAVING", "DISTINCT", "FILTER", "::", "[", "]", "'tier'",
            "attributes", "now()", "date_trunc", "time_bucket", "\"", "--", "/*", "é", "\u{0}",
        ]
        for _ in 0..<200 {
            let count = Int.random(in: 1...40, using: &random)
            let text = (0..<count).map { _ in words.randomElement(using: &random) ?? "" }
            let body = text.joined(separator: random.chance(80) ? " " : "")
            _ = try? SQLSupport.answer(random.chance(50) ? body : "SELECT \(body) FROM spans")
            _ = try? SQL.condition(body, table: Tables.spans, now: 0)
            let bytes = (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }
            _ = try? SQLSupport.answer("SELECT " + String(decoding: bytes, as: UTF8.self))
        }
    }

    @Test(arguments: 1...40)
    func damagedStatementsNeverTrap(seed: UInt64) {
        var random = SpanGenerator.Random(seed: seed)
        let statement = """
            SELECT status, CASE WHEN cost_usd * 2 > 0.1 THEN upper(name) ELSE 'x' || 1 END k,
                sum(input_tokens) FILTER (WHERE NOT status IN ('ok', NULL)) / count(*),
                arg_max(name, cost_usd), quantile_disc(duration_ns, 0.5)
            FROM spans WHERE start_time + INTERVAL '1 month' > now() - INTERVAL '2 hours' OR
                attributes['tier'] ILIKE 't%' AND length(input) BETWEEN 1 AND 100
            GROUP BY 1, 2 HAVING count(*) > 0 ORDER BY k DESC NULLS FIRST LIMIT 3 OFFSET 0
            """
        for _ in 0..<100 {
            var bytes = Array(statement.utf8)
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                let place = Int.random(in: 0..<bytes.count, using: &random)
                if random.chance(50) {
                    bytes.remove(at: place)
                } else {
                    bytes[place] = UInt8.random(in: 32...126, using: &random)
                }
            }
            _ = try? SQLSupport.answer(String(decoding: bytes, as: UTF8.self))
        }
    }
}
