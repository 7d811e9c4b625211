// Results as Arrow streams: the worked example of schemas/arrow.md, and every type with every shape
// of values and nulls, read back by a reader that shares nothing with the encoder.

import SpanColumns
import SpanModel
import SpanTesting
import SpanWire
import Testing

@Suite struct ArrowStreamTests {
    private func stream(_ table: ResultTable) throws -> ArrowReader {
        let reader = ArrowReader(try ResultEncoder.encode(table, as: .arrow))
        #expect(reader.isEnded)
        #expect(reader.isAligned)
        return reader
    }

    /// A table of one column, and it read back.
    private func read(_ vector: ColumnVector, _ type: ColumnType) throws -> [String?] {
        let reader = try stream(
            ResultTable(
                columns: [ResultColumn(name: "c", type: type, values: vector)],
                rowCount: vector.count))
        let values = reader.values[0]
        #expect(reader.nullCounts[0] == values.count { $0 == nil })
        return values
    }

    /// Row counts around the widths of bitmaps' bytes and words.
    private static let counts = [1, 7, 8, 9, 63, 64, 65, 300]

    @Test("The worked example of schemas/arrow.md is what the encoder writes")
    func golden() throws {
        let agents = StringVector(
            codes: [0, 1],
            dictionary: StringDictionary(ends: [7, 12], bytes: Array("plannercoder".utf8)))
        let spans = IntegerVector(values: [7, 0], validity: [1, 0])
        let table = ResultTable(
            columns: [
                ResultColumn(name: "agent_name", type: .string, values: .string(agents)),
                ResultColumn(name: "spans", type: .int64, values: .integer(spans)),
            ], rowCount: 2)
        #expect(try ResultEncoder.encode(table, as: .arrow) == ArrowGolden.stream)
    }

    @Test(arguments: VectorGenerator.NullPattern.allCases)
    func integers(nulls: VectorGenerator.NullPattern) throws {
        var generator = VectorGenerator(seed: 1)
        for count in Self.counts {
            for shape in VectorGenerator.IntegerShape.allCases {
                let vector = generator.integers(shape, count, nulls: nulls)
                guard case .integer(let integers) = vector else { return }
                let expected = integers.values.indices.map { row in
                    integers.validity?[row] == 0 ? nil : "\(integers.values[row])"
                }
                for type in [ColumnType.int64, .instant, .money] {
                    #expect(try read(vector, type) == expected)
                }
                let bools = expected.map { $0.map { $0 == "0" ? "0" : "1" } }
                #expect(try read(vector, .bool) == bools)
            }
        }
    }

    @Test(arguments: VectorGenerator.NullPattern.allCases)
    func doublesKeepTheirBits(nulls: VectorGenerator.NullPattern) throws {
        var generator = VectorGenerator(seed: 2)
        for count in Self.counts {
            for shape in VectorGenerator.FloatShape.allCases {
                let vector = generator.floats(shape, count, nulls: nulls)
                guard case .float(let floats) = vector else { return }
                let expected = floats.values.indices.map { row in
                    floats.validity?[row] == 0 ? nil : "\(floats.values[row].bitPattern)"
                }
                #expect(try read(vector, .float64) == expected)
            }
        }
    }

    @Test(arguments: VectorGenerator.NullPattern.allCases)
    func identifiersAreTheirText(nulls: VectorGenerator.NullPattern) throws {
        var generator = VectorGenerator(seed: 3)
        for count in Self.counts {
            for shape in VectorGenerator.IdentifierShape.allCases {
                let vector = generator.identifiers(shape, count, nulls: nulls)
                guard case .identifier(let identifiers) = vector else { return }
                let expected = (0..<count).map { row in
                    identifiers.withBytes(row) {
                        $0.isEmpty ? nil : PackedIdentifier.text(of: $0)
                    }
                }
                #expect(try read(vector, .identifier) == expected)
            }
        }
    }

    @Test(arguments: VectorGenerator.NullPattern.allCases)
    func strings(nulls: VectorGenerator.NullPattern) throws {
        var generator = VectorGenerator(seed: 4)
        for count in Self.counts {
            for shape in VectorGenerator.StringShape.allCases {
                let vector = generator.strings(shape, count, nulls: nulls)
                guard case .string(let strings) = vector else { return }
                let expected = strings.codes.map { code in
                    code == StringVector.nullCode ? nil : strings.dictionary.string(code)
                }
                #expect(try read(vector, .string) == expected)
            }
        }
    }

