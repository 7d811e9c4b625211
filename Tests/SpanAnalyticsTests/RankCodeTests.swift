// Percentiles of durations are the same whether values are collected, counted by the rank codes of
// segments or by those of the values at hand, or taken from what segments keep by agent: in memory,
// sealed, compacted and with superseded rows.

import SpanColumns
import SpanModel
import SpanPlatform
import SpanQuery
import SpanSketch
import SpanStorage
import SpanTesting
import Testing

@Suite struct RankCodeTests {
    private typealias Random = SpanGenerator.Random

    /// Spans with lengths of every magnitude, negative ones and none; some are sent again.
    private func commit(
        _ numbers: Range<Int>, _ random: inout Random, to store: Store
    ) throws {
        var builder = BatchBuilder(schema: Tables.spans)
        for number in numbers {
            let identity = random.chance(10) ? number / 2 : number
            for (column, id) in [
                (SpanColumn.traceID, "t\(identity / 5)"), (SpanColumn.spanID, "s\(identity)"),
            ] {
                _ = Array(id.utf8).withUnsafeBytes { builder.setIdentifier(column, text: $0) }
            }
            builder.setString(SpanColumn.source, "native")
            builder.setString(SpanColumn.project, "p\(number % 3)")
            builder.setString(
                SpanColumn.agentName, "agent \(Int.random(in: 0...4, using: &random))")
            if random.chance(10) { builder.setString(SpanColumn.status, "error") }
            // More and more groups, until counting them is given up.
            builder.setString(SpanColumn.name, "name \(number % 30 * number / 2_000)")
            let start = Int64(number % 40) * 3_600_000_000_000
            builder.setInteger(SpanColumn.startTime, start)
            if !random.chance(5) {
                let magnitude = Int64.random(in: 0...45, using: &random)
                let length = Int64.random(in: -20...1 << magnitude, using: &random)
                builder.setInteger(SpanColumn.endTime, start + length)
            }
            builder.endRow()
        }
        let commit = try PreparedCommit(
            workspace: "default", batches: [builder.finish()], token: nil, ingestTime: 1)
        for result in store.commit([commit]) { _ = try result.get() }
    }

    private let duration = Operand.difference(
        .column(SpanColumn.endTime), .column(SpanColumn.startTime))

    private func plans() -> [Plan] {
        var plans: [Plan] = []
        let isError = Predicate.compare(.column(SpanColumn.status), .equal, .string("error"))
        let keys = [
            [], [SpanColumn.agentName, SpanColumn.project], [SpanColumn.agentName],
            [SpanColumn.startTime, SpanColumn.name], [SpanColumn.name],
        ]
        let firstDay = Predicate.window(
            .column(SpanColumn.startTime), from: 0, to: 86_400_000_000_000)
        for view in [View.raw, .dedup] {
            for (number, keys) in keys.enumerated() {
                for filter in [
                    .always, isError, firstDay, .not(.isNull(.column(SpanColumn.endTime))),
                ] {
                    // Those of all rows are found without vectors where segments allow it.
                    let condition = number % 2 == 0 ? Predicate.always : isError
                    plans.append(
                        Plan(
                            table: Tables.spans, view: view, filter: filter,
                            outputs: keys.map { Plan.Output("key\($0)", .column($0)) },
                            aggregates: [
                                Aggregate("rows", .count),
                                Aggregate("errors", .count, filter: isError),
                                Aggregate("count", .countValues(duration)),
                                Aggregate("mean", .mean(duration)),
                                Aggregate("least", .minimum(duration)),
                                Aggregate("greatest", .maximum(duration)),
                                Aggregate(
                                    ["a", "b", "c", "d"],
                                    .quantiles(duration, [0, 0.5, 0.95, 1], .interpolated)),
                                Aggregate(
                                    ["e", "f"], .quantiles(duration, [0.25, 0.99], .index),
                                    filter: condition),
                            ]))
                }
            }
        }
        return plans
    }

    private func answers(
        _ store: Store, _ budget: QueryBudget, isPlain: Bool = false
    ) throws -> [String] {
        let tables = store.snapshots.latest.tables(workspace: "default")
        return try plans().map { plan in
            var statistics = QueryStatistics()
            let table = try Executor.run(
                plan, tables: isPlain ? PlainTables(base: tables) : tables,
                budget: budget, statistics: &statistics)
            let rows = (0..<table.rowCount).map { row in
                table.columns.map { Cell($0.values, row) }
            }
            return "\(rows)"
        }
    }

    @Test(arguments: 1...3)
    func percentilesDoNotDependOnHowTheyAreFound(seed: UInt64) throws {
        var random = Random(seed: seed)
        let store = try Store.open(
            directory: "store", fileSystem: SimFileSystem(), randomness: Randomness(seed: seed))
        func check(_ state: String) throws {
            var collecting = QueryBudget()
            collecting.quantileValuesMax = .max
            let expected = try answers(store, collecting, isPlain: true)
            #expect(try answers(store, collecting) == expected, "\(state), kept")
            for (threads, isPlain) in [(1, false), (3, false), (3, true)] {
                var counting = QueryBudget()
                counting.quantileValuesMax = Int.random(in: 0...300, using: &random)
                counting.threads = threads
                counting.threadRowsMin = 1
                counting.morselRows = Int.random(in: 50...900, using: &random)
                #expect(
                    try answers(store, counting, isPlain: isPlain) == expected,
                    "\(state), \(threads) threads, \(isPlain ? "rows" : "kept")")
            }
        }
        try commit(0..<900, &random, to: store)
        try check("in memory")
        try store.seal()
        try check("sealed")
        try commit(600..<2_500, &random, to: store)
        try check("sealed and in memory")
        try store.compact(isEager: true)
        try commit(2_400..<2_900, &random, to: store)
        try check("compacted and in memory")
        try store.seal()
        try check("compacted and sealed, with superseded rows")
        try store.close()
    }
}
