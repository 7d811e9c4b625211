// Opening a store: locks, newer versions, leftovers, a manifest that is missing. And a disk that is
// full, which refuses commits and loses nothing.

import SpanFormat
import SpanModel
import SpanStorage
import SpanTesting
import Testing

@Suite struct ManifestTests {
    @Test func aSecondOpenIsToldWhoHoldsTheStore() throws {
        let disk = SimFileSystem()
        var options = StoreFixture.options
        options.holder = "pid 7"
        let store = try Store.open(directory: "store", fileSystem: disk, options: options)
        #expect(throws: StoreError.locked(path: "store/LOCK", holder: "pid 7")) {
            try StoreFixture.open(disk)
        }
        try store.close()
        _ = try StoreFixture.open(disk)
    }

    @Test func aMissingManifestBesideWALFilesIsDamage() throws {
        let disk = try StoreFixture().disk.restart()
        disk.remove("store/MANIFEST")
        let before = try disk.list("store")
        do {
            _ = try StoreFixture.open(disk)
            Issue.record("opened")
        } catch StoreError.corruption(let file, _, _, let reason) {
            #expect(file == "store/MANIFEST")
            #expect(reason == "missing beside files of a store")
        }
        #expect(try disk.list("store") == before)
    }

    @Test(arguments: ["MANIFEST", "kills-", "identity-", "idempotency-", "wal-", "segment-"])
    func aNewerVersionOfAnyFileIsNamed(word: String) throws {
        let fixture = try StoreFixture()
        let path =
            switch word {
            case "MANIFEST": "store/MANIFEST"
            case "wal-": "store/\(FileNames.wal(0))"
            default: try #require(fixture.files(word).first)
            }
        var bytes = try #require(fixture.disk.contents(path))
        bytes[8] = 9
        let disk = fixture.disk(replacing: path, with: bytes)
        let newest: UInt32 = word == "segment-" ? 4 : 1
        #expect(throws: StoreError.unsupportedVersion(file: path, found: 9, newest: newest)) {
            let store = try StoreFixture.open(disk)
            for table in Tables.all { _ = try StoreFixture.answers(store, table) }
        }
    }

    @Test func leftoversGoAndForeignFilesStay() throws {
        let fixture = try StoreFixture()
        let disk = fixture.disk.restart()
        let inside = StoreFixture.workspace
        let leftovers = [
            "store/MANIFEST.tmp", "store/" + FileNames.kills(900),
            "store/" + FileNames.idempotencyRun(901), inside + "/" + FileNames.segment(902),
            inside + "/" + FileNames.identityRun(903),
        ]
        let foreign = [
            "store/notes.txt", "store/segment-1.seg", inside + "/segment-1.seg",
            inside + "/" + FileNames.segment(904) + ".bak", "store/MANIFEST.old",
        ]
        let own = fixture.files("segment-") + fixture.files("identity-")
        for path in leftovers + foreign { disk.replace(path, with: [1, 2, 3]) }
        _ = try StoreFixture.open(disk)
        for path in leftovers { #expect(disk.contents(path) == nil, "\(path)") }
        for path in foreign { #expect(disk.contents(path) == [1, 2, 3], "\(path)") }
        for path in own { #expect(disk.contents(path) != nil, "\(path)") }
    }

    @Test func aFullDiskRefusesCommitsAndLosesNothing() throws {
        let disk = SimFileSystem()
        var options = StoreFixture.options
        options.walFileBytes = 8_192
        var driver = try StoreDriver(fileSystem: disk, seed: 11, options: options)
        for round in 0..<3 {
            try driver.commit(countMax: 5)
            disk.setCapacity(0)
            var refusal: StoreError?
            for _ in 0..<200 where refusal == nil {
                do { try driver.commit(countMax: 5) } catch { refusal = error }
            }
            guard case .storageFull? = refusal else {
                Issue.record("\(String(describing: refusal))")
                return
            }
            #expect(throws: StoreError.self) { try driver.store.seal() }
            #expect(driver.store.failure == nil)
            #expect(try driver.difference() == nil, "reads, round \(round)")
            disk.setCapacity(.max)
            for _ in 0..<5 { try driver.commit(countMax: 5) }
            try driver.store.compact(isEager: round == 1)
            #expect(try driver.difference() == nil, "after round \(round)")
        }
        try driver.reopen()
        #expect(try driver.difference() == nil)
    }
}
