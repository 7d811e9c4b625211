// `spanq verify` and `spanq doctor`: a whole store has no findings of damage; every kind of damaged
// file has one that names it; what waits or was set aside is told.

import SpanColumns
import SpanFormat
import SpanModel
import SpanStorage
import SpanTesting
import Testing

@Suite struct VerifyTests {
    private static func writer(_ disk: SimFileSystem) throws -> StoreWriter {
        StoreWriter(store: try StoreFixture.open(disk)) { _ in }
    }

    /// The texts of a column of findings.
    private static func column(_ name: String, _ table: ResultTable) throws -> [String] {
        let column = try #require(table.columns.first { $0.name == name })
        guard case .string(let strings) = column.values else { return [] }
        return strings.codes.map { code in
            code == StringVector.nullCode
                ? ""
                : strings.dictionary.withBytes(code) { String(decoding: $0, as: UTF8.self) }
        }
    }

    @Test func aWholeStoreHasNoFindings() throws {
        let writer = try Self.writer(StoreFixture().disk.restart())
        #expect(try writer.verify().rowCount == 0)
        let state = try writer.run { store throws(StoreError) in try store.diagnose() }.get()
        #expect(state.errorCount == 0)
        try writer.stop()
    }

    @Test(arguments: ["segment-", "identity-", "idempotency-"])
    func everyDamagedFileIsNamed(word: String) throws {
        let fixture = try StoreFixture()
        for path in fixture.files(word) {
            var bytes = try #require(fixture.disk.contents(path))
            bytes[bytes.count - 1] ^= 1
            let disk = fixture.disk(replacing: path, with: bytes)
            let writer = try Self.writer(disk)
            let findings = try writer.verify()
            #expect(findings.errorCount > 0)
            #expect(try Self.column("file", findings).contains(path))
            try writer.stop()
        }
    }

    /// Every byte under a checksum: all but the zeros between sections and in the header.
    @Test func everyFlippedByteOfASegmentIsFound() throws {
        let fixture = try StoreFixture()
        let path = try #require(
            fixture.files("segment-").first { fixture.disk.contents($0)?[12] == 1 })
        let bytes = try #require(fixture.disk.contents(path))
        var unfound = 0
        for place in bytes.indices {
            var damaged = bytes
            damaged[place] ^= 1
            let store = try StoreFixture.open(fixture.disk(replacing: path, with: damaged))
            let writer = StoreWriter(store: store) { _ in }
            let isFound = try writer.verify().errorCount > 0
            try writer.stop()
            if isFound { continue }
            unfound += 1
            #expect(bytes[place] == 0, "byte \(place)")
        }
        #expect(unfound < bytes.count / 2)
    }

    @Test func aDoctorNamesQuarantineAndAFullDisk() throws {
        let fixture = try StoreFixture()
        let path = try #require(fixture.files("segment-").first)
        var bytes = try #require(fixture.disk.contents(path))
        bytes[64] ^= 1
        let disk = fixture.disk(replacing: path, with: bytes)
        disk.setCapacity(disk.usedBytes - 1)
        let store = try StoreFixture.open(disk)
        for table in Tables.all { _ = try? StoreFixture.answers(store, table) }
        let findings = try store.diagnose()
        #expect(findings.errorCount == 2)
        let texts = try Self.column("finding", findings)
        #expect(texts.contains { $0.contains("in quarantine") })
        #expect(texts.contains { $0.hasPrefix("full") })
    }
}
