// The chooser takes what is expected for named shapes, and the bytes are those of the worked
// examples in schemas/encodings.md.

import SpanColumns
import SpanModel
import SpanTesting
import Testing

@Suite struct PageEncoderTests {
    @Test func integersChoose() {
        var generator = VectorGenerator(seed: 1)
        let expected: [(VectorGenerator.IntegerShape, PageEncoding)] = [
            (.constant, .constant), (.runs, .runLength), (.smallRange, .packed),
            (.fullRange, .packed), (.steps, .delta), (.sorted, .delta), (.milliseconds, .packed),
            (.costs, .packed), (.series, .aligned),
        ]
        for (shape, encoding) in expected {
            let page = PageEncoder.encode(generator.integers(shape, 10_000))
            #expect(page.encoding == encoding, "\(shape)")
        }
    }

    @Test func seriesMayBeToldInsteadOfFound() throws {
        // Values that never fall, so that nothing but the caller knows of the series.
        let values = (0..<4_096).map { row -> Int64 in
            let place = row % 64
            return Int64(row / 64 * 1_000_000 + place * place)
        }
        let vector = ColumnVector.integer(IntegerVector(values: values))
        #expect(PageEncoder.encode(vector).encoding != .aligned)
        let page = PageEncoder.encode(vector, series: Array(stride(from: 0, to: 4_096, by: 64)))
        #expect(page.encoding == .aligned)
        #expect(page.bytes.count < 2_000)
        let decoded = try decode(page.bytes, page.encoding, .integer, values.count)
        #expect(isIdentical(decoded, vector))
    }

    @Test func floatsChoose() {
        var generator = VectorGenerator(seed: 1)
        let expected: [(VectorGenerator.FloatShape, PageEncoding)] = [
            (.constant, .constant), (.runs, .runLength), (.decimals, .decimal),
            (.decimalsWithSpecials, .decimal), (.randomBits, .packed),
            (.singlePrecision, .packed), (.slowWalk, .xorBlocks),
            (.magnitudes, .blockedFloats),
        ]
        for (shape, encoding) in expected {
            let page = PageEncoder.encode(generator.floats(shape, 10_000))
            #expect(page.encoding == encoding, "\(shape)")
        }
    }

    @Test func identifiersStringsAndTextsChoose() {
        var generator = VectorGenerator(seed: 1)
        let identifiers: [(VectorGenerator.IdentifierShape, PageEncoding)] = [
            (.constant, .dictionaryIdentifiers), (.repeated, .dictionaryIdentifiers),
            (.hex32, .fixedIdentifiers), (.hex16, .fixedIdentifiers), (.uuid, .fixedIdentifiers),
            (.text, .variableIdentifiers), (.mixed, .variableIdentifiers),
        ]
        for (shape, encoding) in identifiers {
            let page = PageEncoder.encode(generator.identifiers(shape, 10_000))
            #expect(page.encoding == encoding, "\(shape)")
        }
        let strings: [(VectorGenerator.StringShape, PageEncoding)] = [
            (.constant, .constant), (.runs, .runLength), (.few, .packed), (.distinct, .packed),
        ]
        for (shape, encoding) in strings {
            let page = PageEncoder.encode(generator.strings(shape, 10_000))
            #expect(page.encoding == encoding, "\(shape)")
        }
        let values = generator.textValues(.short, 5_000)
        #expect(PageEncoder.encode(VectorGenerator.texts(values)).encoding == .sequentialText)
        #expect(
            PageEncoder.encode(VectorGenerator.texts(values, shuffled: true)).encoding
                == .scatteredText)
    }

    @Test func unitsAndNullsCostLittle() {
        var generator = VectorGenerator(seed: 2)
        let rows = 65_536
        // 4,000 multiples of a million take 12 bits, not 32.
        #expect(
            PageEncoder.encode(generator.integers(.costs, rows)).bytes.count <= rows * 12 / 8 + 64)
        // Floats widened to doubles lose their 29 zero bits.
        #expect(
            PageEncoder.encode(generator.floats(.singlePrecision, rows)).bytes.count
                <= rows * 27 / 8)
        // Null rows do not widen the range: 10 bits a row and the bitmap.
        let page = PageEncoder.encode(generator.integers(.smallRange, rows, nulls: .random))
        #expect(page.bytes.count <= rows * 11 / 8 + 64)
        #expect(PageEncoder.encode(generator.integers(.costs, rows, nulls: .all)).bytes.isEmpty)
    }
}
