// Key columns: the worked examples of schemas/segment.md, every layout comes back as texts, numbers and
// zones, and damaged sections are refused or read.

import SpanColumns
import SpanFormat
import SpanModel
import Testing

@Suite struct KeyColumnFormatTests {
    private static let groupRows = [3, 2]

    /// The key `a` with these texts by row group; `isPlain`: without a dictionary.
    private static func section(
        _ type: KeyType, _ texts: [[String?]], isPlain: Bool = false
    ) -> [UInt8] {
        let distinct = Set(texts.flatMap { $0.compactMap { $0 } }).sorted {
            $0.utf8.lexicographicallyPrecedes($1.utf8)
        }
        let dictionary = StringDictionary(
            ends: distinct.indices.map { last in
                UInt32(distinct[...last].reduce(0) { $0 + $1.utf8.count })
            }, bytes: distinct.flatMap { Array($0.utf8) })
        let groups = texts.map { texts -> ColumnVector in
            let codes = texts.map { text in
                text.flatMap { dictionary.code(of: $0) } ?? StringVector.nullCode
            }
            if !isPlain { return .string(StringVector(codes: codes, dictionary: dictionary)) }
            let numbers = codes.map { code in
                code == StringVector.nullCode
                    ? 0 : dictionary.withBytes(code) { type.number($0) ?? 0 }
            }
            return type.vector(numbers, texts.map { $0 == nil ? 0 : 1 })
        }
        return KeyColumn.encode(
            column: 33, key: Array("a".utf8), type: type,
            dictionary: isPlain ? nil : dictionary, groups: groups)
    }

    private struct Content: Equatable {
        var texts: [[String?]] = []
        var numbers: [[Double?]?] = []
        var zones: [ZoneMap?] = []
    }

    /// What a section holds.
    private static func content(
        _ section: [UInt8], isOld: Bool = false
    ) throws(StoreError) -> Content {
        let result: Result<Content, StoreError> = section.withUnsafeBytes { bytes in
            Result { () throws(StoreError) in
                let reader = ByteReader(bytes, file: "segment", region: "key column")
                let keys = try KeyColumn(reader, groupRows: groupRows, isOld: isOld)
                var content = Content()
                for (group, rowCount) in groupRows.enumerated() {
                    let stored = try keys.stored(
                        group: group, rows: 0..<rowCount, section: bytes)
                    let strings = NumberTexts.strings(stored)
                    content.texts.append(
                        strings.codes.map { code in
                            code == StringVector.nullCode ? nil : strings.dictionary.string(code)
                        })
                    content.numbers.append(
                        values(
                            try keys.numbers(group: group, rows: 0..<rowCount, section: bytes)))
                    content.zones.append(keys.zone(of: group))
                }
                return content
            }
        }
        return try result.get()
    }

    private static func values(_ vector: ColumnVector?) -> [Double?]? {
        switch vector {
        case .integer(let vector):
            vector.values.indices.map {
                vector.validity?[$0] == 0 ? nil : Double(vector.values[$0])
            }
        case .float(let vector):
            vector.values.indices.map { vector.validity?[$0] == 0 ? nil : vector.values[$0] }
        case .null(let count): Array(repeating: nil, count: count)
        case .identifier, .string, .text, nil: nil
        }
    }

    @Test(
        "The worked examples of schemas/segment.md are what is written",
        arguments: [
            (GoldenBytes.keyColumn, KeyType.string, [["x", "x", "x"], [nil, nil]], false),
            (GoldenBytes.numberKeyColumn, .integer, [["7", nil, "7"], ["-1", "-1"]], true),
        ] as [(String, KeyType, [[String?]], Bool)])
    func golden(hex: String, type: KeyType, texts: [[String?]], isPlain: Bool) throws {
        var written = Self.section(type, texts, isPlain: isPlain)
        if type == .string {
            // The example has a text that no row has.
            let dictionary = StringDictionary(ends: [1, 2], bytes: Array("1x".utf8))
            let codes = [[1, 1, 1], [StringVector.nullCode, StringVector.nullCode]]
            written = KeyColumn.encode(
                column: 33, key: Array("a".utf8), type: type, dictionary: dictionary,
                groups: codes.map { .string(StringVector(codes: $0, dictionary: dictionary)) })
        }
        #expect(dump(written) == dump(bytes(hex: hex)))
        #expect(try Self.content(bytes(hex: hex)).texts == texts)
    }

    @Test func aColumnOfVersion3IsRead() throws {
        let content = try Self.content(bytes(hex: GoldenBytes.textKeyColumn), isOld: true)
        #expect(content.texts == [["x", "x", "x"], [nil, nil]])
        #expect(content.numbers == [nil, nil])
        #expect(content.zones == [nil, nil])
    }

    @Test func everyLayoutComesBack() throws {
        let integers: [[String?]] = [["-9223372036854775808", nil, "10"], ["9", "9"]]
        let zones = [
            ZoneMap(nullCount: 1, integers: .min...10), ZoneMap(nullCount: 0, integers: 9...9),
        ]
        for isPlain in [false, true] {
            let content = try Self.content(Self.section(.integer, integers, isPlain: isPlain))
            #expect(content.texts == integers)
            #expect(content.numbers == [[-0x1p63, nil, 10], [9, 9]])
            #expect(content.zones == zones)
        }
        let doubles: [[String?]] = [["-0.0", "1e+16", "0.1"], [nil, nil]]
        for isPlain in [false, true] {
            let content = try Self.content(Self.section(.double, doubles, isPlain: isPlain))
            #expect(content.texts == doubles)
            #expect(content.numbers == [[0, 1e16, 0.1], [nil, nil]])
            #expect(
                content.zones == [
                    ZoneMap(nullCount: 0, integers: 0...Int64(1e16.bitPattern)),
                    ZoneMap(nullCount: 2),
                ])
        }
        let strings: [[String?]] = [["b", nil, "d"], ["a", "c"]]
        let content = try Self.content(Self.section(.string, strings))
        #expect(content.texts == strings)
        #expect(
            content.zones == [
                ZoneMap(nullCount: 1, integers: 1...3), ZoneMap(nullCount: 0, integers: 0...2),
            ])
    }

    @Test(arguments: [KeyType.string, .integer, .double], [false, true])
    func damagedSectionsAreRefusedOrRead(type: KeyType, isPlain: Bool) throws {
        if isPlain, type == .string { return }
        let texts: [[String?]] =
            switch type {
            case .string: [["x", nil, "1"], [nil, "x"]]
            case .integer: [["7", nil, "-1"], [nil, "400"]]
            case .double: [["0.5", nil, "-1.25"], [nil, "1e+300"]]
            }
        let good = Self.section(type, texts, isPlain: isPlain)
        #expect(try Self.content(good).texts == texts)
        var refused = 0
        for damage in damages(of: good) {
            do {
                _ = try Self.content(damage.bytes)
            } catch {
                refused += 1
            }
        }
        #expect(refused > good.count)
    }

    @Test func aTextThatIsNoNumberOfItsTypeIsRefused() throws {
        for (type, text) in [
            (KeyType.integer, "07"), (.integer, "1.0"), (.double, "1"), (.double, "x"),
        ] {
            let section = Self.section(type, [[text, nil, nil], [nil, nil]])
            #expect(throws: StoreError.self) { try Self.content(section) }
        }
    }
}
