// Promise R7: a start in spite of damage. What can be made again is; what is lost is named and its
// bytes are kept; a segment that comes back is brought together with what was written meanwhile.

import SpanFormat
import SpanModel
import SpanPlatform
import SpanStorage
import SpanTesting
import Testing

@Suite struct StoreRecoveryTests {
    private static func recovering(discard: Bool = false) -> StoreOptions {
        var options = StoreFixture.options
        options.recovers = true
        options.discardsQuarantined = discard
        return options
    }

    /// The fixture's store on a disk where one file has changed in its last byte.
    private static func damaged(_ word: String) throws -> (StoreDriver, SimFileSystem, String) {
        let fixture = try StoreFixture()
        let path = try #require(fixture.files(word).last)
        var bytes = try #require(fixture.disk.contents(path))
        bytes[bytes.count - 1] ^= 1
        return (fixture.driver, fixture.disk(replacing: path, with: bytes), path)
    }

    private static func kept(_ disk: SimFileSystem) throws -> [String] {
        try disk.list("store/quarantine")
    }

    @Test(arguments: ["kills-", "identity-", "idempotency-"])
    func whatCanBeMadeAgainIs(word: String) throws {
        var (driver, disk, path) = try Self.damaged(word)
        // Only the first bytes of a run are checked when it is opened.
        var bytes = try #require(disk.contents(path))
        bytes[20] ^= 1
        disk.replace(path, with: bytes)
        #expect(throws: StoreError.self) { try driver.open(on: disk.restart()) }
        driver.options = Self.recovering()
        try driver.open(on: disk)
        #expect(driver.store.recoveryFindings.contains { $0.contains(path) })
        #expect(try driver.difference() == nil)
        #expect(try StoreFixture.trace(driver.store, 1) > 0)
        #expect(try Self.kept(disk).contains(String(path.split(separator: "/").last ?? "")))
        driver.options = StoreFixture.options
        try driver.reopen()
        #expect(driver.store.recoveryFindings.isEmpty)
        try driver.commit([StoreFixture.span(1), StoreFixture.span(2)])
        try driver.store.compact(isEager: true)
        #expect(try driver.difference() == nil)
    }

