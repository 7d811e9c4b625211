// Every shape of every form, with every pattern of nulls, at row counts around the borders of
// lanes, words and blocks: what was encoded comes back, whole and row by row.

import SpanColumns
import SpanModel
import SpanTesting
import Testing

private let rowCounts = [0, 1, 2, 15, 16, 17, 63, 64, 65, 1_023, 1_024, 1_025, 65_536]

@Suite struct PageRoundTripTests {
    @Test(arguments: VectorGenerator.IntegerShape.allCases)
    func integers(_ shape: VectorGenerator.IntegerShape) throws {
        try forEachCase { try check($0.integers(shape, $1, nulls: $2)) }
    }

    @Test(arguments: VectorGenerator.FloatShape.allCases)
    func floats(_ shape: VectorGenerator.FloatShape) throws {
        try forEachCase { try check($0.floats(shape, $1, nulls: $2)) }
    }

    @Test(arguments: VectorGenerator.IdentifierShape.allCases)
    func identifiers(_ shape: VectorGenerator.IdentifierShape) throws {
        try forEachCase { try check($0.identifiers(shape, $1, nulls: $2)) }
    }

    @Test(arguments: VectorGenerator.StringShape.allCases)
    func strings(_ shape: VectorGenerator.StringShape) throws {
        try forEachCase { try check($0.strings(shape, $1, nulls: $2)) }
    }

    @Test(arguments: VectorGenerator.TextShape.allCases)
    func texts(_ shape: VectorGenerator.TextShape) throws {
        try forEachCase { generator, count, nulls in
            let values = generator.textValues(shape, min(count, 5_000), nulls: nulls)
            try check(VectorGenerator.texts(values, shuffled: shape == .shuffled))
        }
    }

    @Test func everyWidth() throws {
        var generator = VectorGenerator(seed: 5)
        for width in 1...64 {
            for count in [17, 1_500] {
                let mask = UInt64.max >> UInt64(64 - width)
                var values = (0..<count).map { _ in Int64(bitPattern: generator.next() & mask) }
                values[0] = 0
                values[1] = Int64(bitPattern: mask)
                try check(.integer(IntegerVector(values: values)))
            }
        }
    }

    private func forEachCase(
        _ body: (inout VectorGenerator, Int, VectorGenerator.NullPattern) throws -> Void
    ) throws {
        for count in rowCounts {
            for nulls in VectorGenerator.NullPattern.allCases
            where count < 65_536 || nulls == .none || nulls == .random {
                var generator = VectorGenerator(seed: UInt64(count))
                try body(&generator, count, nulls)
            }
        }
    }

    private func check(_ vector: ColumnVector) throws {
        let page = PageEncoder.encode(vector)
        let decoded = try decode(
            page.bytes, page.encoding, form(vector), vector.count,
            dictionary: dictionary(vector), blocks: blocks(vector))
        #expect(isIdentical(vector, decoded), "\(page.encoding), \(vector.count) rows")
        checkZone(page.zone, vector)
        try checkRows(page, vector)
        try checkParts(page, vector)
    }

    /// Runs of rows around the borders of blocks equal those of the vector.
    private func checkParts(_ page: EncodedPage, _ vector: ColumnVector) throws {
        let count = vector.count
        let borders = [0, 1, 7, 8, 500, 1_023, 1_024, 1_025, 3_000, count / 2, count - 1, count]
            .filter { (0...count).contains($0) }
        for start in borders {
            for end in borders where end > start && (count < 5_000 || (start + end) % 3 == 0) {
                let part = try decode(
                    page.bytes, page.encoding, form(vector), count, rows: start..<end,
                    dictionary: dictionary(vector), blocks: blocks(vector))
                let isEqual = isIdentical(part, withoutEmptyValidity(vector.slice(start..<end)))
                #expect(isEqual, "\(page.encoding), \(start)..<\(end) of \(count) rows")
                try checkRuns(page, vector, start..<end)
                try checkSearch(page, vector, start..<end)
            }
        }
    }

    /// The texts in some blocks are those of the vector that lie there.
    private func checkSearch(
        _ page: EncodedPage, _ vector: ColumnVector, _ part: Range<Int>
    ) throws {
        guard case .text(let texts) = vector else { return }
        for step in [1, 2, 3, 70_000] {
            var wanted = BlockSet(blockCount: texts.blocks.count)
            for block in stride(from: 0, to: texts.blocks.count, by: step) { wanted.insert(block) }
            let expected = part.filter {
                texts.references[$0].hasBytes && wanted.contains(texts.references[$0].block)
            }
            let found = try page.bytes.withUnsafeBytes { bytes in
                let reader = try PageReader(
                    bytes: bytes, encoding: page.encoding, form: .text, rowCount: vector.count)
                return try reader.texts(part, in: wanted)
            }
            #expect(found.rows.map { Int($0) + part.lowerBound } == expected)
            #expect(found.references == expected.map { texts.references[$0] })
        }
    }

    /// Runs of equal strings, where a page has them, are those of its rows.
    private func checkRuns(
        _ page: EncodedPage, _ vector: ColumnVector, _ rows: Range<Int>
    ) throws {
        guard case .string(let strings) = vector else { return }
        let found = try page.bytes.withUnsafeBytes { bytes in
            try PageReader(
                bytes: bytes, encoding: page.encoding, form: .string, rowCount: vector.count
            ).stringRuns(rows, dictionary: strings.dictionary)
        }
        let isOfRuns = page.encoding == .constant || page.encoding == .runLength
        #expect((found != nil) == isOfRuns, "\(page.encoding)")
        guard let found else { return }
        var codes: [UInt32] = []
        for (code, end) in zip(found.codes, found.ends) {
            codes += repeatElement(code, count: end - codes.count)
        }
        #expect(codes == Array(strings.codes[rows]), "\(page.encoding), \(rows)")
        #expect(StringRuns(vector.slice(rows)).ends.last == rows.count)
    }

    private func checkZone(_ zone: ZoneMap, _ vector: ColumnVector) {
        guard case .integer(let integers) = vector else { return }
        let values = integers.values.indices.filter { integers.validity?[$0] != 0 }
            .map { integers.values[$0] }
        #expect(zone.nullCount == vector.count - values.count)
        #expect(zone.integers?.lowerBound == values.min())
        #expect(zone.integers?.upperBound == values.max())
    }

    /// Single rows equal the vector's; large pages are sampled.
    private func checkRows(_ page: EncodedPage, _ vector: ColumnVector) throws {
        let step = max(1, vector.count / 500)
        try page.bytes.withUnsafeBytes { bytes in
            let reader = try PageReader(
                bytes: bytes, encoding: page.encoding, form: form(vector), rowCount: vector.count)
            var wrong = 0
            for row in stride(from: 0, to: vector.count, by: step) {
                switch vector {
                case .integer(let integers):
                    let expected = integers.validity?[row] == 0 ? nil : integers.values[row]
                    if reader.integer(at: row) != expected { wrong += 1 }
                    if try reader.integers(at: [row]) ?? [expected ?? 0] != [expected ?? 0] {
                        wrong += 1
                    }
                case .string(let strings):
                    let expected = strings.codes[row]
                    if reader.code(at: row) ?? StringVector.nullCode != expected { wrong += 1 }
                case .identifier(let identifiers):
                    let expected = Array(identifiers.bytes[identifiers.range(row)])
                    if try reader.withIdentifier(at: row, { Array($0) }) != expected { wrong += 1 }
                default: break
                }
            }
            #expect(wrong == 0, "\(page.encoding), \(vector.count) rows")
        }
    }
}
