// What segments keep per group changes no answer: questions answered through rollups are what their
// rows say, whatever seals, compactions, restarts, re-sends, patches and tombstones lie between.

import SpanAnalytics
import SpanColumns
import SpanModel
import SpanQuery
import SpanStorage
import SpanTesting
import Testing

@Suite struct RollupTests {
    /// The tables of a store without their rollups.
    private struct PlainTables: TableProvider {
        let base: any TableProvider

        func source(_ table: TableSchema, view: View) throws(StoreError) -> any ColumnSource {
            PlainSource(base: try base.source(table, view: view))
        }
    }

    private struct PlainSource: ColumnSource {
        let base: any ColumnSource

        var schema: TableSchema { base.schema }
        var rowCount: Int { base.rowCount }

        func rowGroups(within bounds: [ColumnBound]) throws(StoreError) -> [any RowGroup] {
            try base.rowGroups(within: bounds)
        }
    }

    private static let day = "1970-01-02T00:00:00Z"

    private let questions: [(String, [String: String])] = [
        ("sessions", [:]),
        ("sessions", ["order": "cost_usd:desc", "limit": "2", "offset": "1"]),
        ("sessions", ["order": "status,worst_status:desc", "limit": "3"]),
        ("sessions", ["order": "span_count", "page": "2", "page_size": "2"]),
        ("sessions", ["experiment": "experiment-1"]),
        ("sessions", ["status": "ok"]), ("sessions", ["project": "project-1"]),
        ("sessions", ["from": day]), ("sessions", ["view": "raw"]),
        ("sessions", ["where": "input_tokens > 60 OR test_case_id = 'case-1'"]),
        ("sessions", ["where": "models LIKE '%model-2%' AND ended_at IS NULL"]),
        ("costs", [:]), ("costs", ["by": "model", "bucket": "1d"]),
        ("costs", ["by": "provider,project", "bucket": "1w"]),
        ("costs", ["by": "model", "bucket": "1h"]), ("costs", ["by": "status"]),
        ("costs", ["by": "project", "from": day, "to": "1970-01-04T00:00:00Z"]),
        ("costs", ["from": "1970-01-02T00:00:01Z"]), ("costs", ["project": "project-2"]),
        ("costs", ["view": "raw"]), ("costs", ["where": "status = 'ok'"]),
    ]

    private let statements = [
        "SELECT * FROM sessions",
        "SELECT session_id, cost_usd FROM sessions LIMIT 3",
        "SELECT status, count(*), sum(cost_usd), max(ended_at) FROM sessions GROUP BY 1 ORDER BY 1",
        "SELECT arg_min(session_id, span_count) FROM sessions WHERE models LIKE '%model-1%'",
    ]

    private func differences(_ store: Store) throws -> [String] {
        let tables = store.snapshots.latest.tables(workspace: "default")
        let plain = PlainTables(base: tables)
        var found: [String] = []
        for (name, parameters) in questions {
            let (left, right) = (
                try Questions.answer(name, parameters: parameters, tables: tables, now: 0),
                try Questions.answer(name, parameters: parameters, tables: plain, now: 0)
            )
            if rows(left) != rows(right) || left.table.totalCount != right.table.totalCount {
                found.append("\(name) \(parameters): \(rows(left)) instead of \(rows(right))")
            }
        }
        for statement in statements {
            let left = try SQLQuestion.answer(statement, tables: tables, now: 0)
            let right = try SQLQuestion.answer(statement, tables: plain, now: 0)
            if rows(left) != rows(right) {
                found.append("\(statement): \(rows(left)) instead of \(rows(right))")
            }
        }
        return found
    }

    /// Entries that count, and rows that none stands for.
    private func counts(_ store: Store, _ rollup: RollupSchema) throws -> (Int, Int) {
        let tables = store.snapshots.latest.tables(workspace: "default")
        let spans = try tables.source(Tables.spans, view: .dedup)
        guard let rolled = try spans.rolledUp(rollup, within: []) else { return (0, 0) }
        func count(_ groups: [any RowGroup]) throws -> Int {
            try groups.reduce(0) { $0 + (try $1.selection()?.count ?? $1.rowCount) }
        }
        return (try count(rolled.entries), try count(try rolled.rest.rowGroups(within: [])))
    }

    @Test(arguments: 0..<24) func answersAreThoseOfTheRows(seed: Int) throws {
        var options = StoreDriver.smallOptions
        options.rollupMaker = StoreRollups()
        var driver = try StoreDriver(
            fileSystem: SimFileSystem(), seed: UInt64(seed), options: options)
        var random = SeededGenerator(seed: UInt64(seed) &+ 500)
        var (entries, rest) = (0, 0)
        for step in 0..<30 {
            let operation = random.next() % 12
            switch operation {
            case 0, 1, 2: try driver.store.seal()
            case 3: try driver.store.compact()
            case 4: try driver.store.compact(isEager: true)
            case 5: try driver.reopen()
            default: try driver.commit(countMax: operation == 6 ? 60 : 4)
            }
            let differences = try differences(driver.store)
            #expect(differences.isEmpty, "seed \(seed) step \(step) after \(operation)")
            if !differences.isEmpty { return }
            for rollup in Tables.spans.rollups {
                let found = try counts(driver.store, rollup)
                entries += found.0
                rest += found.1
            }
        }
        // Both ways were taken.
        #expect(entries > 0 && rest > 0)
    }
}
