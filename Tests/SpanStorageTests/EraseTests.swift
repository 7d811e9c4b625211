// Erasing: both views are those of a store that never had the rows, a crash leaves all of them or none,
// writes that come meanwhile are not lost, and an erased identity is unknown.

import Glibc
import SpanColumns
import SpanFormat
import SpanModel
import SpanPlatform
import SpanStorage
import SpanTesting
import Testing

@Suite struct EraseTests {
    @Test(arguments: 0..<30)
    func whatIsLeftIsWhatTheReferenceHas(seed: Int) throws {
        var driver = try StoreDriver(fileSystem: SimFileSystem(), seed: UInt64(seed))
        var random = SeededGenerator(seed: UInt64(seed) &+ 2_000)
        var erasures = 0
        for step in 0..<40 {
            let operation = random.next() % 12
            let number = random.next() % 5
            switch operation {
            case 0: try driver.store.seal()
            case 1: try driver.store.compact(isEager: true)
            case 2: try driver.store.compact(isEager: true, recompresses: true)
            case 3: try driver.reopen()
            case 4: try driver.eraseSpans(SpanColumn.sessionID, "session-\(number)")
            case 5 where number == 0:
                try driver.eraseSpans(SpanColumn.traceID, String(repeating: "a", count: 31) + "2")
            case 5 where number == 1: try driver.eraseSpans(SpanColumn.project, "project-1")
            default: try driver.commit(countMax: operation == 6 ? 60 : 8)
            }
            if operation == 4 { erasures += 1 }
            let difference = try driver.difference()
            #expect(difference == nil, "seed \(seed) step \(step) after \(operation)")
            if difference != nil { return }
        }
        #expect(erasures > 0 || seed > 0)
    }

