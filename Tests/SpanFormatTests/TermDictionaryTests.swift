// Term dictionaries: the worked example of schemas/segment.md, a block that holds a literal is never
// left out, blocks without any of its words are, and damaged sections are refused or answer.

import SpanColumns
import SpanFormat
import SpanModel
import SpanTesting
import Testing

@Suite struct TermDictionaryTests {
    private func section(_ blocks: [[UInt8]], column: Int = 32) -> [UInt8] {
        var builder = TermDictionaryBuilder()
        for block in blocks { block.withUnsafeBytes { builder.append($0) } }
        return builder.encode(column: column)
    }

    private func blocks(
        _ section: [UInt8], _ literals: [[UInt8]], blockCount: Int
    ) throws(StoreError) -> BlockSet? {
        let result: Result<BlockSet?, StoreError> = section.withUnsafeBytes { bytes in
            Result { () throws(StoreError) in
                try TermDictionary(
                    ByteReader(bytes, file: "segment", region: "terms"), blockCount: blockCount
                ).blocks(holding: literals)
            }
        }
        return try result.get()
    }

    /// The numbers of blocks that may hold a literal; nil: any.
    private func found(_ texts: [String], _ literal: String) throws -> [Int]? {
        try blocks(
            section(texts.map { Array($0.utf8) }), [Array(literal.utf8)], blockCount: texts.count
        ).map { set in texts.indices.filter { set.contains(UInt32($0)) } }
    }

    @Test func theWorkedExampleOfTheSchemaIsWhatIsWritten() throws {
        let texts = ["Ok: ok", "no 0123456789ab", "ok, \u{4f60}"]
        let written = section(texts.map { Array($0.utf8) })
        #expect(written == bytes(hex: GoldenBytes.termDictionary), "\(dump(written))")
    }

    @Test func wordsPiecesAndEdges() throws {
        let texts = ["the quick fox", "quicksand", "Über Straße; the", "", "aquicka"]
        #expect(try found(texts, "quick") == [0, 1, 4])
        #expect(try found(texts, " quick ") == [0])
        #expect(try found(texts, " quick") == [0, 1])
        #expect(try found(texts, "quick ") == [0])
        #expect(try found(texts, "e quick f") == [0])
        #expect(try found(texts, "QUICK") == [0, 1, 4])
        #expect(try found(texts, "stra\u{df}e") == [2])
        #expect(try found(texts, "nowhere") == [])
        #expect(try found(texts, "; ") == nil)
        #expect(try found(texts, "the fox") == [0])
    }

    @Test func opaqueTokensAreFoundByWhatTheyMayHold() throws {
        let long = String(repeating: "x", count: 33)
        let texts = ["a 00ff00ff00ff", "b 00ff00ff00fg", "c \(long)", "d 1234567", "e"]
        #expect(try found(texts, "ff0") == [0, 1, 2])
        #expect(try found(texts, "xyz") == [1, 2])
        #expect(try found(texts, " 00ff00ff00ff ") == [0, 1, 2])
        #expect(try found(texts, "d 1234567 ") == [3])
        #expect(try found(texts, "345") == [0, 1, 2, 3])
        #expect(try found(texts, " \(long) ") == [1, 2])
        #expect(try found(texts, " e ") == [4])
    }

    @Test func everyLongCharacterIsATokenByItself() throws {
        let texts = ["\u{4f60}\u{597d}", "\u{597d}\u{4e16}\u{754c}", "\u{1f600}"]
        #expect(try found(texts, "\u{597d}") == [0, 1])
        #expect(try found(texts, "\u{597d}\u{4e16}") == [1])
        #expect(try found(texts, "\u{1f600}") == [2])
    }

    // MARK: Against texts

    /// Texts and literals of few letters, with digits, long runs and characters of every length.
    private func text(_ random: inout SpanGenerator.Random, _ partsMax: Int) -> [UInt8] {
        let parts = [
            "a", "B", "ab", "ba", "7", "12345", " ", " ", ", ", "_", "\u{e9}", "\u{4f60}",
            "\u{1f600}",
            "\u{2014}", "Abba", "0123456789abcdef", String(repeating: "q", count: 30), "@", "[",
            "`{",
        ]
        var text: [UInt8] = []
        for _ in 0..<Int.random(in: 1...partsMax, using: &random) {
            text += Array((parts.randomElement(using: &random) ?? "").utf8)
        }
        return text
    }

