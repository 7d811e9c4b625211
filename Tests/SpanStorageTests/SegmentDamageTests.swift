// Promises R5 and R6: whatever bit of a file flips, wherever it is cut or extended, the store
// answers as before or says what is damaged; it never traps and never answers otherwise.

import SpanFormat
import SpanModel
import SpanStorage
import SpanTesting
import Testing

@Suite struct SegmentDamageTests {
    /// Calls `body` with every flipped bit, every shorter length and 1 to 64 more bytes.
    private static func damage(
        _ bytes: [UInt8], _ body: (_ name: String, [UInt8]) throws -> Void
    ) rethrows {
        var copy = bytes
        for bit in 0..<bytes.count * 8 {
            copy[bit / 8] ^= 1 << UInt8(bit % 8)
            try body("bit \(bit % 8) of byte \(bit / 8)", copy)
            copy[bit / 8] = bytes[bit / 8]
        }
        for count in bytes.indices { try body("first \(count) bytes", Array(bytes[..<count])) }
        for count in 1...64 {
            try body("\(count) more zeros", bytes + [UInt8](repeating: 0, count: count))
            try body("\(count) more ones", bytes + [UInt8](repeating: 0xff, count: count))
        }
    }

    @Test(arguments: [1, 2, 3, 4] as [UInt8])
    func aDamagedSegmentAnswersTheSameOrNotAtAll(table: UInt8) throws {
        let fixture = try StoreFixture()
        let schema = try #require(Tables.numbered(table))
        let path = try #require(
            fixture.files("segment-").first { fixture.disk.contents($0)?[12] == table })
        let bytes = try #require(fixture.disk.contents(path))
        #expect(bytes.count <= 16 << 10)
        let wanted = try StoreFixture.answers(StoreFixture.open(fixture.disk.restart()), schema)
        #expect(wanted.count > 4)
        var refused = 0
        try Self.damage(bytes) { name, damaged in
            let store = try StoreFixture.open(fixture.disk(replacing: path, with: damaged))
            do {
                #expect(try StoreFixture.answers(store, schema) == wanted, "\(name)")
            } catch let error as StoreError {
                refused += 1
                switch error {
                case .corruption(path, _, _, _), .unsupportedVersion(path, _, _): break
                default: Issue.record("\(name): \(error)")
                }
            }
        }
        #expect(refused > bytes.count)
    }

    @Test(arguments: ["MANIFEST", "kills-"])
    func aDamagedManifestOrKillsFileStopsTheStart(word: String) throws {
        let fixture = try StoreFixture()
        let path = word == "MANIFEST" ? "store/MANIFEST" : try #require(fixture.files(word).last)
        let bytes = try #require(fixture.disk.contents(path))
        Self.damage(bytes) { name, damaged in
            #expect(throws: StoreError.self, "\(name)") {
                try StoreFixture.open(fixture.disk(replacing: path, with: damaged))
            }
        }
    }

    /// A run is only read when it is asked; then it answers right, or is passed over.
    @Test(arguments: ["identity-", "idempotency-"])
    func aDamagedRunNeverMisleads(word: String) throws {
        let fixture = try StoreFixture()
        let path = try #require(fixture.files(word).first)
        let bytes = try #require(fixture.disk.contents(path))
        try Self.damage(bytes) { name, damaged in
            let disk = fixture.disk(replacing: path, with: damaged)
            var driver = fixture.driver
            do {
                try driver.open(on: disk)
                #expect(try StoreFixture.trace(driver.store, 1) == 3, "\(name)")
            } catch {
                // A query that needs the run says so; writes do without it.
                guard driver.store.failure == nil else { return }
            }
            try driver.commit([StoreFixture.span(1), StoreFixture.span(3, day: 3)])
            #expect(try driver.difference() == nil, "\(name)")
            let before = driver.reference.writes.count
            do {
                try StoreFixture.commitKeyed(&driver, [StoreFixture.metric(1)], key: 7)
                #expect(driver.reference.writes.count == before, "\(name)")
            } catch StoreError.corruption(path, _, _, _) {}
        }
    }

    /// A page without bytes stands at the offset of the section behind it.
    @Test func anEmptyPageDoesNotVouchForTheSectionBehindIt() throws {
        let fixture = try StoreFixture()
        let path = try #require(
            fixture.files("segment-").first { fixture.disk.contents($0)?[12] == 1 })
        let bytes = try #require(fixture.disk.contents(path))
        let footer = try bytes.withUnsafeBytes {
            try SegmentFooterCodec.decode($0, file: UInt64(bytes[16]), name: path)
        }
        let sections = footer.columns.flatMap { column in
            column.pages.map(\.section) + [column.dictionary].compactMap { $0 }
        }
        let shared = sections.filter { empty in
            empty.length == 0 && sections.contains { $0.offset == empty.offset && $0.length > 0 }
        }
        #expect(!shared.isEmpty)
        for empty in shared {
            var damaged = bytes
            damaged[Int(empty.offset)] ^= 1
            let store = try StoreFixture.open(fixture.disk(replacing: path, with: damaged))
            #expect(throws: StoreError.self) { try StoreFixture.answers(store, Tables.spans) }
        }
    }
}