    @Test(arguments: VectorGenerator.NullPattern.allCases)
    func texts(nulls: VectorGenerator.NullPattern) throws {
        var generator = VectorGenerator(seed: 5)
        for count in Self.counts {
            for shape in VectorGenerator.TextShape.allCases {
                let expected = generator.textValues(shape, count, nulls: nulls)
                let vector = VectorGenerator.texts(expected, shuffled: shape == .shuffled)
                #expect(try read(vector, .text) == expected)
            }
        }
    }

    @Test func stringsAroundSixteenBytesDoNotRunIntoEachOther() throws {
        var interner = StringInterner()
        let expected = (0...70).map { String(repeating: "\($0 % 10)", count: $0 * 7 % 41) }
        let codes = expected.map { interner.intern($0) }
        let vector = StringVector(codes: codes, dictionary: interner.dictionary())
        #expect(try read(.string(vector), .string) == expected)
    }

    @Test(arguments: ColumnType.allCases)
    func columnsWithoutValues(type: ColumnType) throws {
        #expect(try read(.null(count: 9), type) == Array(repeating: nil, count: 9))
        #expect(try read(.null(count: 0), type) == [])
    }

    @Test func emptyResultsAreASchemaAndNoBatch() throws {
        let table = ResultTable(
            columns: [
                ResultColumn(name: "at", type: .instant, values: .null(count: 0)),
                ResultColumn(name: "cost", type: .money, values: .null(count: 0)),
            ], rowCount: 0, isTruncated: true, totalCount: 7)
        let reader = try stream(table)
        #expect(reader.columns.map(\.name) == ["at", "cost"])
        #expect(reader.columns.map(\.type) == [10, 7])
        #expect(reader.batchRows == [])
        #expect(reader.metadata == ["truncated": "true", "total": "7"])
    }

    @Test func batchesHaveBoundedRows() throws {
        let rows = 2 * Limits.arrowBatchRowsMax + 1
        var generator = VectorGenerator(seed: 6)
        let vectors = [
            generator.integers(.fullRange, rows, nulls: .random),
            generator.integers(.costs, rows, nulls: .last),
        ]
        let table = ResultTable(
            columns: [
                ResultColumn(name: "a", type: .int64, values: vectors[0]),
                ResultColumn(name: "b", type: .money, values: vectors[1]),
            ], rowCount: rows)
        let reader = try stream(table)
        #expect(reader.batchRows == [Limits.arrowBatchRowsMax, Limits.arrowBatchRowsMax, 1])
        for (vector, values) in zip(vectors, reader.values) {
            guard case .integer(let integers) = vector else { return }
            #expect(
                values
                    == integers.values.indices.map { row in
                        integers.validity?[row] == 0 ? nil : "\(integers.values[row])"
                    })
        }
    }

    @Test func batchesHaveBoundedTexts() throws {
        let long = String(repeating: "x", count: Limits.arrowBatchTextBytesMax / 3 * 2)
        let dictionary = StringDictionary(ends: [UInt32(long.utf8.count)], bytes: Array(long.utf8))
        let strings = StringVector(codes: [0, 0, StringVector.nullCode, 0], dictionary: dictionary)
        let table = ResultTable(
            columns: [ResultColumn(name: "s", type: .string, values: .string(strings))],
            rowCount: 4)
        let reader = try stream(table)
        #expect(reader.batchRows == [1, 2, 1])
        #expect(reader.values[0] == [long, long, nil, long])
    }

    @Test func damagedTextIsAnError() throws {
        let block = TextBlock(codec: .stored, rawLength: 3, bytes: Array("abc".utf8))
        let vector = TextVector(
            references: [TextReference(block: 0, offset: 1, length: 3)],
            blocks: MemoryTextBlocks([block]))
        let table = ResultTable(
            columns: [ResultColumn(name: "t", type: .text, values: .text(vector))], rowCount: 1)
        #expect(throws: StoreError.self) { try ResultEncoder.encode(table, as: .arrow) }
    }
}
