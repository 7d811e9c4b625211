// Cells of every type against the plain way to print a value: the encoders write digits and escapes
// by themselves.

import SpanColumns
import SpanModel
import SpanTesting
import SpanWire
import Testing

@Suite struct CellTextTests {
    /// The cells of a column as NDJSON prints them.
    private func cells(_ vector: ColumnVector, _ type: ColumnType) throws -> [String] {
        let table = ResultTable(
            columns: [ResultColumn(name: "c", type: type, values: vector)], rowCount: vector.count)
        let text = String(decoding: try ResultEncoder.encode(table, as: .ndjson), as: UTF8.self)
        return text.unicodeScalars.split(separator: "\n").map { line in
            String(String.UnicodeScalarView(line.dropFirst(5).dropLast()))
        }
    }

    private func integers(_ values: [Int64]) -> ColumnVector {
        .integer(IntegerVector(values: values))
    }

    private func strings(_ values: [String]) -> ColumnVector {
        var interner = StringInterner()
        let codes = values.map { interner.intern($0) }
        return .string(StringVector(codes: codes, dictionary: interner.dictionary()))
    }

    /// A string by the writer that goes byte by byte.
    private func quoted(_ text: String) -> String {
        var out: [UInt8] = []
        JSONWriter.appendString(text, to: &out)
        return String(decoding: out, as: UTF8.self)
    }

    private static let count = 2_500

    @Test(arguments: VectorGenerator.IntegerShape.allCases)
    func integersInstantsAndMoney(shape: VectorGenerator.IntegerShape) throws {
        var generator = VectorGenerator(seed: 11)
        let vector = generator.integers(shape, Self.count, nulls: .random)
        guard case .integer(let integers) = vector, let validity = integers.validity else { return }
        func expected(_ text: (Int64) -> String) -> [String] {
            zip(integers.values, validity).map { $1 == 0 ? "null" : text($0) }
        }
        #expect(try cells(vector, .int64) == expected { "\($0)" })
        #expect(try cells(vector, .bool) == expected { "\($0 != 0)" })
        #expect(try cells(vector, .instant) == expected { "\"\(Instant.format($0))\"" })
        #expect(try cells(vector, .money) == expected { Money.format(Int128($0)) })
    }

