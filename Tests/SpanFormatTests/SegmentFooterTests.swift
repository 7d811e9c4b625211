// The directory and sections of a segment: golden bytes, damage, and footers that check but
// contradict themselves.

import SpanColumns
import SpanFormat
import SpanModel
import SpanPlatform
import SpanTesting
import Testing

@Suite struct SegmentFooterTests {
    static let file: UInt64 = 5

    private final class Sink {
        var bytes: [UInt8] = []
    }

    /// A segment whose parts `fill` adds.
    static func segment(
        groupRows: [UInt32], liveGroupCount: Int, table: TableSchema = Tables.entities,
        _ fill: (inout SegmentWriter) throws(StoreError) -> Void
    ) throws(StoreError) -> [UInt8] {
        let sink = Sink()
        var writer = try SegmentWriter(
            file: file, table: table, groupRows: groupRows, liveGroupCount: liveGroupCount
        ) { bytes throws(StoreError) in sink.bytes += bytes }
        try fill(&writer)
        _ = try writer.finish()
        return sink.bytes
    }

    /// The worked example of schemas/segment.md: one entity.
    static func example() throws(StoreError) -> [UInt8] {
        try segment(groupRows: [1], liveGroupCount: 1) { writer throws(StoreError) in
            try writer.append(
                page: PageEncoder.encode(.integer(IntegerVector(values: [5]))),
                column: SystemColumn.sequence)
            let dictionary = StringDictionary(ends: [3], bytes: Array("run".utf8))
            try writer.append(dictionary: dictionary, column: EntityColumn.kind)
            try writer.append(
                page: PageEncoder.encode(
                    .string(StringVector(codes: [0], dictionary: dictionary))),
                column: EntityColumn.kind)
            let block = BlockCompressor.compress(Array("{}".utf8), codec: .zstd)
            try writer.append(textBlock: block, column: EntityColumn.body)
            let text = TextVector(
                references: [TextReference(block: 0, offset: 0, length: 2)],
                blocks: MemoryTextBlocks([block]))
            try writer.append(page: PageEncoder.encode(.text(text)), column: EntityColumn.body)
            let series = SeriesEntry(
                hash: 0x1122_3344_5566_7788, live: 0..<1, history: 0..<0, steps: 0...0)
            try writer.append(
                section: SeriesDirectory([series]).encode(), kind: .seriesDirectory)
        }
    }

    static func decode(_ bytes: [UInt8], file: UInt64 = file) throws(StoreError) -> SegmentFooter {
        let result: Result<SegmentFooter, StoreError> = bytes.withUnsafeBytes { buffer in
            Result { () throws(StoreError) in
                try SegmentFooterCodec.decode(buffer, file: file, name: "segment")
            }
        }
        return try result.get()
    }

    /// The footer, and the bytes of every section that checks.
    private static func answers(_ bytes: [UInt8]) throws(StoreError) -> [String] {
        let footer = try decode(bytes)
        var sections: [SectionEntry] = footer.sections.map(\.section)
        for column in footer.columns {
            sections += column.pages.map(\.section) + column.textBlocks.map(\.section)
            if let dictionary = column.dictionary { sections.append(dictionary) }
        }
        var answers = ["\(footer)"]
        for section in sections {
            let range = Int(section.offset)..<Int(section.offset) + Int(section.length)
            let found = CRC32C.checksum(
                Array(bytes[range]), fileID: footer.file, offset: section.offset)
            guard found == section.checksum else {
                throw .corruption(file: "", offset: section.offset, region: "", reason: "")
            }
            answers.append("\(bytes[range])")
        }
        return answers
    }

