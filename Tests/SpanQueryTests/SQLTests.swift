// Whole statements: what they answer, and what is refused with its place.

import SpanColumns
import SpanModel
import SpanQuery
import SpanTesting
import Testing

@Suite struct SQLTests {
    @Test(arguments: [
        (
            "SELECT name, input_tokens FROM spans ORDER BY input_tokens DESC",
            ["span 3|40", "span 1|20", "span 0|10", "span 2|null"]
        ),
        (
            "SELECT name FROM spans ORDER BY input_tokens NULLS FIRST LIMIT 2",
            ["span 2", "span 0"]
        ),
        (
            "SELECT name AS n, duration_ms / 1000 FROM spans ORDER BY 2 DESC, n OFFSET 1 LIMIT 1",
            ["span 2|2.0"]
        ),
        (
            "SELECT count(*), count(input_tokens), sum(input_tokens), avg(input_tokens) FROM spans",
            ["4|3|70|23.333333333333332"]
        ),
        ("SELECT sum(cost_usd), max(cost_usd) - min(cost_usd) + 1 FROM spans", ["0.6|1.3"]),
        ("SELECT count(*) FROM spans WHERE FALSE", ["0"]),
        ("SELECT sum(input_tokens), min(name) FROM spans WHERE FALSE", ["null|null"]),
        ("SELECT status, count(*) FROM spans WHERE FALSE GROUP BY status", []),
        (
            "SELECT status IS NULL AS s, count(*) c FROM spans GROUP BY s ORDER BY c DESC",
            ["false|3", "true|1"]
        ),
        (
            "SELECT input_tokens > 15 AS big, count(*) FROM spans GROUP BY 1 ORDER BY big DESC",
            ["true|2", "false|1", "null|1"]
        ),
        (
            "SELECT count(*) * 2 + 1 AS x FROM spans GROUP BY status HAVING min(name) > 'span 1'",
            ["3", "3"]
        ),
        (
            "SELECT DISTINCT input_tokens // 20 AS x FROM spans ORDER BY x DESC",
            ["2", "1", "0", "null"]
        ),
        ("SELECT DISTINCT count(*) FROM spans GROUP BY name", ["1"]),
        ("SELECT count(DISTINCT model), count(DISTINCT name) FROM spans", ["0|4"]),
        (
            "SELECT count(*) FILTER (WHERE status = 'ok'), sum(input_tokens) FILTER (status <> 'ok') "
                + "FROM spans", ["1|20"]
        ),
        (
            "SELECT arg_min(name, start_time), arg_max(name, duration_ms), arg_max(start_time, name) "
                + "FROM spans", ["span 0|span 3|3000000000"]
        ),
        (
            "SELECT arg_max(input_tokens, start_time) FILTER (WHERE start_time < '1970-01-01 00:00:03')"
                + " FROM spans", ["20"]
        ),
        (
            "SELECT median(input_tokens), quantile_cont(input_tokens, 0.25), "
                + "quantile_disc(input_tokens, 0.5), quantile_disc(start_time, 1) FROM spans",
            ["20.0|15.0|20|3000000000"]
        ),
        (
            "SELECT stddev_pop(input_tokens) < 12.48, var_pop(input_tokens), var_samp(input_tokens) "
                + "FROM spans", ["true|155.55555555555554|233.33333333333331"]
        ),
        ("SELECT stddev_samp(input_tokens) FROM spans WHERE name = 'span 1'", ["null"]),
        (
            "SELECT bool_and(input_tokens > 5), bool_or(status = 'ok'), count_if(cost_usd > 0.1) "
                + "FROM spans", ["true|true|2"]
        ),
        ("SELECT any_value(status) FROM spans WHERE status <> 'ok'", ["error"]),
        (
            "SELECT time_bucket(INTERVAL '2 seconds', start_time) b, count(*) FROM spans GROUP BY b",
            ["0|2", "2000000000|2"]
        ),
        (
            "SELECT date_trunc('day', start_time) = '1970-01-01', hour(now()), "
                + "extract(year FROM start_time + INTERVAL 1 YEAR) FROM spans LIMIT 1",
            ["true|1|1971"]
        ),
        (
            "SELECT CASE WHEN input_tokens > 15 THEN 'big' WHEN input_tokens > 5 THEN 'small' "
                + "ELSE 'none' END k, count(*) FROM spans GROUP BY k ORDER BY k",
            ["big|2", "none|1", "small|1"]
        ),
        (
            "SELECT coalesce(status, 'none') || '/' || input_tokens, concat(status, '/', input_tokens)"
                + " FROM spans ORDER BY start_time DESC LIMIT 2", ["none/40|/40", "null|it's/"]
        ),
        (
            "SELECT greatest(input_tokens, 15), least(1.5, input_tokens), nullif(name, 'span 1') "
                + "FROM spans LIMIT 2", ["15|1.5|span 0", "20|1.5|null"]
        ),
        (
            "SELECT substring(name, 1, 4), substr(name, -1), replace(name, 'span', 'x'), upper(name),"
                + " trim('  a b ') FROM spans LIMIT 1", ["span|0|x 0|SPAN 0|a b"]
        ),
        (
            "SELECT 7 / 2, 7 // 2, -7 % 3, 7 // 0, 1e3, round(2.345, 2), floor(-1.5), abs(-3), "
                + "2 + 3 * 4 - -1 FROM spans LIMIT 1",
            ["3.5|3|-1|null|1000.0|2.35|-2.0|3|15"]
        ),
        (
            "SELECT CAST('42' AS INT), '1.5'::DOUBLE, TRY_CAST('x' AS BIGINT), CAST(2.5 AS BIGINT), "
                + "CAST(1.25 AS DECIMAL(10, 1)), CAST(cost_usd AS BIGINT), CAST('t' AS BOOLEAN), round(125, -1) "
                + "FROM spans LIMIT 1", ["42|1.5|null|3|1.3|0|true|130"]
        ),
        (
            "SELECT attributes['tier'], attributes['none'], attributes.n FROM spans LIMIT 1",
            ["T0|null|0"]
        ),
        (
            "SELECT input, count(*) FROM spans GROUP BY input ORDER BY input DESC LIMIT 1",
            ["Input Ünïcode 3|1"]
        ),
        (
            "SELECT nullif(input, 'x'), if(TRUE, input, name) FROM spans ORDER BY 1 DESC LIMIT 1",
            ["Input Ünïcode 3|Input Ünïcode 3"]
        ),
        ("SELECT max(input), count(DISTINCT input) FROM spans", ["Input Ünïcode 3|4"]),
        (
            "SELECT s.name FROM spans s WHERE spans.name = 'span 1' AND s.status = 'error'",
            ["span 1"]
        ),
        (
            "SELECT status, count(*) AS n FROM spans GROUP BY ALL HAVING n > 0 ORDER BY status, n;",
            ["error|1", "it's|1", "ok|1", "null|1"]
        ),
        ("SELECT 'a' AS \"quoted \"\"name\"\"\", TRUE, NULL FROM spans LIMIT 1", ["a|true|null"]),
        ("SELECT count(*) FROM metrics", ["0"]),
        ("SELECT length('ü€x') AS l, l + 1 AS m FROM spans LIMIT 1", ["3|4"]),
    ])
    func answers(statement: String, expected: [String]) throws {
        #expect(try SQLSupport.rows(statement) == expected)
    }

