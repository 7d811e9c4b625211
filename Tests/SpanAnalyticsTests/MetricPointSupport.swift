// Points of metrics for the tests of questions about them: as a table in memory, and in a store at
// each moment at which answers could differ.

import SpanAnalytics
import SpanColumns
import SpanModel
import SpanPlatform
import SpanStorage
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

/// Writes of points.
private func batch(_ points: some Sequence<Point>) -> ColumnBatch {
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
    return builder.finish()
}

/// Writes of runs: their ids and bodies.
private func batch(runs: [(name: String, body: String)]) -> ColumnBatch {
    var builder = BatchBuilder(schema: Tables.entities)
    for run in runs {
        builder.setString(EntityColumn.kind, "run")
        builder.setString(EntityColumn.project, "p")
        builder.setString(EntityColumn.name, run.name)
        Array(run.body.utf8).withUnsafeBytes { builder.setText(EntityColumn.body, $0) }
        builder.endRow()
    }
    return builder.finish()
}

/// A store in memory that holds the points in order of arrival, laid out as its table says.
func metricTables(
    _ points: [Point], order: [UInt32]? = nil, groupSizes: [Int] = [3]
) -> MemoryTables {
    MemoryTables([MemoryTable(batch(points), order: order, groupSizes: groupSizes)])
}

/// A moment in the life of a store at which every answer must be the same.
enum StoreMoment: CaseIterable {
    /// Everything is in memory.
    case fresh
    /// A segment for each of the commits: writes of one step lie in several.
    case sealed
    /// One segment.
    case compacted
    /// Opened again: the first commits from segments, the last from the log.
    case restarted

    private static let commits = 3

    /// The tables of a store at this moment after some commits of the points, in their order.
    func tables(
        _ points: [Point], runs: [(name: String, body: String)] = []
    ) throws -> any TableProvider {
        var options = StoreOptions()
        options.rollupMaker = StoreRollups()
        options.walFileBytes = 4 << 20
        options.headroomBytes = 64 << 10
        let fileSystem = SimFileSystem()
        func open() throws -> Store {
            try Store.open(
                directory: "store", fileSystem: fileSystem, options: options,
                randomness: Randomness(seed: 1))
        }
        var store = try open()
        var batches = (0..<Self.commits).map { commit in
            batch(
                points[
                    points.count * commit / Self.commits..<points.count * (commit + 1)
                        / Self.commits])
        }
        if !runs.isEmpty { batches.append(batch(runs: runs)) }
        for (number, batch) in batches.enumerated() {
            let commit = try PreparedCommit(
                workspace: "default", batches: [batch], token: nil, ingestTime: 1)
            for result in store.commit([commit]) { _ = try result.get() }
            let isSealed = self != .fresh && (self != .restarted || number < 2)
            if isSealed { try store.seal() }
        }
        if self == .compacted { try store.compact(isEager: true) }
        if self == .restarted {
            try store.close()
            store = try open()
        }
        return store.snapshots.latest.tables(workspace: "default")
    }
}

/// Points at steps 1, 2, …
func metricSeries(_ values: [Double], run: String = "7", name: String = "loss") -> [Point] {
    values.enumerated().map { Point(step: Int64($0 + 1), value: $1, name: name, run: run) }
}

/// The answer to a question about points.
func ask(
    _ name: String, _ parameters: [String: String], _ tables: any TableProvider
) throws -> [[String: Cell]] {
    try rows(Questions.answer(name, parameters: parameters, tables: tables, now: 0))
}
