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
            (.costs, .packed),
        ]
        for (shape, encoding) in expected {
            let page = PageEncoder.encode(generator.integers(shape, 10_000))
            #expect(page.encoding == encoding, "\(shape)")
        }
    }

    @Test func floatsChoose() {
        var generator = VectorGenerator(seed: 1)
        let expected: [(VectorGenerator.FloatShape, PageEncoding)] = [
            (.constant, .constant), (.runs, .runLength), (.decimals, .decimal),
            (.decimalsWithSpecials, .decimal), (.randomBits, .packed),
            (.singlePrecision, .packed), (.slowWalk, .xorBlocks),
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
