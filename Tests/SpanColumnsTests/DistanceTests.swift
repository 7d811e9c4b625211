// Distance pages, and the codes of rank boundaries.

import SpanColumns
import SpanModel
import SpanTesting
import Testing

@Suite struct DistanceTests {
    /// What a page says of `rows` next to `starts`.
    private func ends(
        _ page: EncodedPage, near starts: IntegerVector, rows: Range<Int>
    ) throws -> ColumnVector {
        let result = page.bytes.withUnsafeBytes { bytes in
            Result {
                let reader = try PageReader(
                    bytes: bytes, encoding: page.encoding, form: .integer,
                    rowCount: starts.values.count)
                guard let distances = try reader.distances(rows) else {
                    return try reader.decode(rows: rows, dictionary: nil, blocks: nil)
                }
                let base = IntegerVector(values: Array(starts.values[rows]))
                return .integer(distances.added(to: base))
            }
        }
        return try result.get()
    }

    @Test(arguments: VectorGenerator.NullPattern.allCases)
    func endsComeBack(nulls: VectorGenerator.NullPattern) throws {
        var generator = VectorGenerator(seed: 3)
        var encodings: Set<PageEncoding> = []
        for shape in VectorGenerator.IntegerShape.allCases {
            for count in [1, 17, 1_025, 5_000] {
                guard
                    case .integer(let starts) = generator.integers(shape, count, nulls: .none),
                    case .integer(var ends) = generator.integers(.constant, count, nulls: nulls)
                else { continue }
                for row in 0..<count where ends.validity?[row] != 0 {
                    ends.values[row] = starts.values[row] &+ Int64(generator.next() % 1_000)
                }
                let page = PageEncoder.encode(ends, near: starts)
                encodings.insert(page.encoding)
                for rows in [0..<count, count / 3..<count] {
                    guard
                        case .integer(let found) = try self.ends(page, near: starts, rows: rows)
                    else {
                        #expect(page.encoding == .null)
                        continue
                    }
                    #expect(found.values == Array(ends.values[rows]))
                    let validity = ends.validity.map { Array($0[rows]) }
                    #expect(
                        found.validity ?? found.values.map { _ in 1 }
                            == validity ?? found.values.map { _ in 1 })
                }
            }
        }
        #expect(encodings.contains(.distance) || nulls == .all)
    }

    @Test func distancesThatDoNotFitAreNotWritten() throws {
        let starts = IntegerVector(values: [.min, 0, 5])
        let ends = IntegerVector(values: [.max, 0, 5])
        #expect(IntegerVector(distanceOf: ends, from: starts) == nil)
        #expect(PageEncoder.encode(ends, near: starts).encoding != .distance)
    }

    @Test func aPageOfDistancesDoesNotStandAlone() throws {
        let page = PageEncoder.encode(
            IntegerVector(values: [1_000_000, 3_000_001]),
            near: IntegerVector(values: [1_000_000, 3_000_001]))
        #expect(page.encoding == .distance)
        let result = page.bytes.withUnsafeBytes { bytes in
            Result {
                try PageReader(bytes: bytes, encoding: .distance, form: .integer, rowCount: 2)
                    .decode(dictionary: nil, blocks: nil)
            }
        }
        #expect(throws: StoreError.self) { try result.get() }
    }

    @Test func codesCountTheBoundariesThatAreNotAbove() {
        var generator = VectorGenerator(seed: 8)
        for count in [0, 1, 3, 253, 254, 1_000, 70_000] {
            let values = (0..<count).map { _ in
                Int64(bitPattern: generator.next()) >> Int64(generator.next() % 60)
            }
            let bounds = RankBounds(parting: values)
            #expect(bounds.values == bounds.values.sorted())
            #expect(bounds.values.count == Set(bounds.values).count)
            let probes = values.prefix(500) + [.min, .max, 0] + bounds.values
            let codes = bounds.codes(Array(probes))
            for (value, code) in zip(probes, codes) {
                #expect(Int(code) == bounds.values.filter { $0 <= value }.count)
            }
            guard count > 0 else { continue }
            // No code has many more values than an even share.
            let shares = Dictionary(grouping: bounds.codes(values)) { $0 }.mapValues(\.count)
            #expect(shares.values.max() ?? 0 <= count / 50 + 5 || bounds.values.count < 100)
        }
        #expect(RankBounds([]).codes([1, 2], [1, 0]) == [0, RankBounds.null])
    }
}