    @Test(arguments: [
        ("", "unexpected the end (expected SELECT, DESCRIBE or SHOW TABLES) at line 1, column 1"),
        ("SELECT", "unexpected the end (expected an expression) at line 1, column 7"),
        ("SELECT 1", "unexpected the end (expected FROM) at line 1, column 9"),
        ("SELECT 1 FROM", "unexpected the end (expected a table) at line 1, column 14"),
        ("SELECT 1 FROM span", "unknown table 'span' at line 1, column 15: did you mean 'spans'?"),
        ("SELECT a FROM spans JOIN metrics", "unexpected 'JOIN' at line 1, column 21"),
        ("SELECT name FROM spans\nUNION SELECT 1", "unexpected 'UNION' at line 2, column 1"),
        (
            "SELECT (SELECT 1) FROM spans",
            "unexpected 'SELECT' (expected an expression) at line 1, column 9"
        ),
        (
            "SELECT row_number() OVER () FROM spans",
            "unexpected 'OVER' (expected FROM) at line 1, column 21"
        ),
        (
            "SELECT name, count(*) FROM spans",
            "column 'name' must be in GROUP BY or inside an aggregate at line 1, column 8"
        ),
        (
            "SELECT sum(name) FROM spans",
            "'sum' needs numbers, but 'name' is VARCHAR at line 1, column 12"
        ),
        (
            "SELECT sum(sum(cost_usd)) FROM spans",
            "aggregate 'sum' cannot be used here at line 1, column 12"
        ),
        (
            "SELECT name FROM spans WHERE count(*) > 1",
            "aggregate 'count' cannot be used here at line 1, column 30"
        ),
        (
            "SELECT quantile_cont(cost_usd, 2) FROM spans",
            "the share must be a number from 0 to 1 at line 1, column 32"
        ),
        (
            "SELECT name FROM spans ORDER BY 2",
            "ORDER BY 2 is no column of the select list: it has 1 at line 1, column 33"
        ),
        (
            "SELECT name + 1 FROM spans",
            "arithmetic needs numbers, but 'name' is VARCHAR at line 1, column 8"
        ),
        (
            "SELECT 9223372036854775807 + 1 FROM spans",
            "the result of '+' is out of range at line 1, column 8"
        ),
        ("SELECT CAST('x' AS INT) FROM spans", "'x' is no BIGINT at line 1, column 13"),
        (
            "SELECT CAST(name AS THING) FROM spans",
            "unexpected 'THING' (expected a type) at line 1, column 21"
        ),
        (
            "SELECT name FROM spans LIMIT x",
            "unexpected 'x' (expected a count) at line 1, column 30"
        ),
        (
            "SELECT name FROM spans LIMIT -1",
            "unexpected '-' (expected a count) at line 1, column 30"
        ),
        (
            "SELECT INTERVAL '3 parsecs' FROM spans",
            "'3 parsecs' is no interval such as '1 hour' or '7 days' at line 1, column 17"
        ),
        (
            "SELECT INTERVAL '3 days' FROM spans",
            "an interval can only be added to a time or compared with a difference of times at line 1, column 8"
        ),
        (
            "SELECT date_trunc('eon', start_time) FROM spans",
            "'eon' is no unit such as 'hour' at line 1, column 19"
        ),
        (
            "SELECT round(name) FROM spans",
            "a number is needed, but 'name' is VARCHAR at line 1, column 14"
        ),
        ("DESCRIBE nothing", "unknown table 'nothing' at line 1, column 10"),
        ("SHOW COLUMNS", "unexpected 'COLUMNS' (expected TABLES) at line 1, column 6"),
        ("SELECT a, a AS b, b AS a FROM spans", "unknown column 'b' at line 1, column 19"),
        (
            "DELETE FROM spans",
            "unexpected 'DELETE' (expected SELECT, DESCRIBE or SHOW TABLES) at line 1, column 1"
        ),
        (
            "SELECT coalesce(name, 1) FROM spans",
            "'1' is BIGINT and 'name' is VARCHAR at line 1, column 23: use CAST"
        ),
        (
            "SELECT name FROM spans WHERE CASE WHEN 1 THEN TRUE END",
            "'1' is BIGINT, no condition at line 1, column 40"
        ),
    ])
    func refusals(statement: String, expected: String) {
        #expect(SQLSupport.refusal(statement) == expected)
    }

