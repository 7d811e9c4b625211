// Retention: rows go by the day of their time, tables and projects by their own policies, compacted days
// whole and unread; what is left answers as if the rest had never been.

import SpanAnalytics
import SpanColumns
import SpanFormat
import SpanModel
import SpanPlatform
import SpanStorage
import SpanTesting
import Testing

@Suite struct RetentionTests {
    private static let day: Int64 = 86_400_000_000_000
    /// In the middle of day 1,000.
    private static let now = 1_000 * day + day / 2

    private static func makeWriter(_ disk: SimFileSystem) throws(StoreError) -> StoreWriter {
        var options = StoreDriver.smallOptions
        options.rollupMaker = StoreRollups()
        let store = try Store.open(
            directory: "store", fileSystem: disk, options: options,
            randomness: Randomness(seed: 1))
        return StoreWriter(store: store) { _ in }
    }

    private static func commit(_ writer: StoreWriter, _ batch: ColumnBatch) throws {
        let commit = try PreparedCommit(
            workspace: "default", batches: [batch], token: nil, ingestTime: now)
        writer.submit(commit, onThisThread: true) { result in
            #expect(result == .success(.stored))
        }
    }

    /// A span of a session of its own that started so many days ago.
    private static func span(age: Int64, project: String = "p") -> ReferenceRecord {
        ReferenceRecord(
            table: Tables.spans, kind: .complete,
            fields: [
                SpanColumn.traceID: .text("t\(age)\(project)"), SpanColumn.spanID: .text("s"),
                SpanColumn.source: .text("native"), SpanColumn.project: .text(project),
                SpanColumn.startTime: .integer(now - age * day),
                SpanColumn.sessionID: .text("\(age)\(project)"),
                SpanColumn.inputTokens: .integer(10),
            ])
    }

    private static func score(age: Int64) -> ReferenceRecord {
        ReferenceRecord(
            table: Tables.scores, kind: .complete,
            fields: [
                ScoreColumn.sessionID: .text("\(age)p"), ScoreColumn.name: .text("helpful"),
                ScoreColumn.source: .text("evaluator"), ScoreColumn.value: .float((1.0).bitPattern),
                ScoreColumn.time: .integer(now - age * day),
            ])
    }

    private static func set(_ writer: StoreWriter, _ parameters: [String: String]) throws {
        try commit(writer, try RetentionPolicies.entity(parameters))
    }

    private static func sweep(_ writer: StoreWriter) throws(StoreError) -> EraseReceipt {
        try RetentionPolicies.sweep(workspace: "default", writer: writer, now: now)
    }

    private static func answer(
        _ writer: StoreWriter, _ statement: String
    ) throws -> [[String: Cell]] {
        let tables = writer.snapshots.latest.tables(workspace: "default")
        return rows(try SQLQuestion.answer(statement, tables: tables, now: now))
    }

    private static func sessions(_ writer: StoreWriter) throws -> [Cell?] {
        try answer(writer, "SELECT session_id FROM sessions ORDER BY 1").map { $0["session_id"] }
    }