    private func holds(_ text: [UInt8], _ literal: [UInt8]) -> Bool {
        func folded(_ bytes: [UInt8]) -> [UInt8] {
            bytes.map { (65...90).contains($0) ? $0 + 32 : $0 }
        }
        let (text, literal) = (folded(text), folded(literal))
        guard text.count >= literal.count else { return false }
        return (0...text.count - literal.count).contains {
            text[$0..<$0 + literal.count] == literal[...]
        }
    }

    @Test func aBlockThatHoldsALiteralIsNeverLeftOut() throws {
        var random = SpanGenerator.Random(seed: 5)
        var left = 0
        for _ in 0..<150 {
            let texts = (0..<Int.random(in: 1...40, using: &random)).map { _ in
                text(&random, 12)
            }
            let section = section(texts)
            for _ in 0..<30 {
                var literal = text(&random, 4)
                if random.chance(50), let some = texts.randomElement(using: &random) {
                    // Cut at characters, as a pattern is.
                    let characters = Array(String(decoding: some, as: UTF8.self))
                    let start = Int.random(in: 0..<characters.count, using: &random)
                    let end = Int.random(in: start..<characters.count, using: &random)
                    literal = Array(String(characters[start...end]).utf8)
                }
                let set = try blocks(section, [literal], blockCount: texts.count)
                for (block, text) in texts.enumerated() {
                    let isOffered = set?.contains(UInt32(block)) ?? true
                    #expect(isOffered || !holds(text, literal))
                    left += isOffered ? 0 : 1
                }
            }
        }
        #expect(left > 10_000)
    }

    /// Past the limit of terms, what is left out is noted as opaque.
    @Test func tooManyTermsAreStillFound() throws {
        let count = Limits.termsPerColumnMax + 2_000
        func word(_ number: Int) -> [UInt8] {
            (0..<6).map { 97 + UInt8(number >> ($0 * 4) & 15) }
        }
        let perBlock = 1_000
        let texts = stride(from: 0, to: count, by: perBlock).map { start in
            (start..<min(count, start + perBlock)).reduce(into: [UInt8]()) {
                $0 += word($1) + [32]
            }
        }
        let section = section(texts)
        for number in [0, 70_000, Limits.termsPerColumnMax - 1, count - 1] {
            let literal: [UInt8] = [32] + word(number) + [32]
            let set = try blocks(section, [literal], blockCount: texts.count)
            let kept = try #require(set)
            #expect(number % perBlock == 0 || kept.contains(UInt32(number / perBlock)))
            #expect(kept.count <= 5)
        }
    }

    // MARK: Damage

    @Test func damagedSectionsAreRefusedOrAnswer() throws {
        let texts = [
            "one two", "two three 0123456789", "three \u{4f60}", "one", "four", "five", "x", "y",
        ]
        let bytes = section(texts.map { Array($0.utf8) })
        let literals = [Array("two".utf8)]
        var refused = 0
        func ask(_ bytes: [UInt8]) {
            do {
                _ = try blocks(bytes, literals, blockCount: texts.count)
                _ = try blocks(bytes, [Array("e".utf8)], blockCount: texts.count)
            } catch {
                refused += 1
            }
        }
        var copy = bytes
        for bit in 0..<bytes.count * 8 {
            copy[bit / 8] ^= 1 << UInt8(bit % 8)
            ask(copy)
            copy[bit / 8] = bytes[bit / 8]
        }
        for count in bytes.indices { ask(Array(bytes[..<count])) }
        ask(bytes + [0])
        #expect(refused > bytes.count)
        #expect(throws: StoreError.self) { try blocks(bytes, literals, blockCount: 7) }
        #expect(throws: StoreError.self) { try blocks([], literals, blockCount: 0) }
    }
}
