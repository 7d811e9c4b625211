// What segments keep per group changes no answer: questions answered through rollups are what their
// rows say, whatever seals, compactions, restarts, re-sends, patches and tombstones lie between.

import SpanAnalytics
import SpanColumns
import SpanFormat
import SpanModel
import SpanQuery
import SpanStorage
import SpanTesting
import Testing

@Suite struct RollupTests {
    private static let day = "1970-01-02T00:00:00Z"

    private let questions: [(String, [String: String])] = [
        ("sessions", [:]),
        ("sessions", ["order": "cost_usd:desc", "limit": "2", "offset": "1"]),
        ("sessions", ["order": "status,worst_status:desc", "limit": "3"]),
        ("sessions", ["order": "span_count", "page": "2", "page_size": "2"]),
        ("sessions", ["order": "session_id:desc", "limit": "2"]),
        ("sessions", ["order": "test_case_id:desc,cost_usd", "limit": "1"]),
        ("sessions", ["by": "status,project"]), ("sessions", ["bucket": "1d"]),
        ("sessions", ["experiment": "experiment-1"]),
        ("sessions", ["status": "ok"]), ("sessions", ["project": "project-1"]),
        ("sessions", ["from": day]), ("sessions", ["view": "raw"]),
        ("sessions", ["where": "input_tokens > 60 OR test_case_id = 'case-1'"]),
        ("sessions", ["where": "models LIKE '%model-2%' AND ended_at IS NULL"]),
        ("traces", ["order": "cost_usd:desc"]), ("traces", ["limit": "3", "offset": "1"]),
        ("traces", ["order": "started_at:desc", "limit": "2"]),
        ("costs", [:]), ("costs", ["by": "model", "bucket": "1d"]),
        ("costs", ["by": "provider,project", "bucket": "1w"]),
        ("costs", ["by": "model", "bucket": "1h"]), ("costs", ["by": "status"]),
        ("costs", ["by": "project", "from": day, "to": "1970-01-04T00:00:00Z"]),
        ("costs", ["from": "1970-01-02T00:00:01Z"]), ("costs", ["project": "project-2"]),
        ("costs", ["view": "raw"]), ("costs", ["where": "status = 'ok'"]),
        ("metrics/names", ["run": "0"]), ("metrics/names", ["project": "default"]),
        ("metrics/stats", ["run": "0"]), ("metrics/stats", ["run": "1", "view": "raw"]),
        ("metrics/stats", ["run": "1", "name": "loss-1"]),
        ("metrics/stats", ["run": "1", "where": "step > 9"]),
        ("metrics/stats", ["run": "no such run"]),
        ("metrics/compare", ["runs": "1,0", "name": "loss-2"]),
        ("metrics/leaderboard", ["name": "loss-0", "aggregation": "mean"]),
        ("metrics/heartbeat", [:]),
        ("latency", [:]), ("latency", ["method": "index"]), ("latency", ["view": "raw"]),
        ("latency", ["project": "project-1"]),
        ("latency", ["from": day, "to": "1970-01-04T00:00:00Z"]),
        ("latency", ["from": "1970-01-01T00:00:00Z", "view": "raw", "method": "index"]),
        ("latency", ["by": "agent_name,status"]),
        ("latency", ["where": "status = 'error'"]), ("latency", ["bucket": "1d"]),
    ]

    private let statements = [
        "SELECT * FROM sessions",
        "SELECT session_id, cost_usd FROM sessions LIMIT 3",
        "SELECT status, count(*), sum(cost_usd), max(ended_at) FROM sessions GROUP BY 1 ORDER BY 1",
        """
        SELECT agent_name, count(*), count(*) FILTER (WHERE status = 'error'),
            quantile_cont(duration_ms, 0.9), median(duration_ns), avg(duration_ms), sum(duration_ns), min(duration_ns)
        FROM spans GROUP BY agent_name ORDER BY agent_name
        """,
        "SELECT agent_name, count(*) FROM spans_raw GROUP BY 1 ORDER BY 2, 1",
        "SELECT count(*), max(duration_ns) FROM spans WHERE start_time >= '1970-01-02'",
        "SELECT arg_min(session_id, span_count) FROM sessions WHERE models LIKE '%model-1%'",
    ]

    /// Equal, but for the last digits of doubles, which depend on the order of additions.
    private func areClose(_ left: [[String: Cell]], _ right: [[String: Cell]]) -> Bool {
        left.count == right.count
            && zip(left, right).allSatisfy { left, right in
                left.count == right.count
                    && left.allSatisfy { name, cell in
                        guard case .float(let ours) = cell, case .float(let theirs)? = right[name]
                        else { return cell == right[name] }
                        return ours == theirs || abs(ours - theirs) <= 1e-12 * abs(theirs)
                            || ours.isNaN && theirs.isNaN
                    }
            }
    }

