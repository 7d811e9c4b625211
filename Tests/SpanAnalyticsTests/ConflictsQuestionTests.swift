// Which writes disagree: of points and of spans; equal deliveries and patches do not.

import SpanAnalytics
import SpanColumns
import SpanModel
import SpanTesting
import Testing

@Suite struct ConflictsQuestionTests {
    @Test func pointsThatWereLoggedAgain() throws {
        let points = [
            Point(step: 1, value: 1, time: 1), Point(step: 1, value: 2, time: 2),
            // The same twice, the same later, and NaN twice.
            Point(step: 2, value: 1), Point(step: 2, value: 1),
            Point(step: 3, value: 1, time: 1), Point(step: 3, value: 1, time: 2),
            Point(step: 4, value: .nan), Point(step: 4, value: .nan),
            Point(step: 5, value: 1, name: "acc"), Point(step: 5, value: 2, name: "acc"),
            Point(step: 5, value: 3, name: "acc"), Point(step: 1, value: 1, run: "8"),
        ]
        let found = try ask("conflicts/metrics", [:], metricTables(points))
        #expect(found.map { $0["name"]?.string } == ["acc", "loss", "loss"])
        #expect(found.map { $0["step"]?.integer } == [5, 1, 3])
        #expect(found.map { $0["versions"]?.integer } == [3, 2, 2])
        #expect(
            found.map { $0["fields"]?.string }
                == [#"["value"]"#, #"["time","value"]"#, #"["time"]"#])
        let one = try ask("conflicts/metrics", ["run": "7", "name": "acc"], metricTables(points))
        #expect(one.count == 1)
        #expect(try ask("conflicts/metrics", ["run": "8"], metricTables(points)).isEmpty)
    }

    @Test func spansThatWereSentAgain() throws {
        var builder = BatchBuilder(schema: Tables.spans)
        func add(_ trace: String, _ fields: [Int: String], end: Int64?) {
            for (column, text) in [(SpanColumn.traceID, trace), (SpanColumn.spanID, "s")] {
                _ = Array(text.utf8).withUnsafeBytes {
                    builder.setIdentifier(column, text: $0)
                }
            }
            builder.setString(SpanColumn.source, "native")
            builder.setString(SpanColumn.project, "p")
            builder.setInteger(SpanColumn.startTime, 1)
            if let end { builder.setInteger(SpanColumn.endTime, end) }
            for column in fields.keys.sorted() {
                builder.setString(column, fields[column] ?? "")
            }
            builder.endRow()
        }
        add("changed", [SpanColumn.status: "ok", SpanColumn.model: "m"], end: 5)
        add("changed", [SpanColumn.status: "error", SpanColumn.model: "m"], end: 6)
        add("equal", [SpanColumn.status: "ok"], end: 5)
        add("equal", [SpanColumn.status: "ok"], end: 5)
        add("added", [:], end: nil)
        add("added", [SpanColumn.status: "ok"], end: 5)
        add("alone", [SpanColumn.status: "ok"], end: 5)
        let tables = MemoryTables([MemoryTable(builder.finish(), groupSizes: [2])])
        let found = try ask("conflicts/spans", [:], tables)
        #expect(found.map { $0["trace_id"]?.string } == ["changed"])
        #expect(found.map { $0["versions"]?.integer } == [2])
        #expect(found.map { $0["fields"]?.string } == [#"["end_time","status"]"#])
        #expect(try ask("conflicts/spans", ["project": "q"], tables).isEmpty)
    }
}
