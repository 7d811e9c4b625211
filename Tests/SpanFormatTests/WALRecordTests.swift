// WAL headers and records: golden bytes of schemas/wal.md, damage, limits.

import SpanFormat
import SpanModel
import SpanTesting
import Testing

/// Hexadecimal digits without spaces and line breaks, as bytes.
private func hex(_ text: String) -> [UInt8] {
    let digits = text.compactMap(\.hexDigitValue)
    return stride(from: 0, to: digits.count - 1, by: 2).map {
        UInt8(digits[$0] << 4 | digits[$0 + 1])
    }
}

struct WALRecordTests {
    static let incarnation: UInt64 = 0x1122_3344_5566_7788
    static let payload = Array("span store".utf8)

    static func record(at position: UInt64) -> WALRecord {
        WALRecord(
            kind: 1, flags: [.first, .last], payloadLength: UInt32(payload.count),
            payloadChecksum: payload.withUnsafeBytes {
                WALRecord.checksum(payload: $0, incarnation: incarnation, position: position)
            }, firstSequence: 7, syncedThrough: 0)
    }

    /// The first 120 bytes of the worked example in schemas/wal.md.
    static var example: [UInt8] {
        WALFileHeader(index: 0, incarnation: incarnation, fileBytes: 4096).encoded()
            + record(at: 64).encoded(incarnation: incarnation, position: 64)
            + payload + [0, 0, 0, 0, 0, 0]
    }