    @Test func errorsOfRowsThatNoConditionSelectsDoNotHappen() throws {
        let statement = """
            SELECT sum(CASE WHEN input_tokens < 30 THEN 9223372036854775000 + input_tokens END) > 0
            FROM spans WHERE name = 'span 0'
            """
        #expect(try SQLSupport.rows(statement) == ["true"])
        #expect(
            SQLSupport.refusal("SELECT 9223372036854775800 + input_tokens FROM spans")
                == "the result of '+' is out of range")
        #expect(
            SQLSupport.refusal("SELECT CAST(name AS INT) FROM spans")
                == "a text is no BIGINT; TRY_CAST makes such values null")
    }

    @Test func namesOfColumns() throws {
        let table = try SQLSupport.answer(
            """
            SELECT name, spans.status, count(*), sum( cost_usd ) AS "Total", attributes['tier'],
                name FROM spans GROUP BY ALL
            """
        ).table
        #expect(
            table.columns.map(\.name) == [
                "name", "status", "count(*)", "Total", "attributes['tier']", "name_1",
            ])
    }

    @Test func starIsWhatDescribeLists() throws {
        let star = try SQLSupport.answer("SELECT * FROM metrics").table
        let described = try SQLSupport.rows("DESCRIBE metrics")
        #expect(star.columns.map(\.name) == described.map { String($0.prefix { $0 != "|" }) })
        #expect(described.contains("value|DOUBLE|NO"))
        let spans = try SQLSupport.rows("DESCRIBE spans")
        #expect(spans.contains("cost_usd|DECIMAL(18,12)|YES"))
        #expect(spans.contains("duration_ms|DOUBLE|YES"))
        #expect(spans.contains("ingest_time|TIMESTAMP_NS|YES"))
        #expect(try SQLSupport.rows("SHOW TABLES").contains("metrics_raw"))
    }

    @Test(arguments: [
        "start_time >= '1970-01-01T00:30:00Z'", "'1970-01-01T00:30:00Z' <= start_time",
        "start_time >= now() - INTERVAL '30 minutes'",
        "start_time BETWEEN TIMESTAMP '1970-01-01 00:30:00' AND now()",
        "status = 'none' OR TRUE AND start_time > date_trunc('hour', now()) - INTERVAL 30 MINUTE",
    ])
    func constantsPrune(condition: String) throws {
        var builder = BatchBuilder(schema: Tables.spans)
        for index in 0..<3_600 {
            builder.setInteger(SpanColumn.startTime, Int64(index) * SQLSupport.second)
            builder.endRow()
        }
        let table = MemoryTable(builder.finish(), groupSizes: [100])
        let isWhole = condition.hasPrefix("status")
        let statement = "SELECT count(*) FROM spans_raw WHERE \(condition)"
        let (result, statistics) = try SQLSupport.answer(statement, [table])
        let count = Cell(result.columns[0].values, 0).integer ?? 0
        #expect((1_799...1_800).contains(count))
        #expect(statistics.rowGroupsPruned == (isWhole ? 0 : 18))
    }
}
