// Text blocks, their compression, and the interner.

import SpanColumns
import SpanModel
import SpanTesting
import Testing

@Suite struct TextTests {
    @Test func textsOfAllLengthsComeBack() throws {
        let lengths = [0, 1, 255, 256, 257, 65_535, 65_536, 65_537, 200_000, 3, 0]
        let values: [String?] = lengths.map { String(repeating: "ab", count: $0 / 2) + "c" } + [nil]
        let vector = VectorGenerator.texts(values)
        #expect(try texts(vector) == values)
        guard let source = blocks(vector) else { return }
        for number in 0..<UInt32(source.count) {
            let block = try source.block(number)
            #expect(block.bytes.count <= block.rawLength)
        }
    }

    @Test func referencesOutsideTheirBlocksAreDamage() throws {
        let source = MemoryTextBlocks([
            TextBlock(codec: .stored, rawLength: 3, bytes: Array("abc".utf8))
        ])
        var reader = TextReader(source)
        for reference in [
            TextReference(block: 0, offset: 1, length: 3),
            TextReference(block: 0, offset: .max, length: .max - 1),
            TextReference(block: 1, offset: 0, length: 1),
        ] {
            #expect(throws: StoreError.self) { try reader.bytes(reference) }
        }
        #expect(try reader.bytes(.null) == nil)
        #expect(try reader.bytes(.empty) == [])
        #expect(try reader.bytes(TextReference(block: 0, offset: 1, length: 2)) == [98, 99])
    }

    @Test(arguments: BlockCodec.allCases)
    func blocksComeBack(_ codec: BlockCodec) throws {
        var generator = VectorGenerator(seed: 6)
        for count in [0, 1, 100, 70_000] {
            let repetitive = (0..<count).map { UInt8($0 % 7) }
            let random = (0..<count).map { _ in UInt8(truncatingIfNeeded: generator.next()) }
            for raw in [repetitive, random] {
                let block = BlockCompressor.compress(raw, codec: codec)
                #expect(block.bytes.count <= raw.count)
                #expect(try BlockCompressor.decompress(block) == raw)
            }
        }
    }

    @Test(arguments: [BlockCodec.zstd, .lz4])
    func damagedBlocksAreErrors(_ codec: BlockCodec) {
        let raw = (0..<5_000).map { UInt8($0 % 11) }
        let good = BlockCompressor.compress(raw, codec: codec)
        #expect(good.codec == codec)
        for length in [0, 1, good.bytes.count / 2, good.bytes.count - 1] {
            expectDamage(codec, 5_000, Array(good.bytes[..<length]))
        }
        for rawLength in [0, 1, 4_999, 5_001, UInt32(Limits.requestBodyBytesMax) + 1, .max] {
            expectDamage(codec, rawLength, good.bytes)
        }
        var generator = VectorGenerator(seed: 12)
        for _ in 0..<2_000 {
            var bytes = good.bytes
            bytes[Int(generator.next() % UInt64(bytes.count))] ^= 1 << UInt8(generator.next() % 8)
            let block = TextBlock(codec: codec, rawLength: 5_000, bytes: bytes)
            if let out = try? BlockCompressor.decompress(block) { #expect(out.count == 5_000) }
            let garbage = (0..<40).map { _ in UInt8(truncatingIfNeeded: generator.next()) }
            _ = try? BlockCompressor.decompress(
                TextBlock(codec: codec, rawLength: 100, bytes: garbage))
        }
    }

    @Test func storedLengthMustAgree() {
        expectDamage(.stored, 4, [1, 2, 3])
        expectDamage(.stored, 2, [1, 2, 3])
    }

    private func expectDamage(_ codec: BlockCodec, _ rawLength: UInt32, _ bytes: [UInt8]) {
        #expect(throws: StoreError.self, "\(codec) \(rawLength) of \(bytes.count) bytes") {
            try BlockCompressor.decompress(
                TextBlock(codec: codec, rawLength: rawLength, bytes: bytes))
        }
    }
}

@Suite struct StringInternerTests {
    @Test func numbersDistinctStringsInOrder() {
        var interner = StringInterner()
        let strings = (0..<5_000).map { String(repeating: "x", count: $0 % 40) + "\($0)" } + [""]
        for round in 0..<2 {
            for (index, string) in strings.enumerated() {
                #expect(interner.intern(string) == UInt32(index), "round \(round)")
            }
        }
        let dictionary = interner.dictionary()
        #expect(dictionary.count == strings.count)
        #expect((0..<UInt32(strings.count)).map { dictionary.string($0) } == strings)
        #expect(dictionary.code(of: strings[77]) == 77)
        #expect(dictionary.code(of: "absent") == nil)
    }

    /// Strings that differ in one byte, at each place of each length up to three words.
    @Test func everyByteCounts() {
        var interner = StringInterner()
        var expected: UInt32 = 0
        for length in 0...24 {
            for place in 0..<max(length, 1) {
                var bytes = [UInt8](repeating: 97, count: length)
                if place < length { bytes[place] = 98 }
                let code = bytes.withUnsafeBytes { interner.intern($0) }
                #expect(code == expected)
                expected += 1
            }
        }
    }
}
