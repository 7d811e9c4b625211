// The builder against the plain meaning of records: fields in any order, twice, cancelled, absent.

import SpanColumns
import SpanModel
import SpanTesting
import Testing

@Suite struct BatchBuilderTests {
    @Test func fieldsInAnyOrderAndAbsentOnesAreNull() throws {
        var builder = BatchBuilder(schema: Tables.spans)
        builder.setString(SpanColumn.name, "a")
        builder.setInteger(SpanColumn.inputTokens, 7)
        setText(&builder, SpanColumn.input, "hello")
        builder.endRow()
        builder.endRow()
        setIdentifier(&builder, SpanColumn.traceID, "trace")
        builder.setString(SpanColumn.name, "b")
        builder.endRow()
        let batch = builder.finish()
        #expect(batch.rowCount == 3)
        #expect(integers(batch, SpanColumn.inputTokens) == [7, nil, nil])
        #expect(strings(batch, SpanColumn.name) == ["a", nil, "b"])
        #expect(identifiers(batch, SpanColumn.traceID) == [nil, nil, "trace"])
        #expect(try texts(batch.columns[SpanColumn.input]) == ["hello", nil, nil])
        guard case .null(3) = batch.columns[SpanColumn.model] else {
            Issue.record("a column that was never set must be .null")
            return
        }
    }

    @Test func theLastValueOfARowCounts() throws {
        var builder = BatchBuilder(schema: Tables.spans)
        for round in 0..<3 {
            builder.setInteger(SpanColumn.inputTokens, Int64(round))
            builder.setString(SpanColumn.name, "name \(round)")
            setText(&builder, SpanColumn.input, "text \(round)")
            setIdentifier(&builder, SpanColumn.traceID, "id \(round)")
            let isSet = builder.isSet(SpanColumn.name)
            #expect(isSet)
        }
        builder.endRow()
        let isNextSet = builder.isSet(SpanColumn.name)
        #expect(!isNextSet)
        let batch = builder.finish()
        #expect(integers(batch, SpanColumn.inputTokens) == [2])
        #expect(strings(batch, SpanColumn.name) == ["name 2"])
        #expect(identifiers(batch, SpanColumn.traceID) == ["id 2"])
        #expect(try texts(batch.columns[SpanColumn.input]) == ["text 2"])
    }

    @Test func cancelledRowsLeaveNothing() throws {
        var builder = BatchBuilder(schema: Tables.spans)
        for row in 0..<6 {
            if row != 1 { builder.setInteger(SpanColumn.inputTokens, Int64(row)) }
            builder.setString(SpanColumn.name, "n\(row)")
            setText(&builder, SpanColumn.input, "t\(row)")
            setIdentifier(&builder, SpanColumn.traceID, "i\(row)")
            if row % 2 == 0 { builder.cancelRow() } else { builder.endRow() }
        }
        builder.setInteger(SpanColumn.outputTokens, 1)
        let batch = builder.finish()
        #expect(batch.rowCount == 3)
        #expect(integers(batch, SpanColumn.inputTokens) == [nil, 3, 5])
        #expect(strings(batch, SpanColumn.name) == ["n1", "n3", "n5"])
        #expect(identifiers(batch, SpanColumn.traceID) == ["i1", "i3", "i5"])
        #expect(try texts(batch.columns[SpanColumn.input]) == ["t1", "t3", "t5"])
        #expect(isAllNull(batch.columns[SpanColumn.outputTokens]))
    }

    /// Binary identifiers are those of their hexadecimal text.
    @Test func binaryIdentifiersEqualTheirText() throws {
        let bytes: [UInt8] = [0, 1, 2, 3, 4, 5, 6, 0xff, 8, 9, 10, 11, 12, 13, 14, 0xfe]
        var builder = BatchBuilder(schema: Tables.spans)
        for _ in 0..<100 {
            bytes.withUnsafeBytes {
                builder.setIdentifier(
                    SpanColumn.traceID, binary: $0.loadUnaligned(as: SIMD2<UInt64>.self))
                builder.setIdentifier(
                    SpanColumn.spanID, binary: $0.loadUnaligned(as: UInt64.self))
            }
            builder.endRow()
        }
        let batch = builder.finish()
        for (column, text) in [
            (SpanColumn.traceID, "00010203040506ff08090a0b0c0d0efe"),
            (SpanColumn.spanID, "00010203040506ff"),
        ] {
            guard case .identifier(let identifiers) = batch.columns[column] else {
                Issue.record("no identifiers")
                continue
            }
            let packed = try #require(PackedIdentifier.pack(text))
            #expect(identifiers.bytes == Array((0..<100).map { _ in packed }.joined()))
        }
    }

