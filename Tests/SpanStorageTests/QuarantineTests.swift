// A damaged segment: what needs it fails and names it, everything else goes on, and a restart does
// not trust it again.

import Glibc
import SpanColumns
import SpanFormat
import SpanModel
import SpanStorage
import SpanTesting
import Testing

@Suite struct QuarantineTests {
    /// A store whose first segment of spans (day 0) is damaged in its last byte.
    private static func damaged() throws -> (driver: StoreDriver, path: String) {
        let fixture = try StoreFixture()
        let path = try #require(
            fixture.files("segment-").first { fixture.disk.contents($0)?[12] == 1 })
        var bytes = try #require(fixture.disk.contents(path))
        bytes[bytes.count - 1] ^= 1
        var driver = fixture.driver
        try driver.open(on: fixture.disk(replacing: path, with: bytes))
        return (driver, path)
    }

    private static func spans(_ store: Store, day: Int64) throws(StoreError) -> Int {
        let source = try store.snapshots.latest.tables(workspace: "default")
            .source(Tables.spans, view: .raw)
        let times = day * StoreFixture.day...day * StoreFixture.day + 1_000
        let bound = ColumnBound.integerRange(column: SpanColumn.startTime, times)
        return try source.rowGroups(within: [bound]).count
    }

    private static func expectDamage(of path: String, _ body: () throws -> Void) {
        do {
            try body()
            Issue.record("no error")
        } catch StoreError.corruption(let file, _, _, _) {
            #expect(file == path)
        } catch {
            Issue.record("\(error)")
        }
    }

    @Test func onlyWhatOverlapsFails() throws {
        var (driver, path) = try Self.damaged()
        for _ in 0..<2 {
            Self.expectDamage(of: path) { _ = try Self.spans(driver.store, day: 0) }
            #expect(try Self.spans(driver.store, day: 3) > 0)
            for table in [Tables.metrics, Tables.scores, Tables.entities] {
                _ = try StoreFixture.answers(driver.store, table)
            }
            // Re-sends of what the segment holds, and new spans.
            try driver.commit([StoreFixture.span(1), StoreFixture.span(9, day: 3)])
            try driver.store.compact(isEager: true)
        }
        #expect(try Self.spans(driver.store, day: 3) > 0)
        Self.expectDamage(of: path) { _ = try Self.spans(driver.store, day: 0) }
    }

    @Test func aRestartDoesNotTrustASegmentAgainWhoseRowsCouldNotBeSuperseded() throws {
        var (driver, path) = try Self.damaged()
        try driver.commit([StoreFixture.span(1)])
        try driver.store.seal()
        try driver.store.close()
        // Even if the bytes come back: the old state of span 1 would show twice.
        let whole = try #require(StoreFixture().disk.contents(path))
        let disk = try #require(driver.fileSystem as? SimFileSystem)
        disk.replace(path, with: whole)
        let store = try StoreFixture.open(disk)
        Self.expectDamage(of: path) { _ = try StoreFixture.answers(store, Tables.spans) }
    }

    @Test func compactionGoesOnWithoutTheDamagedSegment() throws {
        let fixture = try StoreFixture()
        let path = try #require(
            fixture.files("segment-").first { fixture.disk.contents($0)?[12] == 1 })
        var bytes = try #require(fixture.disk.contents(path))
        bytes[64] ^= 1
        let store = try StoreFixture.open(fixture.disk(replacing: path, with: bytes))
        let job = try #require(store.planCompaction(isEager: true))
        Self.expectDamage(of: path) { _ = try job.run() }
        while let job = store.planCompaction(isEager: true) {
            try store.install(job, try job.run())
        }
        #expect(try Self.spans(store, day: 3) > 0)
        Self.expectDamage(of: path) { _ = try Self.spans(store, day: 0) }
    }

    @Test func afterAReadThatFailedNothingIsSealedUntilARestart() throws {
        let fixture = try StoreFixture()
        var driver = fixture.driver
        let disk = fixture.disk.restart()
        try driver.open(on: disk)
        let calls = disk.callCount
        try driver.commit([StoreFixture.span(1)])
        let map = try #require(
            disk.calls[calls...].firstIndex {
                $0.contains("mapReadOnly") && $0.contains("segment-")
            })
        // The same again, and now that mapping fails once.
        driver = fixture.driver
        let failing = fixture.disk.restart()
        try driver.open(on: failing)
        failing.setFaults(FaultPlan([FaultPlan.Failure(call: map + 1, errno: EMFILE)]))
        try driver.commit([StoreFixture.span(1)])
        #expect(throws: StoreError.self) { try driver.store.seal() }
        #expect(driver.store.failure != nil)
        try driver.open(on: failing.restart())
        #expect(try driver.difference() == nil)
        try driver.store.compact(isEager: true)
        #expect(try driver.difference() == nil)
    }
}
