// Batches survive their bytes; small ones are small; hostile bytes are errors, never traps.

import SpanColumns
import SpanModel
import SpanTesting
import Testing

/// A batch of a table with a random mixture of nulls in all its columns.
func randomBatch(_ schema: TableSchema, rows: Int, seed: UInt64) -> ColumnBatch {
    var generator = VectorGenerator(seed: seed)
    let columns = schema.columns.map { column -> ColumnVector in
        let nulls = VectorGenerator.NullPattern.allCases.randomElement(using: &generator) ?? .none
        switch column.type.form {
        case _ where nulls == .all: return .null(count: rows)
        case .integer: return generator.integers(.smallRange, rows, nulls: nulls)
        case .float: return generator.floats(.decimalsWithSpecials, rows, nulls: nulls)
        case .identifier: return generator.identifiers(.mixed, rows, nulls: nulls)
        case .string: return generator.strings(.few, rows, nulls: nulls)
        case .text:
            return VectorGenerator.texts(generator.textValues(.short, rows, nulls: nulls))
        }
    }
    return ColumnBatch(schema: schema, rowCount: rows, columns: columns)
}

/// Decodes a batch from an array.
func decodeBatch(_ bytes: [UInt8]) throws(StoreError) -> ColumnBatch {
    let result: Result<ColumnBatch, StoreError> = bytes.withUnsafeBytes { bytes in
        Result { () throws(StoreError) in try BatchCodec.decode(bytes) }
    }
    return try result.get()
}

@Suite struct BatchCodecTests {
    @Test(arguments: [0, 1, 2, 63, 64, 65, 1_025, 9_000])
    func roundTrip(_ rows: Int) throws {
        for schema in Tables.all {
            let batch = randomBatch(schema, rows: rows, seed: UInt64(rows) + 3)
            let decoded = try decodeBatch(try BatchCodec.encode(batch))
            #expect(decoded.schema.number == schema.number)
            #expect(decoded.rowCount == rows)
            for (column, vector) in batch.columns.enumerated() {
                #expect(isIdentical(vector, decoded.columns[column]), "column \(column)")
                if schema.columns[column].type.form == .text {
                    let (before, after) = (try texts(vector), try texts(decoded.columns[column]))
                    #expect(before == after)
                }
            }
        }
    }

    /// The worked example of schemas/batch.md.
    @Test func golden() throws {
        var builder = BatchBuilder(schema: Tables.metrics)
        builder.setInteger(SystemColumn.sequence, 5)
        builder.setString(MetricColumn.project, "p")
        builder.setString(MetricColumn.name, "loss")
        builder.setFloat(MetricColumn.value, 0.5)
        builder.endRow()
        let bytes = try BatchCodec.encode(builder.finish())
        let expected: [UInt8] = [
            0x01, 0x02, 0x00, 0x00, 0x01, 0x00, 0x00, 0x00,
            0x26, 0x00, 0x00, 0x00, 0x26, 0x00, 0x00, 0x00,
            0x04,
            0x00, 0x01, 0x00, 0x05, 0, 0, 0, 0, 0, 0, 0,
            0x03, 0x05, 0x01, 0x01, 0x70, 0x01,
            0x05, 0x05, 0x01, 0x04, 0x6c, 0x6f, 0x73, 0x73, 0x01,
            0x08, 0x03, 0x00, 0, 0, 0, 0, 0, 0, 0xe0, 0x3f,
        ]
        #expect(bytes == expected)
        #expect(try decodeBatch(expected).rowCount == 1)
    }

    @Test func headerIsChecked() throws {
        let good = try BatchCodec.encode(randomBatch(Tables.metrics, rows: 3, seed: 1))
        func changed(_ offset: Int, _ byte: UInt8) -> [UInt8] {
            var bytes = good
            bytes[offset] = byte
            return bytes
        }
        #expect(throws: StoreError.unsupportedVersion(file: "batch", found: 2, newest: 1)) {
            try decodeBatch(changed(0, 2))
        }
        for (offset, byte) in [(1, 9), (2, 1), (2, 7), (3, 1), (6, 1), (8, 0), (12, 0), (16, 200)] {
            #expect(throws: StoreError.self, "byte \(offset)") {
                try decodeBatch(changed(offset, UInt8(byte)))
            }
        }
        #expect(throws: StoreError.self) { try decodeBatch(good + [0]) }
        #expect(throws: StoreError.self) { try decodeBatch([]) }
    }

    @Test func textOutsideItsBlockIsDamage() throws {
        let block = TextBlock(codec: .stored, rawLength: 5, bytes: Array("hello".utf8))
        for reference in [
            TextReference(block: 1, offset: 0, length: 1),
            TextReference(block: 0, offset: 3, length: 3),
            TextReference(block: 0, offset: .max, length: .max - 1),
        ] {
            for rows in [1, 64] {
                var columns = Tables.entities.columns.map { _ in ColumnVector.null(count: rows) }
                columns[EntityColumn.body] = .text(
                    TextVector(
                        references: Array(repeating: reference, count: rows),
                        blocks: MemoryTextBlocks([block])))
                let batch = ColumnBatch(schema: Tables.entities, rowCount: rows, columns: columns)
                let bytes = try BatchCodec.encode(batch)
                #expect(throws: StoreError.self) { try decodeBatch(bytes) }
            }
        }
    }

    @Test func everyBitFlipAndTruncationIsHandled() throws {
        for schema in Tables.all {
            for rows in [1, 70] {
                let good = try BatchCodec.encode(randomBatch(schema, rows: rows, seed: 9))
                for length in 0..<good.count {
                    #expect(throws: StoreError.self) { try decodeBatch(Array(good[..<length])) }
                }
                for bit in stride(from: 0, to: good.count * 8, by: rows == 1 ? 1 : 7) {
                    var bytes = good
                    bytes[bit / 8] ^= 1 << UInt8(bit % 8)
                    exercise(bytes)
                }
            }
        }
    }

    @Test func garbageIsHandled() throws {
        var generator = VectorGenerator(seed: 77)
        for _ in 0..<20_000 {
            let length = Int(generator.next() % 120)
            var sections = (0..<length).map { _ in UInt8(truncatingIfNeeded: generator.next()) }
            if length > 3 {
                sections[0] = 1
                sections[1] = UInt8(generator.next() % 12)
                sections[2] = UInt8(generator.next() % 9)
            }
            let rows = UInt8(generator.next() % 70)
            let table = UInt8(1 + generator.next() % 4)
            let count = UInt8(sections.count)
            exercise([1, table, 0, 0, rows, 0, 0, 0, count, 0, 0, 0, count, 0, 0, 0] + sections)
        }
    }

    /// Decodes; a batch that comes out must be whole: its texts and ids can be read.
    private func exercise(_ bytes: [UInt8]) {
        guard let batch = try? decodeBatch(bytes) else { return }
        for vector in batch.columns {
            _ = try? texts(vector)
            if case .string(let strings) = vector { _ = SpanColumnsTests.strings(strings) }
            if case .identifier(let identifiers) = vector {
                for row in 0..<identifiers.count {
                    let isWhole = identifiers.withBytes(row) {
                        $0.isEmpty || PackedIdentifier.isValid($0)
                    }
                    #expect(isWhole)
                }
            }
        }
    }
}
