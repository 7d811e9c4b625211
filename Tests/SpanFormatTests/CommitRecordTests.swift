// The payload of a WAL record: golden bytes, and that no bytes trap or pass as a write that no
// client makes.

import SpanColumns
import SpanFormat
import SpanModel
import SpanTesting
import Testing

@Suite struct CommitRecordTests {
    private static func batch(kinds: [Int64]? = nil) -> ColumnBatch {
        let record = ReferenceRecord(
            table: Tables.metrics, kind: .complete,
            fields: [
                MetricColumn.project: .text("p"), MetricColumn.name: .text("loss"),
                MetricColumn.value: .float((0.5).bitPattern),
            ])
        let made = ColumnBatch.of([record], table: Tables.metrics)
        guard let kinds else { return made }
        var columns = made.columns
        columns[SystemColumn.writeKind] = .integer(IntegerVector(values: kinds))
        return ColumnBatch(schema: made.schema, rowCount: made.rowCount, columns: columns)
    }

    /// The worked example of schemas/commit.md.
    static func example(
        token: IdempotencyToken? = IdempotencyToken(key: 0x11, content: 0x22), kinds: [Int64]? = nil
    ) throws(StoreError) -> [UInt8] {
        try CommitRecord(
            workspace: "default", token: token, ingestTime: 1_700_000_000_000_000_000,
            batch: batch(kinds: kinds)
        ).encode()
    }

    static func decode(_ bytes: [UInt8]) throws(StoreError) -> CommitRecord {
        let result: Result<CommitRecord, StoreError> = bytes.withUnsafeBytes { buffer in
            Result { () throws(StoreError) in try CommitRecord.decode(buffer, file: "WAL") }
        }
        return try result.get()
    }

    @Test("The worked example of schemas/commit.md is what is written and what is read")
    func golden() throws {
        let golden = bytes(hex: GoldenBytes.commit)
        let encoded = try Self.example()
        #expect(dump(encoded) == dump(golden))
        let record = try Self.decode(golden)
        #expect(record.workspace == "default")
        #expect(record.token == IdempotencyToken(key: 0x11, content: 0x22))
        #expect(record.ingestTime == 1_700_000_000_000_000_000)
        #expect(record.batch.schema.number == Tables.metrics.number)
        #expect(record.batch.rowCount == 1)
    }

    @Test func aRecordWithoutTokenComesBack() throws {
        #expect(try Self.decode(Self.example(token: nil)).token == nil)
    }

    @Test func shortRecordsAreRefusedAndNoFlippedBitTraps() throws {
        let whole = try Self.example()
        for count in whole.indices {
            #expect(throws: StoreError.self) { try Self.decode(Array(whole[..<count])) }
        }
        for bit in 0..<whole.count * 8 {
            var flipped = whole
            flipped[bit / 8] ^= 1 << UInt8(bit % 8)
            _ = try? Self.decode(flipped)
        }
    }

    @Test(arguments: [-1, 3, 4, 255, 256, 257, Int64.max, Int64.min])
    func kindsThatNoClientWritesAreRefused(kind: Int64) throws {
        let damaged = try Self.example(kinds: [kind])
        #expect(throws: StoreError.self) { try Self.decode(damaged) }
    }

    @Test(arguments: [0, 1, 2])
    func kindsOfWritesAreAccepted(kind: Int64) throws {
        _ = try Self.decode(Self.example(kinds: [kind]))
    }

    @Test func damageOfTheBatchNamesTheFile() throws {
        let whole = try Self.example()
        do {
            _ = try Self.decode(whole + [0])
            Issue.record("a byte too many was accepted")
        } catch StoreError.corruption(let file, _, _, _) {
            #expect(file == "WAL")
        }
    }
}