    @Test("The worked example of schemas/wal.md is what is written and what is read")
    func golden() throws {
        let bytes = hex(
            """
            5350414e57414c0a 0100000000000000 0000000000000000 8877665544332211
            0010000000000000 0000000000000000 0000000000000000 00000000f1cd364b
            f29599b688776655 448b3d7d0a000000 0700000000000000 0000000000000000
            0103000000000000 7370616e2073746f 7265000000000000
            """)
        #expect(Self.example == bytes)
        try bytes.withUnsafeBytes { file in
            let header = try WALFileHeader.decode(file, file: "wal")
            #expect(header.incarnation == Self.incarnation)
            let record = try WALRecord.decode(
                file, at: 64, incarnation: header.incarnation, position: 64
            ).get()
            #expect(record == Self.record(at: 64))
            #expect(
                record.payloadChecks(file, at: 64, incarnation: header.incarnation, position: 64))
        }
    }

    @Test("Any flipped bit of a record is noticed")
    func bitFlips() {
        for bit in 64 * 8..<Self.example.count * 8 {
            var bytes = Self.example
            bytes[bit / 8] ^= 1 << UInt8(bit % 8)
            bytes.withUnsafeBytes { file in
                let found = WALRecord.decode(
                    file, at: 64, incarnation: Self.incarnation, position: 64)
                guard case .success(let record) = found else { return }
                #expect(bit >= 104 * 8)
                #expect(
                    !record.payloadChecks(
                        file, at: 64, incarnation: Self.incarnation, position: 64))
            }
        }
    }

    @Test("Any flipped bit of a file header is noticed; a newer version is named")
    func headerFlips() {
        for bit in 0..<64 * 8 {
            var bytes = Array(Self.example[0..<64])
            bytes[bit / 8] ^= 1 << UInt8(bit % 8)
            #expect(throws: StoreError.self) {
                try bytes.withUnsafeBytes { _ = try WALFileHeader.decode($0, file: "wal") }
            }
        }
        var newer = Array(Self.example[0..<64])
        newer[8] = 2
        #expect(throws: StoreError.unsupportedVersion(file: "wal", found: 2, newest: 1)) {
            try newer.withUnsafeBytes { _ = try WALFileHeader.decode($0, file: "wal") }
        }
        #expect(throws: StoreError.self) {
            try newer[0..<63].withUnsafeBytes { _ = try WALFileHeader.decode($0, file: "wal") }
        }
    }

    @Test("A record of another place or another life does not check")
    func misplaced() {
        Self.example.withUnsafeBytes { file in
            #expect(
                WALRecord.decode(file, at: 64, incarnation: Self.incarnation, position: 72)
                    == .failure(.headerChecksum))
            #expect(
                WALRecord.decode(
                    file, at: 64, incarnation: Self.incarnation ^ 1 << 63, position: 64)
                    == .failure(.headerChecksum))
            #expect(
                WALRecord.decode(file, at: 64, incarnation: Self.incarnation ^ 1, position: 64)
                    == .failure(.stamp))
            #expect(
                WALRecord.decode(file, at: 96, incarnation: Self.incarnation, position: 96)
                    == .failure(.stamp))
        }
    }

    @Test("A search finds every stamp, wherever it stands, and nothing else")
    func search() {
        var random = SeededGenerator(seed: 11)
        var file = [UInt8](repeating: 0, count: 2_000)
        let stamp = withUnsafeBytes(of: UInt32(truncatingIfNeeded: Self.incarnation).littleEndian) {
            Array($0)
        }
        for _ in 0..<300 {
            // Where a stamp belongs, beside it, and one that differs in one bit.
            let offset = random.int(below: 500) * 4
            file.replaceSubrange(offset..<offset + 4, with: stamp)
            if random.oneIn(2) { file[offset] ^= 1 << UInt8(random.int(below: 8)) }
            if random.oneIn(8) { file = file.map { _ in 0 } }
            file.withUnsafeBytes { file in
                let start = random.int(below: 31) * 8
                let naive = stride(from: start, through: file.count - 40, by: 8).first {
                    WALRecord.hasStamp(file, at: $0, incarnation: Self.incarnation)
                }
                #expect(
                    WALRecord.nextStamp(file, from: start, incarnation: Self.incarnation) == naive)
            }
        }
    }

    @Test(
        "A header that checks and says the impossible is refused",
        arguments: [
            WALRecord(
                kind: 1, flags: .init(rawValue: 8), payloadLength: 0, payloadChecksum: 0,
                firstSequence: 0, syncedThrough: 0),
            WALRecord(
                kind: 1, flags: [.last, .continues], payloadLength: 0, payloadChecksum: 0,
                firstSequence: 0, syncedThrough: 0),
            WALRecord(
                kind: 0, flags: [.first], payloadLength: 0, payloadChecksum: 0, firstSequence: 0,
                syncedThrough: 0),
            WALRecord(
                kind: 0, flags: [.first, .last], payloadLength: 1, payloadChecksum: 0,
                firstSequence: 0, syncedThrough: 0),
            WALRecord(
                kind: 1, flags: [], payloadLength: 9, payloadChecksum: 0, firstSequence: 0,
                syncedThrough: 0),
            WALRecord(
                kind: 1, flags: [], payloadLength: .max, payloadChecksum: 0, firstSequence: 0,
                syncedThrough: 0),
            WALRecord(
                kind: 1, flags: [], payloadLength: 0, payloadChecksum: 0, firstSequence: 0,
                syncedThrough: 65),
        ])
    func impossible(record: WALRecord) {
        let bytes = record.encoded(incarnation: 5, position: 64) + [UInt8](repeating: 0, count: 8)
        bytes.withUnsafeBytes {
            #expect(
                WALRecord.decode($0, at: 0, incarnation: 5, position: 64) == .failure(.fields))
        }
    }

    @Test("Positions skip file headers and ends too short for a record")
    func layout() throws {
        let layout = try #require(WALLayout(fileBytes: 4096))
        #expect(layout.next(0) == 64)
        #expect(layout.next(63) == 64)
        #expect(layout.next(64) == 64)
        #expect(layout.next(4096 - 48) == 4096 - 48)
        #expect(layout.payloadRoom(4096 - 48) == 8)
        #expect(layout.next(4096 - 40) == 4096 + 64)
        #expect(layout.next(4096) == 4096 + 64)
        #expect(layout.index(3 * 4096 + 5) == 3)
        #expect(layout.offset(3 * 4096 + 5) == 5)
        #expect(layout.position(3, 5) == 3 * 4096 + 5)
        for length in [0, 511, 513, 1 << 33] as [UInt64] {
            #expect(WALLayout(fileBytes: length) == nil)
        }
    }

    @Test("Names of WAL files are made and read by one grammar")
    func names() {
        #expect(FileNames.wal(0xab) == "wal-00000000000000ab.log")
        #expect(FileNames.walIndex("wal-00000000000000ab.log") == 0xab)
        #expect(FileNames.walIndex(FileNames.wal(.max)) == .max)
        #expect(FileNames.isWALTemporary(FileNames.walTemporary(3)))
        #expect(FileNames.walTail(0x40) == "wal-tail-0000000000000040.bin")
        for name in [
            "", "wal-.log", "wal-00000000000000AB.log", "wal-0000000000000ab.log",
            "wal-00000000000000ab.tmp", "wal-00000000000000ab.log ", "wal-00000000000000g0.log",
            "../-00000000000000ab.log", "wal-tail-0000000000000040.bin",
        ] {
            #expect(FileNames.walIndex(name) == nil)
        }
    }
}
