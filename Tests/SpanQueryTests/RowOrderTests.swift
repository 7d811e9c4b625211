// Rows that lie as runs in order are put in order as any others: equal rows keep theirs.

import SpanColumns
import SpanModel
import SpanQuery
import SpanTesting
import Testing

@Suite struct RowOrderTests {
    private typealias Random = SpanGenerator.Random

    /// Blocks of rows with one first key each, in any order of blocks; within a block the second key
    /// rises, now and then not, and blocks may share their keys.
    private func blocks(_ random: inout Random) -> [(first: Int64, second: Int64?)] {
        var rows: [(first: Int64, second: Int64?)] = []
        let isInterleaved = random.chance(20)
        for block in Array(0..<Int64(12)).shuffled(using: &random) {
            var second = Int64.random(in: -3...3, using: &random)
            for _ in 0..<Int.random(in: 0...40, using: &random) {
                rows.append(
                    (random.chance(3) ? block / 2 : block, random.chance(1) ? nil : second))
                second += isInterleaved && random.chance(10) ? -2 : Int64(random.chance(80) ? 1 : 0)
            }
        }
        return rows
    }

    @Test(arguments: 1...40)
    func runsInOrderAreOrderedLikeAnyRows(seed: UInt64) {
        var random = Random(seed: seed)
        let rows = blocks(&random)
        let first = IntegerVector(values: rows.map(\.first))
        let second = IntegerVector(
            values: rows.map { $0.second ?? 0 }, validity: rows.map { $0.second == nil ? 0 : 1 })
        for isDescending in [false, true] {
            let terms = [
                RowOrder.Term(.integer(first), descending: isDescending),
                RowOrder.Term(.integer(second)),
            ]
            let expected = rows.indices.sorted { left, right in
                let (a, b) = (rows[left], rows[right])
                if a.first != b.first { return (a.first < b.first) != isDescending }
                // Nulls last.
                let (x, y) = (a.second ?? .max, b.second ?? .max)
                return x == y ? left < right : x < y
            }
            #expect(
                RowOrder.sorted(count: rows.count, by: terms).map(Int.init) == expected,
                "seed \(seed)")
        }
    }

    @Test(arguments: 1...40)
    func rowsOfSortedSegmentsAreOrderedLikeAnyRows(seed: UInt64) {
        var random = Random(seed: seed)
        // Keys of 64 bits do not fit into one integer.
        let range: ClosedRange<Int64> = random.chance(50) ? -20...20 : .min...(.max)
        var rows: [(first: Int64, second: Int64)] = []
        for _ in 0..<Int.random(in: 1...11, using: &random) {
            rows += (0..<Int.random(in: 0...60, using: &random)).map { _ in
                (.random(in: range, using: &random), .random(in: 0...3, using: &random))
            }.sorted { $0 < $1 }
        }
        let terms = [
            RowOrder.Term(.integer(IntegerVector(values: rows.map(\.first)))),
            RowOrder.Term(.integer(IntegerVector(values: rows.map(\.second)))),
        ]
        let expected = rows.indices.sorted { left, right in
            let (a, b) = (rows[left], rows[right])
            return a == b ? left < right : a < b
        }
        for wanted in [nil, rows.count / 5, rows.count] {
            #expect(
                RowOrder.sorted(count: rows.count, by: terms, first: wanted).map(Int.init)
                    == Array(expected.prefix(wanted ?? rows.count)),
                "seed \(seed)")
        }
    }

    /// Of one form, of several, with nulls, and with beginnings that many share.
    @Test(arguments: 1...40)
    func identifiersOrderAsTheirTexts(seed: UInt64) {
        var random = Random(seed: seed)
        let forms = Int.random(in: 1...4, using: &random)
        let prefix = String(repeating: "a", count: Int.random(in: 0...9, using: &random))
        let texts: [String?] = (0..<200).map { _ in
            if random.chance(5) { return nil }
            let number = Int.random(in: 0..<500, using: &random)
            let digits = prefix + String(number, radix: 16)
            let hex = digits + String(repeating: "0", count: 16 - digits.count)
            return [
                hex, hex + hex, "\(prefix)\(number)",
                "\(hex.prefix(8))-0000-0000-0000-\(hex.suffix(12))",
            ][Int.random(in: 0..<forms, using: &random)]
        }
        var vector = IdentifierVector()
        for text in texts {
            vector.bytes += text.flatMap(PackedIdentifier.pack) ?? []
            vector.ends.append(UInt32(vector.bytes.count))
        }
        let expected = texts.indices.sorted { left, right in
            guard let one = texts[left] else { return texts[right] == nil && left < right }
            guard let other = texts[right] else { return true }
            return one == other ? left < right : one < other
        }
        let order = RowOrder.sorted(
            count: texts.count, by: [RowOrder.Term(.identifier(vector))])
        #expect(order.map(Int.init) == expected, "seed \(seed)")
    }
}