    @Test("The worked example of schemas/segment.md is what is written and what is read")
    func golden() throws {
        let golden = bytes(hex: GoldenBytes.segment)
        let encoded = try Self.example()
        #expect(dump(encoded) == dump(golden))
        let footer = try Self.decode(golden)
        #expect(footer.groupRows == [1])
        #expect(footer.liveRows == 1)
        #expect(footer.columns.count == Tables.entities.columns.count)
        #expect(footer.columns[SystemColumn.sequence].pages[0].zone.integers == 5...5)
        #expect(footer.columns[EntityColumn.kind].dictionary?.offset == 128)
        #expect(footer.columns[EntityColumn.body].textBlocks[0].section.length == 2)
        #expect(footer.section(.seriesDirectory)?.length == 44)
    }

    @Test(
        arguments: [
            GoldenBytes.segmentVersion1, GoldenBytes.segmentVersion2, GoldenBytes.segmentVersion3,
        ])
    func aSegmentOfAnOlderVersionIsRead(hex: String) throws {
        #expect(try Self.decode(bytes(hex: hex)) == Self.decode(bytes(hex: GoldenBytes.segment)))
    }

    @Test func everyDamageIsNoticedOrWithoutEffect() throws {
        let whole = try Self.example()
        let wanted = try Self.answers(whole)
        for damage in damages(of: whole) {
            guard let found = try? Self.answers(damage.bytes) else { continue }
            #expect(found == wanted, "\(damage.name)")
        }
    }

    @Test func aSegmentInAnothersPlaceDoesNotCheckAndANewerVersionIsNamed() throws {
        var encoded = try Self.example()
        #expect(throws: StoreError.self) { try Self.decode(encoded, file: 6) }
        encoded[8] = 5
        #expect(throws: StoreError.unsupportedVersion(file: "segment", found: 5, newest: 4)) {
            try Self.decode(Array(encoded[..<12]))
        }
    }

    @Test func sectionsOfUnknownKindsArePassedOver() throws {
        var footer = try Self.decode(Self.example())
        let known = footer.sections[0]
        footer.sections.insert(ExtraSection(kind: 77, section: known.section), at: 0)
        let decoded = try Self.decode(Self.replacing(footer))
        #expect(decoded == footer)
        #expect(decoded.section(.seriesDirectory) == known.section)
    }

    @Test(
        "Footers that check but contradict themselves are refused",
        arguments: [
            { $0.liveGroupCount = 2 }, { $0.groupRows = [0] }, { $0.groupRows = [65_537] },
            { $0.groupRows = [1, 1] },
            { $0.identityPages = $0.columns[0].pages + $0.columns[0].pages },
            { $0.columns[0].pages[0] = page(nullCount: 2) },
            { $0.columns[0].pages[0] = page(offset: 0) },
            { $0.columns[0].pages[0] = page(offset: 1 << 40) },
            { $0.columns[0].pages[0] = page(offset: .max) },
            { $0.columns[0].pages[0] = page(length: .max) },
            { $0.columns[0].dictionary = SectionEntry(offset: 64, length: 1 << 20, checksum: 0) },
            {
                $0.groupRows = Array(repeating: 65_536, count: 65_536) + [1]; $0.columns = []
            },
        ] as [@Sendable (inout SegmentFooter) -> Void])
    func contradictions(break breakRule: @Sendable (inout SegmentFooter) -> Void) throws {
        var footer = try Self.decode(Self.example())
        breakRule(&footer)
        #expect(throws: StoreError.self) { try Self.decode(Self.replacing(footer)) }
    }

    @Test func headerAndFooterAgreeOnTheTable() throws {
        var encoded = try Self.example()
        encoded.replaceSubrange(
            0..<64, with: SegmentFooterCodec.header(file: Self.file, table: 1))
        #expect(throws: StoreError.self) { try Self.decode(encoded) }
    }

    /// The example with another footer.
    private static func replacing(_ footer: SegmentFooter) throws(StoreError) -> [UInt8] {
        let whole = try example()
        return Array(whole[..<384]) + SegmentFooterCodec.encode(footer, at: 384)
    }

    private static func page(
        nullCount: Int = 0, offset: UInt64 = 64, length: UInt32 = 16
    ) -> PageEntry {
        PageEntry(
            section: SectionEntry(offset: offset, length: length, checksum: 0),
            encoding: .constant, zone: ZoneMap(nullCount: nullCount))
    }
}