    /// Metrics, entities and times: conditions on parts of an identity, and on what lies outside.
    @Test func otherTablesAndTimes() throws {
        var driver = try StoreDriver(fileSystem: SimFileSystem(), seed: 5)
        for _ in 0..<30 { try driver.commit(countMax: 20) }
        try driver.store.compact(isEager: true)
        for _ in 0..<5 { try driver.commit(countMax: 20) }
        let request = EraseRequest(
            workspace: "default",
            tables: [
                TableErasure(Tables.metrics, [.equals(column: MetricColumn.runID, "1")]),
                TableErasure(
                    Tables.entities,
                    [
                        .isOne(column: EntityColumn.kind, of: ["run", "other"]),
                        .isNone(column: EntityColumn.name, of: ["e-2"]),
                    ]),
                TableErasure(Tables.spans, [.before(column: SpanColumn.startTime, 1)]),
            ])
        let counted = try driver.store.planErase(request).preview().rowCount
        let before = driver.reference.writes.count
        let receipt = try driver.store.erase(request)
        driver.reference.erase(Tables.metrics) { $0[MetricColumn.runID] == .text("1") }
        driver.reference.erase(Tables.entities) {
            $0[EntityColumn.kind] == .text("run") && $0[EntityColumn.name] != .text("e-2")
        }
        driver.reference.erase(Tables.spans) {
            if case .integer(let start)? = $0[SpanColumn.startTime] { start < 1 } else { false }
        }
        #expect(try driver.difference() == nil)
        #expect(receipt.rowCount == before - driver.reference.writes.count)
        #expect(receipt.rowCount > 20 && counted <= receipt.rowCount)
        #expect(
            receipt.lines.map(\.place) == [
                "spans", "metrics", "entities", "wal", "quarantine",
            ])
        try driver.reopen()
        #expect(try driver.difference() == nil)
    }

    /// A score goes when what it is about does: a span, a trace or session of which nothing is left.
    @Test func scoresGoWithTheirSpans() throws {
        var driver = try StoreDriver(fileSystem: SimFileSystem(), seed: 5)
        // Spans 1 and 3 are of trace 1, span 2 of trace 0; spans 1 and 2 are to be erased.
        try driver.commit([
            StoreFixture.span(1, text: "gone"), StoreFixture.span(2, text: "gone"),
            StoreFixture.span(3),
        ])
        func score(_ name: String, _ trace: Int, span: Int? = nil) -> ReferenceRecord {
            var fields: [Int: ReferenceValue] = [
                ScoreColumn.traceID: .text(StoreFixture.traceID(trace)),
                ScoreColumn.name: .text(name), ScoreColumn.source: .text("native"),
                ScoreColumn.value: .float((0.5).bitPattern),
            ]
            if let span { fields[ScoreColumn.spanID] = .text("s\(span)") }
            return ReferenceRecord(table: Tables.scores, kind: .complete, fields: fields)
        }
        try driver.commit([
            score("of span 1", 1, span: 1), score("of span 3", 1, span: 3),
            score("of trace 1", 1), score("of trace 0", 0), score("of no trace", 7),
        ])
        let request = EraseRequest(
            workspace: "default",
            tables: [
                TableErasure(
                    Tables.spans, [.isNone(column: SpanColumn.project, of: ["p3"])])
            ],
            dependents: DependentRows(
                Tables.scores, of: Tables.spans,
                keys: [
                    .init(
                        dependent: [ScoreColumn.traceID, ScoreColumn.spanID],
                        target: [SpanColumn.traceID, SpanColumn.spanID]),
                    .init(dependent: [ScoreColumn.traceID], target: [SpanColumn.traceID]),
                ]))
        _ = try driver.store.erase(request)
        driver.reference.erase(Tables.spans) { $0[SpanColumn.project] != .text("p3") }
        driver.reference.erase(Tables.scores) {
            [.text("of span 1"), .text("of trace 0")].contains($0[ScoreColumn.name])
        }
        #expect(try driver.difference() == nil)
    }

    @Test func anErasedIdentityIsUnknown() throws {
        let disk = SimFileSystem()
        var driver = try StoreDriver(fileSystem: disk, seed: 5)
        try StoreFixture.commitKeyed(
            &driver, [StoreFixture.span(1), StoreFixture.span(3)], key: 7)
        try driver.commit([StoreFixture.span(1, kind: .patch, text: "patched")])
        try driver.commit([StoreFixture.span(2)])
        try driver.eraseSpans(SpanColumn.traceID, StoreFixture.traceID(1))
        #expect(try driver.difference() == nil)
        #expect(try StoreFixture.trace(driver.store, 1) == 0)
        // The same batch again is a retry of one that was stored.
        try StoreFixture.commitKeyed(
            &driver, [StoreFixture.span(1), StoreFixture.span(3)], key: 7)
        #expect(try driver.difference() == nil)
        // The same span sent as another batch is new: no patch waits for it, no write is above it.
        try driver.commit([StoreFixture.span(1)])
        #expect(try driver.difference() == nil)
        #expect(try StoreFixture.trace(driver.store, 1) == 1)
        try driver.reopen()
        #expect(try driver.difference() == nil)
    }

    @Test func writesMeanwhileAreKeptOrErasedToo() throws {
        var driver = try StoreDriver(fileSystem: SimFileSystem(), seed: 5)
        let request = StoreDriver.erasure(SpanColumn.project, "p1")
        try driver.commit([StoreFixture.span(1), StoreFixture.span(2)])
        try driver.store.seal()
        // Another identity: it stays, in a new segment.
        let job = try driver.store.planErase(request)
        let written = try job.run()
        try driver.commit([StoreFixture.span(4), StoreFixture.span(2, kind: .patch, text: "late")])
        let receipt = try driver.store.install(job, written)
        #expect(receipt?.rowCount == 1)
        driver.reference.erase(Tables.spans) { $0[SpanColumn.project] == .text("p1") }
        #expect(try driver.difference() == nil)
        // A write that fits, and a patch of an identity that goes: the job is worth nothing.
        for late in [StoreFixture.span(1), StoreFixture.span(1, kind: .patch, text: "late")] {
            try driver.commit([StoreFixture.span(1)])
            try driver.store.seal()
            let job = try driver.store.planErase(request)
            let written = try job.run()
            try driver.commit([late])
            #expect(try driver.store.install(job, written) == nil)
            #expect(try driver.difference() == nil)
            try driver.eraseSpans(SpanColumn.project, "p1")
            #expect(try driver.difference() == nil)
        }
        try driver.reopen()
        #expect(try driver.difference() == nil)
    }

    @Test func aReaderKeepsItsSnapshot() throws {
        var driver = try StoreDriver(fileSystem: SimFileSystem(), seed: 5)
        try driver.commit([StoreFixture.span(1), StoreFixture.span(2)])
        try driver.store.seal()
        let before = driver.store.snapshots.latest.tables(workspace: "default")
        try driver.eraseSpans(SpanColumn.project, "p1")
        let source = try before.source(Tables.spans, view: .dedup)
        #expect(try TableReader.rows(source).count == 2)
        #expect(try driver.difference() == nil)
    }

    @Test func aSegmentThatCannotBeReadRefuses() throws {
        let fixture = try StoreFixture()
        let path = try #require(fixture.files("workspace-0000000000000001/segment-").first)
        var bytes = try #require(fixture.disk.contents(path))
        for offset in 64..<bytes.count - 200 { bytes[offset] ^= 0xff }
        let store = try StoreFixture.open(fixture.disk(replacing: path, with: bytes))
        let sealed = store.sealedSequence
        #expect(throws: StoreError.self) {
            try store.erase(StoreDriver.erasure(SpanColumn.project, "p3"))
        }
        #expect(store.failure == nil && store.sealedSequence == sealed)
    }

    @Test func theWriterErasesBesideCommits() throws {
        let disk = SimFileSystem()
        var options = StoreFixture.options
        options.walFileBytes = 1 << 20
        let store = try Store.open(
            directory: "store", fileSystem: disk, options: options, randomness: Randomness(seed: 1))
        let writer = StoreWriter(store: store) { _ in }
        for number in 1...40 {
            let commit = try PreparedCommit(
                workspace: "default",
                batches: [ColumnBatch.of([StoreFixture.span(number)], table: Tables.spans)],
                token: nil, ingestTime: 1)
            writer.submit(commit, onThisThread: true) { _ in }
        }
        let request = StoreDriver.erasure(SpanColumn.traceID, StoreFixture.traceID(1))
        #expect(try writer.previewErase(request).rowCount == 20)
        #expect(try writer.erase(request).rowCount == 20)
        #expect(try writer.erase(request).rowCount == 0)
        let source = try writer.snapshots.latest.tables(workspace: "default")
            .source(Tables.spans, view: .raw)
        #expect(try TableReader.rows(source).count == 20)
        try writer.stop()
    }
}