    /// 90 days: a span of 91 days is gone after the sweep, its evaluator's score stays.
    @Test(arguments: [false, true])
    func spansGoAndScoresStay(isCompacted: Bool) throws {
        let disk = SimFileSystem()
        var writer = try Self.makeWriter(disk)
        let ages: [Int64] = [0, 89, 90, 91, 200]
        try Self.commit(
            writer, ColumnBatch.of(ages.map { Self.span(age: $0) }, table: Tables.spans))
        try Self.commit(
            writer, ColumnBatch.of(ages.map { Self.score(age: $0) }, table: Tables.scores))
        #expect(try Self.sweep(writer).rowCount == 0)
        try Self.set(writer, ["days": "90"])
        if isCompacted { try writer.compact() }
        // The policy is as durable as any write.
        try writer.stop()
        let again = disk.restart()
        writer = try Self.makeWriter(again)
        let first = again.calls.count
        #expect(try Self.sweep(writer).rowCount == 2)
        #expect(
            try Self.sessions(writer) == ["0p", "89p", "90p"].map { Cell.string($0) })
        #expect(
            try Self.answer(writer, "SELECT count(*) AS n, sum(input_tokens) AS t FROM spans_raw")
                == [["n": .integer(3), "t": .integer(30)]])
        #expect(
            try Self.answer(writer, "SELECT count(*) AS n FROM scores")
                == [["n": .integer(5)]])
        if isCompacted {
            // The segments of the two days were never opened.
            let gone = again.calls[first...].filter {
                $0.hasPrefix("unlink") && $0.contains("/segment-")
            }
            #expect(gone.count == 2)
            for call in gone {
                let path = call.dropFirst("unlink ".count)
                #expect(!again.calls[first...].contains("mapReadOnly \(path)"))
            }
        }
        #expect(try Self.sweep(writer).rowCount == 0)
        try Self.set(writer, ["days": "7", "table": "scores"])
        #expect(try Self.sweep(writer).rowCount == 4)
        try writer.stop()
    }

    @Test func aProjectsPolicyGoesBefore() throws {
        let writer = try Self.makeWriter(SimFileSystem())
        let spans = [1, 20, 50, 99].flatMap { age in
            ["p", "short", "long"].map { Self.span(age: age, project: $0) }
        }
        try Self.commit(writer, ColumnBatch.of(spans, table: Tables.spans))
        try writer.compact()
        try Self.set(writer, ["days": "30"])
        try Self.set(writer, ["days": "10", "project": "short"])
        try Self.set(writer, ["days": "60", "project": "long"])
        let policies = try RetentionPolicies(
            tables: writer.snapshots.latest.tables(workspace: "default"))
        #expect(policies.policies.map(\.days) == [30, 60, 10])
        _ = try Self.sweep(writer)
        let left = ["1long", "1p", "1short", "20long", "20p", "50long"]
        #expect(try Self.sessions(writer) == left.map { Cell.string($0) })
        try Self.set(writer, ["forever": "true", "project": "long"])
        _ = try Self.sweep(writer)
        #expect(try Self.sessions(writer) == left.dropLast().map { Cell.string($0) })
        try writer.stop()
    }

    @Test func whatIsNoPolicyIsRefused() {
        for parameters in [
            [:], ["days": "0"], ["days": "3", "forever": "true"], ["days": "x"],
            ["days": "3", "table": "entities"], ["days": "3", "table": "nothing"],
            ["days": "3", "table": "scores", "project": "p"], ["day": "3"],
        ] {
            #expect(throws: StoreError.self) { try RetentionPolicies.entity(parameters) }
        }
    }

    /// Each write goes by its own time, a patch by its arrival; what dedup shows by the state's.
    @Test(arguments: 0..<20)
    func writesGoByTheirOwnTime(seed: Int) throws {
        var driver = try StoreDriver(fileSystem: SimFileSystem(), seed: UInt64(seed))
        for step in 0..<12 {
            try driver.commit(countMax: 20)
            if step % 5 == seed % 5 { try driver.store.compact(isEager: true) }
            if step % 3 == 1 { try driver.store.seal() }
        }
        let firstDay: Int64 = 1
        var erasure = TableErasure(
            Tables.spans, [.before(column: SpanColumn.startTime, firstDay * Self.day)])
        erasure.isByIdentity = false
        erasure.wholeDaysBefore = firstDay
        var request = EraseRequest(workspace: "default", tables: [erasure])
        request.leavesNoBytes = false
        _ = try driver.store.erase(request)
        let isLeft: ([Int: ReferenceValue]) -> Bool = { fields in
            guard case .integer(let start)? = fields[SpanColumn.startTime] else { return true }
            return start >= firstDay * Self.day
        }
        for _ in 0..<2 {
            let tables = driver.store.snapshots.latest.tables(workspace: "default")
            for view in View.allCases {
                #expect(
                    try TableReader.rows(try tables.source(Tables.spans, view: view))
                        == driver.reference.rows(Tables.spans, view, where: isLeft),
                    "seed \(seed) \(view)")
            }
            try driver.reopen()
        }
    }
}