    @Test func wrongIdentifiersAreRefusedAndLeaveTheRowUnset() {
        var builder = BatchBuilder(schema: Tables.spans)
        setIdentifier(&builder, SpanColumn.spanID, "first")
        builder.endRow()
        let long = [UInt8](repeating: 65, count: Limits.identifierBytesMax + 1)
        let isLongTaken = long.withUnsafeBytes {
            builder.setIdentifier(SpanColumn.spanID, text: $0)
        }
        #expect(!isLongTaken)
        let isSet = builder.isSet(SpanColumn.spanID)
        #expect(!isSet)
        builder.endRow()
        setIdentifier(&builder, SpanColumn.spanID, "third")
        builder.endRow()
        #expect(identifiers(builder.finish(), SpanColumn.spanID) == ["first", nil, "third"])
    }

    @Test func defaultsFillTheRowsThatSetNothing() {
        func defaults(_ text: String) -> [ColumnDefault] {
            [SpanColumn.name, SpanColumn.model].map { column in
                Array("\(text)\(column)".utf8).withUnsafeBytes { ColumnDefault(column, $0) }
            }
        }
        var builder = BatchBuilder(schema: Tables.spans)
        builder.expect(rows: 20)
        builder.endRow()
        builder.setDefaults(defaults("a"))
        builder.endRow()
        builder.setString(SpanColumn.name, "own")
        builder.endRow()
        builder.setString(SpanColumn.name, "dropped")
        builder.cancelRow()
        builder.setDefaults(defaults("b"))
        builder.setDefaults(defaults("c"))
        builder.setString(SpanColumn.model, "own")
        builder.endRow()
        for _ in 0..<20 { builder.endRow() }
        builder.setDefaults([])
        builder.endRow()
        let batch = builder.finish()
        let name = SpanColumn.name
        let model = SpanColumn.model
        let filled = [String?](repeating: "c\(name)", count: 21)
        #expect(strings(batch, name) == [nil, "a\(name)", "own"] + filled + [nil])
        let models = [String?](repeating: "c\(model)", count: 20)
        #expect(
            strings(batch, model) == [nil, "a\(model)", "a\(model)", "own"] + models + [nil])
    }

    @Test func floatsAndKinds() {
        var builder = BatchBuilder(schema: Tables.metrics)
        builder.setFloat(MetricColumn.value, 1)
        builder.setFloat(MetricColumn.value, -.infinity)
        builder.setKind(.patch)
        builder.endRow()
        builder.endRow()
        let batch = builder.finish()
        #expect(integers(batch, SystemColumn.writeKind) == [1, nil])
        guard case .float(let values) = batch.columns[MetricColumn.value] else {
            Issue.record("not floats")
            return
        }
        #expect(values.values == [-.infinity, 0])
        #expect(values.validity == [1, 0])
    }

    @Test func aBatchWithoutRows() throws {
        let batch = BatchBuilder(schema: Tables.scores).finish()
        #expect(batch.rowCount == 0)
        #expect(try decodeBatch(try BatchCodec.encode(batch)).rowCount == 0)
    }

    @Test func emptyTextsAloneCanBeRead() throws {
        var builder = BatchBuilder(schema: Tables.entities)
        for _ in 0..<2 {
            setText(&builder, EntityColumn.body, "")
            builder.endRow()
        }
        let batch = builder.finish()
        #expect(try texts(batch.columns[EntityColumn.body]) == ["", ""])
        let decoded = try decodeBatch(try BatchCodec.encode(batch))
        #expect(try texts(decoded.columns[EntityColumn.body]) == ["", ""])
    }

    private func setText(_ builder: inout BatchBuilder, _ column: Int, _ text: String) {
        Array(text.utf8).withUnsafeBytes { builder.setText(column, $0) }
    }

    private func setIdentifier(_ builder: inout BatchBuilder, _ column: Int, _ text: String) {
        let isTaken = Array(text.utf8).withUnsafeBytes {
            builder.setIdentifier(column, text: $0)
        }
        #expect(isTaken)
    }

    private func integers(_ batch: ColumnBatch, _ column: Int) -> [Int64?] {
        guard case .integer(let vector) = batch.columns[column] else { return [] }
        return vector.values.indices.map { vector.validity?[$0] == 0 ? nil : vector.values[$0] }
    }

    private func strings(_ batch: ColumnBatch, _ column: Int) -> [String?] {
        guard case .string(let vector) = batch.columns[column] else { return [] }
        return SpanColumnsTests.strings(vector)
    }

    private func identifiers(_ batch: ColumnBatch, _ column: Int) -> [String?] {
        guard case .identifier(let vector) = batch.columns[column] else { return [] }
        return (0..<vector.count).map { row in
            vector.withBytes(row) { $0.isEmpty ? nil : PackedIdentifier.text(of: $0) }
        }
    }
}
