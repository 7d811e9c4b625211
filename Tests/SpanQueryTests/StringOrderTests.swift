// Strings are ordered by their bytes, however alike they begin and whatever lies in them.

import SpanColumns
import SpanQuery
import SpanTesting
import Testing

@Suite struct StringOrderTests {
    private func dictionary(_ strings: [[UInt8]], isSorted: Bool = false) -> StringDictionary {
        var ends: [UInt32] = []
        for string in strings { ends.append((ends.last ?? 0) + UInt32(string.count)) }
        return StringDictionary(ends: ends, bytes: strings.flatMap { $0 }, isSorted: isSorted)
    }

    @Test func orderIsThatOfTheBytes() {
        var random = SeededGenerator(seed: 5)
        for round in 0..<300 {
            let alphabet: [UInt8] = round % 3 == 0 ? [0, 1, 255] : [0x61, 0x62, 0]
            let shared = (0..<Int.random(in: 0...12, using: &random)).map { _ in
                alphabet.randomElement(using: &random) ?? 0
            }
            let strings = Set(
                (0..<Int.random(in: 1...40, using: &random)).map { _ in
                    shared
                        + (0..<Int.random(in: 0...11, using: &random)).map { _ in
                            alphabet.randomElement(using: &random) ?? 0
                        }
                }
            ).shuffled(using: &random)
            let codes = (0..<60).map { _ in
                Int.random(in: 0...9, using: &random) == 0
                    ? StringVector.nullCode
                    : UInt32(Int.random(in: strings.indices, using: &random))
            }
            func bytes(_ row: UInt32) -> [UInt8]? {
                codes[Int(row)] == StringVector.nullCode ? nil : strings[Int(codes[Int(row)])]
            }
            let expected = (0..<UInt32(codes.count)).sorted { left, right in
                guard let one = bytes(left), let other = bytes(right), one != other else {
                    return (bytes(left) == nil) == (bytes(right) == nil)
                        ? left < right : bytes(right) == nil
                }
                return one.lexicographicallyPrecedes(other)
            }
            let vector = ColumnVector.string(
                StringVector(codes: codes, dictionary: dictionary(strings)))
            #expect(RowOrder.sorted(count: codes.count, by: [RowOrder.Term(vector)]) == expected)
            // Over a dictionary in order the codes are the ranks.
            let ascending = strings.sorted { $0.lexicographicallyPrecedes($1) }
            let places = Dictionary(uniqueKeysWithValues: zip(ascending, UInt32(0)...))
            let sorted = ColumnVector.string(
                StringVector(
                    codes: (0..<UInt32(codes.count)).map {
                        bytes($0).flatMap { places[$0] } ?? StringVector.nullCode
                    }, dictionary: dictionary(ascending, isSorted: true)))
            #expect(RowOrder.sorted(count: codes.count, by: [RowOrder.Term(sorted)]) == expected)
        }
    }
}
