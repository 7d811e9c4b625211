// The kills file: golden bytes, round trips, and that any damage, misplacement or newer version is
// noticed.

import SpanFormat
import SpanModel
import SpanTesting
import Testing

@Suite struct KillsFileTests {
    /// The worked example of schemas/kills.md.
    static let example = [
        SegmentKill(segment: 5, row: 1, sequence: 11),
        SegmentKill(segment: 4, row: 65_536, sequence: 9),
    ]

    static func decode(_ bytes: [UInt8], file: UInt64 = 8) throws(StoreError) -> [SegmentKill] {
        let result: Result<[SegmentKill], StoreError> = bytes.withUnsafeBytes { buffer in
            Result { () throws(StoreError) in
                try KillsFile.decode(buffer, file: file, name: "kills")
            }
        }
        return try result.get()
    }

    @Test("The worked example of schemas/kills.md is what is written and what is read")
    func golden() throws {
        let golden = bytes(hex: GoldenBytes.kills)
        let encoded = KillsFile.encode(Self.example, file: 8)
        #expect(dump(encoded) == dump(golden))
        #expect(try Self.decode(golden) == Self.example)
    }

    @Test func anyDamageIsNoticed() {
        for damage in damages(of: KillsFile.encode(Self.example, file: 8)) {
            #expect(throws: StoreError.self, "\(damage.name)") { try Self.decode(damage.bytes) }
        }
    }

    @Test func aFileInAnothersPlaceDoesNotCheck() {
        let encoded = KillsFile.encode(Self.example, file: 8)
        #expect(throws: StoreError.self) { try Self.decode(encoded, file: 9) }
    }

    @Test func aNewerVersionIsNamed() {
        var newer = KillsFile.encode(Self.example, file: 8)
        newer[8] = 3
        #expect(throws: StoreError.unsupportedVersion(file: "kills", found: 3, newest: 1)) {
            try Self.decode(newer)
        }
    }

    @Test(arguments: [0, 1, 2, 1_000])
    func killsComeBack(count: Int) throws {
        var random = SeededGenerator(seed: UInt64(count))
        let kills = (0..<count).map { _ in
            SegmentKill(
                segment: random.next(), row: UInt32(truncatingIfNeeded: random.next()),
                sequence: random.next())
        }
        #expect(try Self.decode(KillsFile.encode(kills, file: 8)) == kills)
    }
}
