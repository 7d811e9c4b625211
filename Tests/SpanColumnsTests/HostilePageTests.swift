// Pages from a hostile file: every bit flip, every truncation and seeded garbage either errors or
// gives a vector of the right size. A trap would end the test run.

import SpanColumns
import SpanModel
import SpanTesting
import Testing

@Suite struct HostilePageTests {
    @Test func everyBitFlipAndTruncation() throws {
        var encodings: Set<PageEncoding> = []
        for vector in samples() {
            let page = PageEncoder.encode(vector)
            encodings.insert(page.encoding)
            for length in 0..<page.bytes.count {
                exercise(Array(page.bytes[..<length]), page.encoding, vector)
            }
            let step = page.bytes.count > 600 ? 11 : 1
            for bit in stride(from: 0, to: page.bytes.count * 8, by: step) {
                var bytes = page.bytes
                bytes[bit / 8] ^= 1 << UInt8(bit % 8)
                exercise(bytes, page.encoding, vector)
            }
            #expect(throws: StoreError.self, "\(page.encoding)") {
                try decode(
                    page.bytes + [7], page.encoding, form(vector), vector.count,
                    dictionary: dictionary(vector), blocks: blocks(vector))
            }
        }
        #expect(
            encodings.count == PageEncoding.allCases.count - 4,
            "all but null and those that do not stand alone or are no longer written")
    }

    @Test func garbage() {
        var generator = VectorGenerator(seed: 4)
        let forms: [PhysicalForm] = [.integer, .float, .identifier, .string, .text]
        let rowCounts = [1, 2, 16, 17, 65, 1_025, 65_536]
        for round in 0..<100_000 {
            let encoding = PageEncoding.allCases[round % PageEncoding.allCases.count]
            let form = forms[Int(generator.next() % 5)]
            let rows = rowCounts[Int(generator.next() % 7)]
            var bytes = [UInt8](repeating: 0, count: Int(generator.next() % 200))
            for index in bytes.indices where generator.next() % 3 != 0 {
                bytes[index] = UInt8(truncatingIfNeeded: generator.next())
            }
            if bytes.count > 16 { plausible(&bytes, encoding, rows, &generator) }
            if let vector = try? decode(bytes, encoding, form, rows) {
                #expect(vector.count == rows)
            }
            if let vector = try? decode(bytes, encoding, form, rows, rows: rows / 2..<rows) {
                #expect(vector.count == rows - rows / 2)
            }
            pointAccess(bytes, encoding, form, rows)
        }
    }

    /// Gives garbage an integer header that may be accepted.
    private func plausible(
        _ bytes: inout [UInt8], _ encoding: PageEncoding, _ rows: Int,
        _ generator: inout VectorGenerator
    ) {
        bytes[0] = encoding.rawValue
        bytes[1] = UInt8(generator.next() % 66)
        bytes[2] = UInt8(generator.next() % 90)
        bytes[3] = 0
        for (index, shift) in [0, 8, 16, 24].enumerated() {
            bytes[4 + index] = UInt8(truncatingIfNeeded: (bytes.count - 16) >> shift)
        }
        if bytes.count > 20, Bool.random(using: &generator) {
            bytes[16] = UInt8(generator.next() % 20)
            bytes[17] = 0
            bytes[18] = 0
            bytes[19] = 0
        }
    }

    private func samples() -> [ColumnVector] {
        var generator = VectorGenerator(seed: 31)
        var all: [ColumnVector] = []
        for shape in VectorGenerator.IntegerShape.allCases {
            all.append(generator.integers(shape, 90))
            all.append(generator.integers(shape, 40, nulls: .random))
            all.append(generator.integers(shape, 300, nulls: .first))
        }
        for shape in VectorGenerator.FloatShape.allCases {
            all.append(generator.floats(shape, 90, nulls: .random))
            all.append(generator.floats(shape, 600))
        }
        for shape in VectorGenerator.IdentifierShape.allCases {
            all.append(generator.identifiers(shape, 30))
            all.append(generator.identifiers(shape, 30, nulls: .alternating))
        }
        for shape in VectorGenerator.StringShape.allCases {
            all.append(generator.strings(shape, 200, nulls: .random))
        }
        for shape in VectorGenerator.TextShape.allCases {
            let values = generator.textValues(shape, 80, nulls: .random)
            all.append(VectorGenerator.texts(values, shuffled: shape == .shuffled))
        }
        return all
    }

    private func exercise(_ bytes: [UInt8], _ encoding: PageEncoding, _ vector: ColumnVector) {
        let decoded = try? decode(
            bytes, encoding, form(vector), vector.count, dictionary: dictionary(vector),
            blocks: blocks(vector))
        if let decoded {
            #expect(decoded.count == vector.count)
            _ = try? texts(decoded)
            if case .string(let strings) = decoded { _ = SpanColumnsTests.strings(strings) }
        }
        for rows in [0..<1, vector.count / 3..<vector.count / 2, 5..<vector.count] {
            let part = try? decode(
                bytes, encoding, form(vector), vector.count, rows: rows,
                dictionary: dictionary(vector), blocks: blocks(vector))
            if let part {
                #expect(part.count == rows.count)
                _ = try? texts(part)
                if case .string(let strings) = part { _ = SpanColumnsTests.strings(strings) }
            }
        }
        pointAccess(bytes, encoding, form(vector), vector.count)
    }

    private func pointAccess(
        _ bytes: [UInt8], _ encoding: PageEncoding, _ form: PhysicalForm, _ rows: Int
    ) {
        bytes.withUnsafeBytes { bytes in
            guard
                let reader = try? PageReader(
                    bytes: bytes, encoding: encoding, form: form, rowCount: rows)
            else { return }
            for row in [0, rows / 2, rows - 1] {
                _ = reader.integer(at: row)
                _ = reader.code(at: row)
                _ = try? reader.withIdentifier(at: row) { $0.count }
            }
            _ = try? reader.integers(at: [0, rows / 2, rows - 1])
            _ = try? reader.texts(rows / 3..<rows, in: BlockSet(blockCount: 3, all: true))
            if let runs = try? reader.stringRuns(rows / 3..<rows, dictionary: .empty) {
                #expect(runs.ends.last == rows - rows / 3)
            }
        }
    }
}