    private func differences(_ store: Store) throws -> [String] {
        let tables = store.snapshots.latest.tables(workspace: "default")
        let plain = PlainTables(base: tables)
        var found: [String] = []
        for (name, parameters) in questions {
            let (left, right) = (
                try Questions.answer(name, parameters: parameters, tables: tables, now: 0),
                try Questions.answer(name, parameters: parameters, tables: plain, now: 0)
            )
            if !areClose(rows(left), rows(right))
                || left.table.totalCount != right.table.totalCount
            {
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
    private func counts(
        _ store: Store, _ table: TableSchema, _ rollup: RollupSchema
    ) throws -> (Int, Int) {
        let tables = store.snapshots.latest.tables(workspace: "default")
        let source = try tables.source(table, view: .dedup)
        func count(_ groups: [any RowGroup]) throws -> Int {
            try groups.reduce(0) { $0 + (try $1.selection()?.count ?? $1.rowCount) }
        }
        if rollup.wholeKey != nil {
            guard let rolled = try source.rolledGroups(rollup) else { return (0, 0) }
            return (
                try count(rolled.entries),
                try rolled.rest.reduce(0) { $0 + (try count($1.rowGroups(within: []))) }
            )
        }
        guard let rolled = try source.rolledUp(rollup, within: []) else { return (0, 0) }
        return (try count(rolled.entries), try count(try rolled.rest.rowGroups(within: [])))
    }

    /// Rows that lengths stand for, and rows that none stands for.
    private func lengthCounts(_ store: Store, _ view: View) throws -> (Int, Int) {
        let tables = store.snapshots.latest.tables(workspace: "default")
        let source = try tables.source(Tables.spans, view: view)
        guard let rolled = try source.rolledLengths(Rollups.latencies, within: []) else {
            return (0, 0)
        }
        let rest = try rolled.rest.rowGroups(within: []).reduce(0) {
            $0 + (try $1.selection()?.count ?? $1.rowCount)
        }
        return (rolled.entries.reduce(0) { $0 + $1.rowCount }, rest)
    }

    @Test func lengthsStandForAllRowsThatAreNotRead() throws {
        var (entries, rest) = (0, 0)
        for seed in 0..<3 {
            try play(seed: seed) { store, place in
                let tables = store.snapshots.latest.tables(workspace: "default")
                for view in [View.dedup, .raw] {
                    let found = try lengthCounts(store, view)
                    entries += found.0
                    rest += found.1
                    let notes = try Questions.answer(
                        "latency", parameters: ["view": view == .raw ? "raw" : "dedup"],
                        tables: tables, now: 0
                    ).explain.notes
                    #expect(
                        found.0 == 0
                            || notes.contains {
                                $0.hasPrefix("rollup latencies: ")
                                    && $0.hasSuffix(" entries read for \(found.0) rows")
                            }, "\(place): \(notes)")
                }
                return true
            }
        }
        #expect(entries > 0)
        #expect(rest > 0)
    }

    /// Prices with tiers for some of the models that records have, and others for a later time: of
    /// every third seed at once, from the start of a day, from within one.
    private static func prices(seed: Int) throws -> [ReferenceRecord] {
        let tables = [
            (
                #"""
                {"model-0":{"input_cost_per_token":3e-6,"output_cost_per_token":15e-6,
                 "input_cost_per_token_above_50_tokens":6e-6},
                 "provider-0/model-1":{"input_cost_per_token":1e-6,"cache_read_input_token_cost":1e-7}}
                """#, nil
            ),
            (
                #"{"model-0":{"input_cost_per_token":1e-6}}"#,
                ["1970-01-03T00:00:00Z", "1970-01-03T23:59:59.999999998Z"][seed % 2]
            ),
        ]
        return try tables.prefix(seed % 3 == 0 ? 1 : 2).map { json, from in
            let table = try PriceTable(
                json: Array(json.utf8), effectiveFrom: from.flatMap { Instant.parse($0) })
            return ReferenceRecord(
                table: Tables.entities, kind: .complete,
                fields: [
                    EntityColumn.kind: .text(PriceBook.kind),
                    EntityColumn.project: .text("default"), EntityColumn.name: .text(table.id),
                    EntityColumn.body: .text(String(decoding: table.json, as: UTF8.self)),
                ])
        }
    }

    /// Calls `check` after each of some random operations; stops when it says so.
    private func play(seed: Int, _ check: (Store, String) throws -> Bool) throws {
        var options = StoreDriver.smallOptions
        options.rollupMaker = StoreRollups()
        var driver = try StoreDriver(
            fileSystem: SimFileSystem(), seed: UInt64(seed), options: options)
        var random = SeededGenerator(seed: UInt64(seed) &+ 500)
        try driver.commit(Self.prices(seed: seed))
        for step in 0..<30 {
            let operation = random.next() % 12
            switch operation {
            case 0, 1, 2: try driver.store.seal()
            case 3: try driver.store.compact()
            case 4: try driver.store.compact(isEager: true)
            case 5: try driver.reopen()
            case 7: try driver.eraseSpans(SpanColumn.sessionID, "session-\(random.next() % 6)")
            default: try driver.commit(countMax: operation == 6 ? 60 : 4)
            }
            guard try check(driver.store, "step \(step) after \(operation)") else { return }
        }
    }

    @Test(arguments: 0..<16) func answersAreThoseOfTheRows(seed: Int) throws {
        try play(seed: seed) { store, place in
            let differences = try differences(store)
            #expect(differences.isEmpty, "seed \(seed) \(place)")
            return differences.isEmpty
        }
    }

    /// The sessions of a snapshot, and those that its rows have.
    private func sessions(
        _ tables: any TableProvider
    ) throws -> (found: [[String: Cell]], wanted: [[String: Cell]], notes: [String]) {
        let found = try Questions.answer("sessions", parameters: [:], tables: tables, now: 0)
        let wanted = try Questions.answer(
            "sessions", parameters: [:], tables: PlainTables(base: tables), now: 0)
        return (rows(found), rows(wanted), found.explain.notes)
    }

    /// Questions now and then, in no order of snapshots, while other operations lie between them.
    @Test func whatAnEarlierMomentFoundOutIsUsedWhileItHolds() throws {
        let fromKnown = /entries read, [1-9][0-9]* known/
        var known = 0
        for seed in 0..<24 {
            var random = SeededGenerator(seed: UInt64(seed) &+ 900)
            var held: [any TableProvider] = []
            try play(seed: seed) { store, place in
                held.append(store.snapshots.latest.tables(workspace: "default"))
                if random.next() % 3 > 0 { return true }
                for _ in 0..<3 {
                    let age = Int(random.next() % UInt64(min(held.count, 4)))
                    let (found, wanted, notes) = try sessions(held[held.count - 1 - age])
                    #expect(areClose(found, wanted), "seed \(seed) \(place), \(age) before")
                    known += notes.contains { $0.contains(fromKnown) } ? 1 : 0
                }
                return true
            }
        }
        #expect(known > 20)
    }

    @Test func entriesAndRowsAreBothRead() throws {
        var entries: [String: Int] = [:]
        var rest: [String: Int] = [:]
        for seed in 0..<3 {
            try play(seed: seed) { store, _ in
                for table in Tables.all {
                    for rollup in table.rollups {
                        let found = try counts(store, table, rollup)
                        entries[rollup.name, default: 0] += found.0
                        rest[rollup.name, default: 0] += found.1
                    }
                }
                return true
            }
        }
        for rollup in Tables.all.flatMap(\.rollups) {
            #expect(entries[rollup.name, default: 0] > 0, "\(rollup.name)")
            #expect(rest[rollup.name, default: 0] > 0, "\(rollup.name)")
        }
    }

    @Test func explainTellsWhatWasReadInPlaceOfRows() throws {
        try play(seed: 1) { store, place in
            let tables = store.snapshots.latest.tables(workspace: "default")
            for (name, rollup) in [("sessions", Rollups.sessions), ("costs", Rollups.costs)] {
                let notes = try Questions.answer(name, parameters: [:], tables: tables, now: 0)
                    .explain.notes
                let entries = try counts(store, Tables.spans, rollup).0
                let isTold = notes.contains {
                    $0.hasPrefix("rollup \(name): \(entries) entries read, ")
                }
                // A workspace without spans has no table to ask.
                #expect(isTold || notes.isEmpty && entries == 0, "\(place): \(notes)")
            }
            return true
        }
    }

    @Test func whatAQuestionKeepsGoesWithItsSnapshot() throws {
        var options = StoreDriver.smallOptions
        options.rollupMaker = StoreRollups()
        let fileSystem = SimFileSystem()
        var driver = try StoreDriver(fileSystem: fileSystem, seed: 3, options: options)
        var generator = RecordGenerator(seed: 3)
        let directory = "\(driver.directory)/\(FileNames.workspaceDirectory(1))"
        for _ in 0..<3 {
            try driver.commit((0..<40).map { _ in generator.record(of: Tables.spans) })
            try driver.store.seal()
        }
        let old = Set(try fileSystem.list(directory).filter { $0.hasSuffix(".seg") })
        #expect(old.count == 3)
        #expect(try differences(driver.store).isEmpty)
        try driver.store.compact(isEager: true)
        // A merged segment's file goes with its last reader.
        #expect(try old.isDisjoint(with: fileSystem.list(directory)))
    }
}
