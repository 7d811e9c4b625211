// Conditions that random tables seldom meet: LIKE, attributes, doubles, extreme literals.

import SpanColumns
import SpanModel
import SpanQuery
import SpanTesting
import Testing

@Suite struct ConditionTests {
    private func count(_ predicate: Predicate, _ values: [Double?]) throws -> Int {
        var builder = BatchBuilder(schema: Tables.metrics)
        for value in values {
            builder.setInteger(MetricColumn.step, Int64(builder.rowCount))
            if let value { builder.setFloat(MetricColumn.value, value) }
            builder.endRow()
        }
        return try count(predicate, MemoryTable(builder.finish(), groupSizes: [2]))
    }

    private func count(_ predicate: Predicate, _ table: MemoryTable) throws -> Int {
        var statistics = QueryStatistics()
        let plan = Plan(
            table: table.batch.schema, view: .raw, filter: predicate, outputs: [],
            aggregates: [Aggregate("count", .count)])
        let result = try Executor.run(
            plan, tables: MemoryTables([table]), statistics: &statistics)
        return Int(Cell(result.columns[0].values, 0).integer ?? -1)
    }

    private let value = Operand.column(MetricColumn.value)
    private let step = Operand.column(MetricColumn.step)

    @Test func doubles() throws {
        let values: [Double?] = [1, -0.0, 0, .nan, .infinity, nil, -.infinity]
        #expect(try count(.compare(value, .equal, .integer(0)), values) == 2)
        #expect(try count(.compare(value, .greater, .float(1)), values) == 2)
        #expect(try count(.compare(value, .equal, .float(.nan)), values) == 1)
        #expect(try count(.not(.compare(value, .equal, .integer(0))), values) == 4)
        #expect(try count(.isFinite(value), values) == 3)
        #expect(try count(.not(.isFinite(value)), values) == 3)
        #expect(try count(.isIn(value, [.integer(1), .float(.infinity)]), values) == 2)
        #expect(try count(.isNull(value), values) == 1)
    }

    @Test func integersAgainstDoubles() throws {
        let values: [Double?] = [0, 0, 0, 0]
        #expect(try count(.compare(step, .greater, .float(1.5)), values) == 2)
        #expect(try count(.compare(step, .lessOrEqual, .float(1.5)), values) == 2)
        #expect(try count(.compare(step, .equal, .float(1.5)), values) == 0)
        #expect(try count(.compare(step, .notEqual, .float(1.5)), values) == 4)
        #expect(try count(.compare(step, .less, .float(.infinity)), values) == 4)
        #expect(try count(.compare(step, .greater, .float(-1e300)), values) == 4)
        #expect(try count(.compare(step, .less, .float(-1e300)), values) == 0)
        #expect(try count(.compare(step, .greater, .float(.nan)), values) == 0)
        #expect(try count(.compare(step, .less, .integer(.min)), values) == 0)
        #expect(try count(.not(.compare(step, .less, .integer(.min))), values) == 4)
        #expect(try count(.compare(step, .greater, .integer(.max)), values) == 0)
    }

    @Test(arguments: [
        ("%timeout%", true, 2), ("%timeout%", false, 1), ("connection _imeout", false, 1),
        ("%", true, 4), ("", true, 0), ("_", true, 1), ("%t%t%", false, 1), ("%ü%", true, 1),
    ])
    func like(pattern: String, ignoringCase: Bool, expected: Int) throws {
        var builder = BatchBuilder(schema: Tables.spans)
        for text in ["connection timeout", "TimeOut", "ü", "other", nil] {
            if let text {
                builder.setString(SpanColumn.name, text)
                Array(text.utf8).withUnsafeBytes { builder.setText(SpanColumn.input, $0) }
            }
            builder.endRow()
        }
        let table = MemoryTable(builder.finish(), groupSizes: [2])
        for column in [SpanColumn.name, SpanColumn.input] {
            let predicate = Predicate.like(
                .column(column), pattern: pattern, ignoringCase: ignoringCase)
            #expect(try count(predicate, table) == expected)
            #expect(try count(.not(predicate), table) == 4 - expected)
        }
    }

    @Test func attributesInConditions() throws {
        var builder = BatchBuilder(schema: Tables.spans)
        for json in [
            #"{"a":"x"}"#, #"{"a":"\u00fc\ud83d\ude00\"\\"}"#,
            #"{ "b" : [1,{"a":"x"}] , "a" : 5 }"#,
            #"{"a":true}"#, #"{"a":null}"#, "{}", "broken", #"{"a":"#, #"{"a":{"k":"v"}}"#,
        ] {
            Array(json.utf8).withUnsafeBytes { builder.setText(SpanColumn.attributes, $0) }
            builder.endRow()
        }
        let table = MemoryTable(builder.finish(), groupSizes: [4])
        let a = Operand.attribute(column: SpanColumn.attributes, key: "a")
        for text in ["x", "ü😀\"\\", "5", "true", #"{"k":"v"}"#] {
            #expect(try count(.compare(a, .equal, .string(text)), table) == 1)
        }
        #expect(try count(.isNull(a), table) == 4)
        let late = Predicate.or([
            .and([.compare(a, .equal, .string("x")), .isNull(.column(SpanColumn.model))]),
            .compare(a, .equal, .string("5")),
        ])
        #expect(try count(late, table) == 2)
    }

    @Test func mismatchedLiteralsAreErrors() {
        #expect(throws: StoreError.self) {
            try self.count(.compare(self.step, .equal, .string("1")), [])
        }
        #expect(throws: StoreError.self) {
            try self.count(.isIn(self.value, [.string("1")]), [])
        }
    }
}
