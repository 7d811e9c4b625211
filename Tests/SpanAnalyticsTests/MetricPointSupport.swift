// Points of metrics for the tests of questions about them, as a store in memory.

import SpanAnalytics
import SpanColumns
import SpanModel
import SpanTesting

/// A write of a point.
struct Point {
    var step: Int64
    var value: Double
    var time: Int64 = 0
    var name = "loss"
    var run = "7"
    var project = "p"
}

/// A store that holds the points in order of arrival, laid out as its table says.
func metricTables(
    _ points: [Point], order: [UInt32]? = nil, groupSizes: [Int] = [3],
    entities: [(name: String, body: String)] = []
) -> MemoryTables {
    var builder = BatchBuilder(schema: Tables.metrics)
    for point in points {
        builder.setString(MetricColumn.project, point.project)
        builder.setString(MetricColumn.runID, point.run)
        builder.setString(MetricColumn.name, point.name)
        builder.setInteger(MetricColumn.step, point.step)
        builder.setInteger(MetricColumn.time, point.time)
        builder.setFloat(MetricColumn.value, point.value)
        builder.endRow()
    }
    var runs = BatchBuilder(schema: Tables.entities)
    for entity in entities {
        runs.setString(EntityColumn.kind, "run")
        runs.setString(EntityColumn.project, "p")
        runs.setString(EntityColumn.name, entity.name)
        Array(entity.body.utf8).withUnsafeBytes { runs.setText(EntityColumn.body, $0) }
        runs.endRow()
    }
    return MemoryTables([
        MemoryTable(builder.finish(), order: order, groupSizes: groupSizes),
        MemoryTable(runs.finish()),
    ])
}

/// Points at steps 1, 2, …
func metricSeries(_ values: [Double], run: String = "7", name: String = "loss") -> [Point] {
    values.enumerated().map { Point(step: Int64($0 + 1), value: $1, name: name, run: run) }
}

/// The answer to a question about points.
func ask(
    _ name: String, _ parameters: [String: String], _ tables: MemoryTables
) throws -> [[String: Cell]] {
    try rows(Questions.answer(name, parameters: parameters, tables: tables, now: 0))
}