    @Test func integersOfEveryLength() throws {
        var values: [Int64] = [.min, .max, 0]
        var power: Int64 = 1
        for _ in 0..<18 {
            power *= 10
            values += [power - 1, power, power + 1, 1 - power, -power]
        }
        #expect(try cells(integers(values), .int64) == values.map { "\($0)" })
        #expect(try cells(integers(values), .money) == values.map { Money.format(Int128($0)) })
        #expect(
            try cells(integers(values), .instant) == values.map { "\"\(Instant.format($0))\"" })
    }

    @Test func instantsOfDaysThatAlternate() throws {
        let day: Int64 = 86_400_000_000_000
        let values = (0..<Int64(60)).map { (row: Int64) -> Int64 in
            (row % 2 + row % 3 + row / 20) * day + row
        }
        #expect(
            try cells(integers(values), .instant) == values.map { "\"\(Instant.format($0))\"" })
    }

    @Test(arguments: VectorGenerator.FloatShape.allCases)
    func doubles(shape: VectorGenerator.FloatShape) throws {
        var generator = VectorGenerator(seed: 12)
        let vector = generator.floats(shape, Self.count)
        guard case .float(let floats) = vector else { return }
        #expect(
            try cells(vector, .float64)
                == floats.values.map { $0.isFinite ? $0.description : "null" })
    }

    @Test func doublesWhereTheShortFormEnds() throws {
        var generator = VectorGenerator(seed: 13)
        var values = [
            0.1 + 0.2, 1e-4, 1e-4.nextDown, 1e-4.nextUp, 9.9e-5, 1e9, 1e9.nextDown, 1e9.nextUp,
            999_999_999.999_999, 123_456_789.123_456, 4.35, 0.000_123, 1e15, 1e16, 1e22,
            Double.leastNonzeroMagnitude,
            1_000_000, 0.5, 0.25, 0.125, 1.0 / 3, 2.0 / 3, 100_000_000.000_001,
            67_108_864.000_000_01,
        ]
        for exponent in -3...9 {
            for _ in 0..<300 {
                var scale = 1.0
                for _ in 0..<abs(exponent) { scale *= 10 }
                let whole = Double(Int.random(in: 0..<10_000_000, using: &generator))
                let value = exponent < 0 ? whole * scale : whole / scale
                values += [value, value.nextUp, value.nextDown]
            }
        }
        values += values.map { -$0 }
        let vector = ColumnVector.float(FloatVector(values: values))
        #expect(try cells(vector, .float64) == values.map(\.description))
    }

    @Test(arguments: VectorGenerator.IdentifierShape.allCases)
    func identifiers(shape: VectorGenerator.IdentifierShape) throws {
        var generator = VectorGenerator(seed: 14)
        let vector = generator.identifiers(shape, Self.count, nulls: .random)
        guard case .identifier(let identifiers) = vector else { return }
        let expected = (0..<Self.count).map { row in
            identifiers.withBytes(row) {
                $0.isEmpty ? "null" : "\"\(PackedIdentifier.text(of: $0))\""
            }
        }
        #expect(try cells(vector, .identifier) == expected)
    }

    @Test func escapesAtEveryPlace() throws {
        var values: [String] = []
        for special in ["\"", "\\", "\n", "\r", "\t", "\u{0}", "\u{1f}", "\u{1b}", "é", "\u{7f}"] {
            for length in 0...20 {
                for place in 0...length {
                    var text = String(repeating: "x", count: length)
                    text.insert(
                        contentsOf: special, at: text.index(text.startIndex, offsetBy: place))
                    values.append(text)
                }
                values.append(String(repeating: special, count: length))
            }
        }
        #expect(try cells(strings(values), .string) == values.map(quoted))
        #expect(try cells(VectorGenerator.texts(values), .text) == values.map(quoted))
    }

    @Test func longTextsAreWrittenInPieces() throws {
        let values = [4_095, 4_096, 4_097, 8_192, 20_000].flatMap { length in
            ["x", "\n", "界"].map { "\"" + String(repeating: $0, count: length) + "\\" }
        }
        #expect(try cells(strings(values), .string) == values.map(quoted))
        #expect(try cells(VectorGenerator.texts(values), .text) == values.map(quoted))
        let json = values.map(quoted)
        #expect(try cells(VectorGenerator.texts(json), .json) == json)
    }

    @Test func csvQuotesWhatNeedsIt() throws {
        var values: [String] = [""]
        for special in ["\"", ",", "\n", "\r", ";"] {
            for length in 0...18 {
                for place in 0...length {
                    var text = String(repeating: "x", count: length)
                    text.insert(
                        contentsOf: special, at: text.index(text.startIndex, offsetBy: place))
                    values.append(text)
                }
            }
        }
        values.append(String(repeating: "\",", count: 5_000))
        let table = ResultTable(
            columns: [
                ResultColumn(name: "a,\"b\"", type: .string, values: strings(values)),
                ResultColumn(name: "n", type: .int64, values: .null(count: values.count)),
            ], rowCount: values.count)
        var expected = "\"a,\"\"b\"\"\",n\r\n"
        for value in values {
            let isPlain = value.unicodeScalars.allSatisfy { !"\",\n\r".unicodeScalars.contains($0) }
            let doubled = value.split(separator: "\"", omittingEmptySubsequences: false)
                .joined(separator: "\"\"")
            expected += (isPlain && !value.isEmpty ? value : "\"\(doubled)\"") + ",\r\n"
        }
        #expect(
            String(decoding: try ResultEncoder.encode(table, as: .csv), as: UTF8.self) == expected)
    }

    @Test func piecesAreBoundedAndTogetherTheAnswer() throws {
        let long = String(repeating: "\u{1}", count: Limits.stringBytesMax)
        let codes = (0..<100).map { UInt32($0 % 2) }
        let dictionary = StringDictionary(
            ends: [UInt32(long.utf8.count), UInt32(long.utf8.count) + 1],
            bytes: Array((long + "y").utf8))
        let table = ResultTable(
            columns: [
                ResultColumn(
                    name: "n", type: .int64, values: integers((0..<100).map { Int64($0) })),
                ResultColumn(
                    name: "s", type: .string,
                    values: .string(StringVector(codes: codes, dictionary: dictionary))),
            ], rowCount: 100)
        var pieces = try ResultPieces(table, as: .json)
        var joined: [UInt8] = []
        var count = 0
        while let piece = try pieces.next() {
            #expect(piece.count <= Limits.resultPieceBytesMax + 6 * long.utf8.count + 10_000)
            joined += piece
            count += 1
        }
        #expect(pieces.isEnded)
        #expect(count > 3)
        let rows = (0..<100).map { row in
            "{\"n\":\(row),\"s\":\(row % 2 == 0 ? quoted(long) : "\"y\"")}"
        }
        #expect(String(decoding: joined, as: UTF8.self) == "[\(rows.joined(separator: ","))]\n")
    }

    @Test func manyRowsKeepTheirOrder() throws {
        let count = 5_000
        let table = ResultTable(
            columns: [
                ResultColumn(
                    name: "n", type: .int64, values: integers((0..<count).map { Int64($0) })),
                ResultColumn(
                    name: "s", type: .string, values: strings((0..<count).map { "s\($0)" })),
                ResultColumn(name: "x", type: .float64, values: .null(count: count)),
            ], rowCount: count)
        let rows = (0..<count).map { "{\"n\":\($0),\"s\":\"s\($0)\",\"x\":null}" }
        #expect(
            String(decoding: try ResultEncoder.encode(table, as: .ndjson), as: UTF8.self)
                == rows.map { $0 + "\n" }.joined())
        #expect(
            String(decoding: try ResultEncoder.encodeObject(table), as: UTF8.self)
                == "{\"rows\":[\(rows.joined(separator: ","))],\"truncated\":false}\n")
    }
}
