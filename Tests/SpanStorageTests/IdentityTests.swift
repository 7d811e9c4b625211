// The identity hashes on disk are those of schemas/run.md, computed here by the page alone, and
// both hashes find their rows.

import SpanFormat
import SpanModel
import SpanPlatform
import SpanStorage
import SpanTesting
import Testing

@Suite struct IdentityTests {
    private static func hash(_ bytes: [UInt8], _ seed: UInt64) -> UInt64 {
        bytes.withUnsafeBytes { Hash64.hash($0, seed: seed) }
    }

    @Test("The worked example of schemas/run.md: the hashes of one span")
    func golden() {
        let pair = Self.pair(
            trace: StoreFixture.traceID(1), span: "s1", source: "native", file: 5,
            seed: 0x1122_3344_5566_7788)
        #expect(String(pair.first, radix: 16) == "db3bf452b82f357f")
        #expect(String(pair.second, radix: 16) == "2e4fd69600000005")
    }

    /// The pair of a span, by the rules of the page alone.
    private static func pair(
        trace: String, span: String, source: String, file: UInt64, seed: UInt64
    ) -> RunPair {
        let leading = Hash64.combine(seed, hash(PackedIdentifier.pack(trace) ?? [], seed))
        var rest = Hash64.combine(seed, hash(PackedIdentifier.pack(span) ?? [], seed))
        rest = Hash64.combine(rest, hash(Array(source.utf8), seed))
        return RunPair(leading, rest & 0xffff_ffff_0000_0000 | file & 0xffff_ffff)
    }

    @Test func theRunOfASealHoldsAPairPerIdentity() throws {
        let fixture = try StoreFixture()
        let bytes = try #require(fixture.disk.contents("store/MANIFEST"))
        let manifest = try bytes.withUnsafeBytes {
            try ManifestCodec.decode($0, file: "MANIFEST")
        }
        let segments = manifest.segments.filter { $0.table == Tables.spans.number }
        let runs = manifest.identityRuns.filter { $0.table == Tables.spans.number }
        #expect(segments.count == 2)
        for (segment, (entry, spans)) in zip(segments, zip(runs, [[1, 2], [2, 3]])) {
            let path = "\(StoreFixture.workspace)/\(FileNames.identityRun(entry.file))"
            let run = try SortedRun(
                try fixture.disk.mapReadOnly(path), file: entry.file, name: path)
            let found = try (0..<run.count).map { try run.pair($0) }
            let wanted = spans.map {
                Self.pair(
                    trace: StoreFixture.traceID($0 % 2), span: "s\($0)", source: "native",
                    file: segment.file, seed: manifest.storeID)
            }
            #expect(found == wanted.sorted())
        }
    }

    @Test func aNullHashesAsZeroAndIsAnIdentityOfItsOwn() throws {
        var driver = try StoreDriver(fileSystem: SimFileSystem(), seed: 1)
        for round in 0..<3 {
            for fields in [[ScoreColumn.traceID], [ScoreColumn.spanID], [ScoreColumn.sessionID]] {
                var record: [Int: ReferenceValue] = [
                    ScoreColumn.name: .text("n"), ScoreColumn.source: .text("x"),
                    ScoreColumn.value: .float(Double(round).bitPattern),
                ]
                for field in fields { record[field] = .text("same") }
                try driver.commit([
                    ReferenceRecord(table: Tables.scores, kind: .complete, fields: record)
                ])
            }
            try driver.store.seal()
            #expect(try driver.difference() == nil)
        }
        #expect(driver.reference.rows(Tables.scores, .dedup).count == 3)
    }

    @Test func tracesAreFoundThroughTheIndex() throws {
        let fixture = try StoreFixture()
        let store = try StoreFixture.open(fixture.disk.restart())
        #expect(try StoreFixture.trace(store, 0) == 2)
        #expect(try StoreFixture.trace(store, 1) == 3)
        try store.compact(isEager: true)
        #expect(try StoreFixture.trace(store, 0) == 2)
        #expect(try StoreFixture.trace(store, 1) == 3)
    }
}
