// The worked examples of schemas/encodings.md, byte for byte, written and read back.

import SpanColumns
import SpanModel
import SpanTesting
import Testing

@Suite struct EncodingGoldenTests {
    @Test func constant() throws {
        try expect(integers([-7, -7, -7]), .constant, hex("01 00 00 00 00 00 00 00 f9") + ones(7))
    }

    @Test func packed() throws {
        try expect(
            integers([10, 11, 15, 12]), .packed,
            hex("03 03 00 00 40 00 00 00 0a 00 00 00 00 00 00 00")
                + hex("00 00 00 00 01 00 00 00 05 00 00 00 02 00 00 00") + zeros(48))
    }

    @Test func delta() throws {
        try expect(
            integers([5_000_000, 2_000_000]), .delta,
            hex("04 00 46 00 08 00 00 00 40 39 d2") + ones(5) + hex("40 4b 4c 00 00 00 00 00"))
    }

    @Test func runLength() throws {
        let values = Array(repeating: Int64(3), count: 600) + Array(repeating: 9, count: 400)
        try expect(
            integers(values), .runLength,
            hex("02 03 00 00 48 00 00 00 03 00 00 00 00 00 00 00")
                + hex("02 00 00 00 57 02 e7 03 00 00 00 00 06 00 00 00") + zeros(56))
    }

    @Test func distance() throws {
        let starts = IntegerVector(values: [10, 5_000_000, 12])
        let ends = IntegerVector(values: [17, 5_000_007, 19])
        let page = PageEncoder.encode(ends, near: starts)
        #expect(page.encoding == .distance)
        #expect(page.bytes == hex("01 00 00 00 00 00 00 00 07 00 00 00 00 00 00 00"))
        #expect(page.zone == ZoneMap(nullCount: 0, integers: 17...5_000_007))
    }

    @Test func nulls() throws {
        let seven = hex("01 00 00 00 00 00 00 00 07 00 00 00 00 00 00 00")
        try expect(
            .integer(IntegerVector(values: [7, 0, 7], validity: [1, 0, 1])), .constant,
            seven + hex("01 00 00 00 01 00 00 00 05"))
        let values = Array(repeating: Int64(7), count: 30) + Array(repeating: 0, count: 10)
        let validity = Array(repeating: UInt8(1), count: 30) + Array(repeating: 0, count: 10)
        try expect(
            .integer(IntegerVector(values: values, validity: validity)), .constant,
            seven + hex("02 01 00 00 0a 00 00 00 1d 00 27 00"))
    }