@Suite struct SegmentSectionTests {
    private static func decode(
        _ bytes: [UInt8], liveRows: Int, rowCount: Int
    ) throws(StoreError) -> SeriesDirectory {
        let result: Result<SeriesDirectory, StoreError> = bytes.withUnsafeBytes { buffer in
            Result { () throws(StoreError) in
                var reader = ByteReader(buffer, file: "segment", region: "series")
                return try SeriesDirectory.decode(
                    &reader, liveRows: liveRows, rowCount: rowCount)
            }
        }
        return try result.get()
    }

    @Test(arguments: [0, 1, 2, 500])
    func seriesComeBackSortedAndAreFound(count: Int) throws {
        var random = SeededGenerator(seed: UInt64(count))
        let entries = (0..<count).map { number -> SeriesEntry in
            let row = UInt32(number)
            return SeriesEntry(
                hash: random.next() % UInt64(count / 2 + 1), live: row..<row + 1,
                history: random.oneIn(2) ? 0..<0 : 1_000 + row..<1_002 + row, steps: -5...Int64(row)
            )
        }
        let directory = SeriesDirectory(entries.shuffled(using: &random))
        let decoded = try Self.decode(directory.encode(), liveRows: 1_000, rowCount: 2_000)
        #expect(decoded == directory)
        for entry in entries {
            #expect(decoded.entries(hash: entry.hash).contains(entry))
        }
        #expect(decoded.entries(hash: .max).isEmpty)
        for hash in 0...UInt64(count / 2 + 1) {
            #expect(
                decoded.entries(hash: hash).count == entries.filter { $0.hash == hash }.count)
        }
    }

    @Test func seriesOutsideTheirRegionsAreRefused() throws {
        let one = SeriesDirectory([
            SeriesEntry(hash: 1, live: 0..<3, history: 3..<5, steps: 0...9)
        ]).encode()
        _ = try Self.decode(one, liveRows: 3, rowCount: 5)
        #expect(throws: StoreError.self) { try Self.decode(one, liveRows: 2, rowCount: 5) }
        #expect(throws: StoreError.self) { try Self.decode(one, liveRows: 4, rowCount: 5) }
        #expect(throws: StoreError.self) { try Self.decode(one, liveRows: 3, rowCount: 4) }
        #expect(throws: StoreError.self) {
            try Self.decode(Array(one.dropLast()), liveRows: 3, rowCount: 5)
        }
        #expect(throws: StoreError.self) {
            try Self.decode([255, 255, 255, 255] + one[4...], liveRows: 3, rowCount: 5)
        }
    }

    private static func strings(_ bytes: [UInt8]) throws(StoreError) -> [String] {
        let result: Result<[String], StoreError> = bytes.withUnsafeBytes { buffer in
            Result { () throws(StoreError) in
                var reader = ByteReader(buffer, file: "segment", region: "dictionary")
                let dictionary = try StringDictionaryCodec.decode(&reader)
                return (0..<UInt32(dictionary.count)).map { dictionary.string($0) }
            }
        }
        return try result.get()
    }

    @Test func dictionariesComeBack() throws {
        var dictionary = StringDictionary(ends: [0, 2, 5], bytes: Array("abcde".utf8))
        #expect(try Self.strings(StringDictionaryCodec.encode(dictionary)) == ["", "ab", "cde"])
        dictionary = .empty
        #expect(try Self.strings(StringDictionaryCodec.encode(dictionary)) == [])
    }

    @Test(
        "Dictionaries that contradict themselves are refused",
        arguments: [
            "", "01", "ffffffff", "01000000 02000000 61", "01000000 01000000 6162",
            "02000000 02000000 01000000 61", "02000000 02000000 01000000 6162",
        ])
    func dictionaryContradictions(hex: String) {
        #expect(throws: StoreError.self) { try Self.strings(bytes(hex: hex)) }
    }
}