    @Test func damageInTheLogCostsWhatItHitsAndNothingElse() throws {
        let fixture = try StoreFixture()
        var driver = fixture.driver
        try driver.open(on: fixture.disk.restart())
        for number in 10..<16 {
            try driver.commit([StoreFixture.span(number, text: "text of \(number)")])
        }
        let disk = try #require(driver.fileSystem as? SimFileSystem).restart()
        let log = try #require(
            try disk.list("store").filter { $0.hasPrefix("wal-") }.first {
                disk.contents("store/" + $0)?.contains(subsequence: Array("text of 12".utf8))
                    ?? false
            })
        var bytes = try #require(disk.contents("store/" + log))
        let place = try #require(bytes.firstRange(of: Array("text of 12".utf8)))
        bytes[place.lowerBound] ^= 1
        disk.replace("store/" + log, with: bytes)
        #expect(throws: StoreError.self) { try StoreFixture.open(disk.restart()) }
        driver.options = Self.recovering()
        try driver.open(on: disk)
        let findings = driver.store.recoveryFindings
        #expect(findings.count == 1 && findings[0].contains("passed over"), "\(findings)")
        #expect(try Self.kept(disk).contains { $0.hasPrefix("wal-tail-") })
        let rows = try StoreFixture.answers(driver.store, Tables.spans)
        for number in 10..<16 {
            #expect(rows.contains { $0.contains("text of \(number)") } == (number != 12))
        }
        // The next start finds nothing to say.
        driver.options = StoreFixture.options
        try driver.reopen()
        #expect(try StoreFixture.answers(driver.store, Tables.spans).count == rows.count)
    }

    /// A segment is damaged, found to be so, and comes back after writes that could not supersede
    /// its rows: every state is then as if it had always been there.
    @Test(arguments: 0..<60)
    func aSegmentThatComesBackIsSettled(seed: Int) throws {
        var driver = try StoreDriver(fileSystem: SimFileSystem(), seed: UInt64(seed))
        let options = driver.options
        for _ in 0..<4 {
            for _ in 0..<4 { try driver.commit(countMax: 8) }
            try driver.store.seal()
        }
        if seed % 3 == 0 { try driver.store.compact(isEager: true) }
        try driver.store.close()
        let disk = try #require(driver.fileSystem as? SimFileSystem).restart()
        let folder = "store/workspace-0000000000000001/"
        let segments = try disk.list(String(folder.dropLast())).filter { $0.hasSuffix(".seg") }
        let path = folder + segments[seed % segments.count]
        let whole = try #require(disk.contents(path))
        disk.replace(path, with: Array(whole.dropLast()))
        try driver.open(on: disk)
        for round in 0..<8 {
            try driver.commit(countMax: 8)
            if round % 3 == 2 { try driver.store.seal() }
        }
        for table in Tables.all { _ = try? StoreFixture.answers(driver.store, table) }
        try driver.store.listDamage()
        try driver.store.close()
        let back = disk.restart()
        back.replace(path, with: whole)
        driver.options = options
        driver.options.recovers = true
        var crashed = driver
        let crashing = back.restart()
        crashing.crashAt(call: 20 + seed)
        _ = try? crashed.open(on: crashing)
        try driver.open(on: crashing.crash(seed % 2 == 0 ? .torn : .reordered, seed: UInt64(seed)))
        #expect(try driver.difference() == nil)
        driver.options = options
        try driver.reopen()
        #expect(try driver.difference() == nil)
        try driver.commit(countMax: 8)
        try driver.store.compact(isEager: true)
        #expect(try driver.difference() == nil)
    }

    @Test func aDamagedSegmentIsDroppedOnlyWhenThatIsAskedFor() throws {
        let (_, disk, path) = try Self.damaged("segment-")
        var store = try StoreFixture.open(disk)
        for table in Tables.all { _ = try? StoreFixture.answers(store, table) }
        try store.listDamage()
        let listed = disk.restart()
        store = try Store.open(
            directory: "store", fileSystem: listed, options: Self.recovering(),
            randomness: Randomness(seed: 1))
        #expect(store.recoveryFindings.count == 1)
        #expect(store.recoveryFindings[0].contains("still in quarantine"))
        #expect(throws: StoreError.self) {
            for table in Tables.all { _ = try StoreFixture.answers(store, table) }
        }
        let dropping = listed.restart()
        store = try Store.open(
            directory: "store", fileSystem: dropping, options: Self.recovering(discard: true),
            randomness: Randomness(seed: 1))
        #expect(store.recoveryFindings.count == 1)
        #expect(store.recoveryFindings[0].contains("dropped"))
        let name = String(path.split(separator: "/").last ?? "")
        #expect(try Self.kept(dropping).contains(name))
        #expect(dropping.contents(path) == nil)
        for table in Tables.all { _ = try StoreFixture.answers(store, table) }
        try store.close()
        store = try StoreFixture.open(dropping.restart())
        for table in Tables.all { _ = try StoreFixture.answers(store, table) }
    }

    @Test func damageThatAQueryMeetsIsListedAndReported() throws {
        let fixture = try StoreFixture()
        let path = try #require(
            fixture.files("segment-").first { fixture.disk.contents($0)?[12] == 1 })
        var bytes = try #require(fixture.disk.contents(path))
        bytes[64] ^= 1
        let disk = fixture.disk(replacing: path, with: bytes)
        let store = try StoreFixture.open(disk)
        #expect(throws: StoreError.self) { try StoreFixture.answers(store, Tables.spans) }
        try store.listDamage()
        #expect(try Self.kept(disk).contains { $0.hasSuffix(".json") })
        let manifest = try #require(disk.contents("store/MANIFEST"))
        #expect(manifest.contains(subsequence: Array(path.utf8)))
        // The bytes come back, but writes since might not have found its rows.
        let back = disk.restart()
        back.replace(path, with: try #require(fixture.disk.contents(path)))
        #expect(throws: StoreError.self) {
            try StoreFixture.answers(StoreFixture.open(back.restart()), Tables.spans)
        }
        var again = fixture.driver
        again.options = Self.recovering()
        try again.open(on: back)
        #expect(again.store.recoveryFindings.count == 1)
        #expect(again.store.recoveryFindings[0].contains("taken back"))
        #expect(try again.difference() == nil)
    }
}

extension [UInt8] {
    fileprivate func contains(subsequence: [UInt8]) -> Bool { firstRange(of: subsequence) != nil }
}