    @Test func decimal() throws {
        var values = (0..<40).map { Double($0 % 5) / 4 }
        values[2] = -0.0
        let page = PageEncoder.encode(.float(FloatVector(values: values)))
        #expect(page.encoding == .decimal)
        #expect(page.bytes.count == 98)
        #expect(
            Array(page.bytes.prefix(16)) == hex("02 00 00 00 01 00 00 00 03 07 00 00 40 00 00 00"))
        #expect(Array(page.bytes.suffix(10)) == hex("02 00 00 00 00 00 00 00 00 80"))
    }

    @Test func xor() throws {
        let third = 1.0 / 3
        let values = (0..<12).map { third + 0x1p-54 * Double(max(0, $0 - 5)) }
        let head = hex("00 00 00 00 0e 00 00 00 55 55 55 55 55 55 d5 3f")
        let rest = hex("00 00 00 11 11 11 03 01 0f 01 03 01") + zeros(8)
        try expect(.float(FloatVector(values: values)), .xorBlocks, head + zeros(4) + rest)
        // As version 1 wrote it.
        let old = (head + rest).withUnsafeBytes { bytes in
            Result {
                try PageReader(bytes: bytes, encoding: .xor, form: .float, rowCount: 12)
                    .decode(dictionary: nil, blocks: nil)
            }
        }
        guard case .float(let found) = try old.get() else {
            Issue.record("no floats")
            return
        }
        #expect(found.values == values)
    }

    @Test func aligned() throws {
        let values = (0..<1_024).map { Int64($0 < 512 ? $0 : $0 - 507) }
        try expect(
            .integer(IntegerVector(values: values)), .aligned,
            hex("0e 00 00 00 48 00 00 00 00 00 00 00 00 00 00 00")
                + hex("02 00 00 00 00 00 00 00 00 00 00 02 00 00 00 00")
                + hex("00 00 00 00 00 00 00 00 05 00 00 00 00 00 00 00")
                + hex("04 00 00 00 08 00 00 00 01 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00")
                + hex("01 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00"))
    }

    @Test func blockedFloats() throws {
        let values = (0..<512).map { row in
            let first: UInt64 = row < 256 ? 0x3ff0_0000_0000_0000 : 0x3eb0_0000_0000_0000
            return row == 511 ? Double.nan : Double(bitPattern: first + UInt64(row % 4))
        }
        let quarter = hex("00 00 00 00 55 55 55 55 aa aa aa aa ff ff ff ff")
        let last = hex("00 00 00 00 55 55 55 55 aa aa aa aa ff ff ff bf")
        try expect(
            .float(FloatVector(values: values)), .blockedFloats,
            hex("01 00 00 00 00 00 00 00 00 00 00 00 00 00 f0 3f 00 00 00 00 00 00 b0 3e")
                + hex("00 00 02 02") + quarter + quarter + quarter + quarter + quarter + quarter
                + quarter + last + hex("ff 01 00 00 00 00 00 00 f8 7f"))
    }

    @Test func fixedIdentifiers() throws {
        let first = hex("01 02 03 04 05 06 07 08")
        let second = hex("09 0a 0b 0c 0d 0e 0f 10")
        let vector = IdentifierVector(ends: [9, 9, 18], bytes: [2] + first + [2] + second)
        try expect(
            .identifier(vector), .fixedIdentifiers,
            hex("02") + zeros(7) + first + zeros(8) + second + hex("01 00 00 00 01 00 00 00 05"))
    }

    @Test func variableIdentifiers() throws {
        let bytes = hex("04 61 62 04 63 64")
        try expect(
            .identifier(IdentifierVector(ends: [3, 6], bytes: bytes)), .variableIdentifiers,
            hex("06 00 00 00 00 00 00 00 03 02 00 00 40 00 00 00 03") + zeros(7)
                + hex("00 00 00 00 03 00 00 00") + zeros(56) + bytes)
    }

    @Test func dictionaryIdentifiers() throws {
        let payload = hex("01 02 03 04 05 06 07 08")
        let vector = IdentifierVector(
            ends: (1...8).map { $0 * 9 }, bytes: (0..<8).flatMap { _ in [2] + payload })
        try expect(
            .identifier(vector), .dictionaryIdentifiers,
            hex("01 00 00 00 07 00 00 00 01") + zeros(7) + hex("01") + zeros(7)
                + hex("02") + zeros(7) + payload)
    }

    @Test func sequentialText() throws {
        let reference = TextReference(block: 1, offset: 7, length: 5)
        try expect(
            texts([reference]), .sequentialText,
            hex("01 00 00 00 00 00 00 00 01") + zeros(7) + hex("06") + zeros(7)
                + hex("00 00 01 00 00 00 07 00 00 00"))
    }

    @Test func scatteredText() throws {
        let references = (0..<100).reversed().map {
            TextReference(block: 0, offset: UInt32($0 * 4), length: 4)
        }
        try expect(
            texts(references), .scatteredText,
            hex("01") + zeros(15)
                + hex("04 00 00 00 08 00 00 00 fc") + ones(7) + hex("8c 01 00 00 00 00 00 00")
                + hex("01") + zeros(7) + hex("05") + zeros(7))
    }

    @Test func decimalSpecialsKeepTheirBits() throws {
        var values = (0..<400).map { Double($0) / 10 }
        let specials: [Double] = [
            -0.0, .nan, -.infinity, .infinity, .leastNonzeroMagnitude, .signalingNaN,
            Double(bitPattern: 0xfff8_0000_0000_1234), 0x1p60, 1e300, 1.0 / 3,
        ]
        for (index, special) in specials.enumerated() { values[index * 30] = special }
        let vector = ColumnVector.float(FloatVector(values: values))
        let page = PageEncoder.encode(vector)
        #expect(page.encoding == .decimal)
        #expect(isIdentical(vector, try decode(page.bytes, page.encoding, .float, 400)))
    }

    @Test func codesOutsideTheDictionaryAreDamage() throws {
        let vector = StringVector(
            codes: [0, 1, 2, .max],
            dictionary: StringDictionary(ends: [1, 2, 3], bytes: Array("abc".utf8)))
        let page = PageEncoder.encode(.string(vector))
        let smaller = StringDictionary(ends: [1, 2], bytes: Array("ab".utf8))
        for dictionary in [smaller, nil] {
            #expect(throws: StoreError.self) {
                try decode(page.bytes, page.encoding, .string, 4, dictionary: dictionary)
            }
        }
    }

    private func expect(_ vector: ColumnVector, _ encoding: PageEncoding, _ bytes: [UInt8]) throws {
        let page = PageEncoder.encode(vector)
        #expect(page.encoding == encoding)
        #expect(page.bytes == bytes)
        let decoded = try decode(
            bytes, encoding, form(vector), vector.count, dictionary: dictionary(vector),
            blocks: blocks(vector))
        #expect(isIdentical(vector, decoded))
    }

    private func integers(_ values: [Int64]) -> ColumnVector {
        .integer(IntegerVector(values: values))
    }

    private func texts(_ references: [TextReference]) -> ColumnVector {
        let block = TextBlock(codec: .stored, rawLength: 0, bytes: [])
        return .text(
            TextVector(references: references, blocks: MemoryTextBlocks([block, block])))
    }

    private func hex(_ text: String) -> [UInt8] {
        text.split(separator: " ").compactMap { UInt8($0, radix: 16) }
    }

    private func zeros(_ count: Int) -> [UInt8] { Array(repeating: 0, count: count) }

    private func ones(_ count: Int) -> [UInt8] { Array(repeating: 0xff, count: count) }
}
