// Literals in random bytes of few kinds, so that hits overlap and lie across every boundary of a
// step, against a search that compares at each place.

import SpanColumns
import SpanTesting
import Testing

@Suite struct ByteSearchTests {
    private func naive(_ literal: [UInt8], _ bytes: [UInt8], _ ignoringCase: Bool) -> [UInt32] {
        func folded(_ byte: UInt8) -> UInt8 {
            ignoringCase && (65...90).contains(byte) ? byte + 32 : byte
        }
        guard bytes.count >= literal.count else { return [] }
        return (0...bytes.count - literal.count).filter { start in
            literal.indices.allSatisfy { folded(bytes[start + $0]) == folded(literal[$0]) }
        }.map(UInt32.init)
    }

    @Test func everyPlaceIsFound() {
        var random = SpanGenerator.Random(seed: 21)
        let alphabets = [Array("ab".utf8), Array("aAbB".utf8), Array("a@`[{\u{e9}".utf8)]
        for round in 0..<3_000 {
            let alphabet = alphabets[round % alphabets.count]
            func bytes(_ count: Int) -> [UInt8] {
                (0..<count).map { _ in alphabet.randomElement(using: &random) ?? 97 }
            }
            let text = bytes(Int.random(in: 0...150, using: &random))
            let literal = bytes(Int.random(in: 1...[1, 3, 40][round % 3], using: &random))
            let ignoringCase = random.chance(50)
            let search = ByteSearch(literal, ignoringCase: ignoringCase)
            let wanted = naive(literal, text, ignoringCase)
            #expect(text.withUnsafeBytes { search.places(in: $0) } == wanted)
            let countMax = Int.random(in: 0...20, using: &random)
            #expect(
                text.withUnsafeBytes { search.places(in: $0, countMax: countMax) }
                    == (wanted.count > countMax ? nil : wanted))
        }
    }
}
