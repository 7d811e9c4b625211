// Rollup sections: the worked example of schemas/segment.md, and damaged sections are refused or read.

import SpanColumns
import SpanFormat
import SpanModel
import Testing

@Suite struct RollupFormatTests {
    /// What the worked example shows: sums by a string.
    private let schema = RollupSchema(
        number: 9, version: 1, name: "example",
        columns: [
            ColumnSchema("key", .string, required: true), ColumnSchema("sum", .int64),
            ColumnSchema("list", .json),
        ], wholeKey: 15)

    private func section(_ keys: [String], _ sums: [Int64?], _ hashes: [UInt64]) -> [UInt8] {
        var interner = StringInterner()
        let codes = keys.map { interner.intern($0) }
        return RollupSection.encode(
            schema,
            columns: [
                .string(StringVector(codes: codes, dictionary: interner.dictionary())),
                .integer(
                    IntegerVector(
                        values: sums.map { $0 ?? 0 }, validity: sums.map { $0 == nil ? 0 : 1 })),
                .null(count: keys.count),
            ], hashes: hashes)
    }

    private struct Entry: Equatable {
        let key: String?
        let sum: Int64?
        let hash: UInt64
    }

    private func entries(_ section: [UInt8]) throws(StoreError) -> [Entry] {
        let result: Result<[Entry], StoreError> = section.withUnsafeBytes { bytes in
            Result { () throws(StoreError) in
                let rollup = try RollupSection(
                    ByteReader(bytes, file: "segment", region: "rollup"), schema)
                let hashes = rollup.keyHashes(section: bytes)
                var entries: [Entry] = []
                for (group, rows) in rollup.groups.enumerated() {
                    guard
                        case .string(let keys) = try rollup.vector(
                            0, group: group, rows: rows, section: bytes),
                        case .integer(let sums) = try rollup.vector(
                            1, group: group, rows: rows, section: bytes)
                    else { continue }
                    for row in rows {
                        entries.append(
                            Entry(
                                key: keys.codes[row] == StringVector.nullCode
                                    ? nil : keys.dictionary.string(keys.codes[row]),
                                sum: sums.validity?[row] == 0 ? nil : sums.values[row],
                                hash: hashes[entries.count]))
                    }
                }
                return entries
            }
        }
        return try result.get()
    }

    @Test func theWorkedExampleOfTheSchemaIsWhatIsWritten() throws {
        let written = section(["a", "b"], [7, nil], [3, 5])
        #expect(written == bytes(hex: GoldenBytes.rollup), "\(dump(written))")
        #expect(
            try entries(written) == [
                Entry(key: "a", sum: 7, hash: 3), Entry(key: "b", sum: nil, hash: 5),
            ])
    }

    @Test func entriesBeyondAPageAreKept() throws {
        let count = Limits.pageRowsMax + 3
        let sums = (0..<count).map { $0 % 7 == 0 ? nil : Int64($0) }
        let read = try entries(
            section((0..<count).map { "k\($0 % 5)" }, sums, (0..<count).map { UInt64($0) }))
        #expect(read.map(\.sum) == sums)
        #expect(read.last?.key == "k\((count - 1) % 5)")
    }

    @Test func damagedSectionsAreRefusedOrRead() throws {
        let good = section(["a", "b", "c"], [7, nil, -1], [3, 5, 9])
        var refused = 0
        for damage in damages(of: good) {
            do {
                _ = try entries(damage.bytes)
            } catch {
                refused += 1
            }
        }
        #expect(refused > good.count)
    }

    @Test func partsAreWhatTheWorkedExampleOfTheSchemaSays() throws {
        let parts = [(2, 1), (7, 0), (8, 1)].map { hash, entry in
            RollupParts.Part(hash: UInt64(hash), entry: UInt32(entry))
        }
        let written = RollupParts.encode(schema, parts)
        #expect(written == bytes(hex: GoldenBytes.rollupParts), "\(dump(written))")
        #expect(try self.parts(written, of: [true, true]) == parts)
        #expect(try self.parts(written, of: [false, true]) == [parts[0], parts[2]])
        // An entry beyond those that are.
        #expect(try self.parts(written, of: [true]) == [parts[1]])
        for damage in damages(of: written) { _ = try? self.parts(damage.bytes, of: [true, true]) }
        #expect(throws: StoreError.self) { try self.parts(written.dropLast(), of: [true]) }
        #expect(throws: StoreError.self) { try self.parts(written + [0], of: [true]) }
    }

    private func parts(
        _ section: [UInt8], of isWanted: [Bool]
    ) throws -> [RollupParts.Part] {
        try section.withUnsafeBytes { bytes in
            try RollupParts(ByteReader(bytes, file: "segment", region: "parts"), schema)
                .parts(of: isWanted, section: bytes)
        }
    }

    @Test func entriesOfAFormerVersionLackTheLastColumns() throws {
        let written = section(["a", "b"], [7, nil], [3, 5])
        let newer = RollupSchema(
            number: 9, version: 2, name: "example",
            columns: schema.columns + [ColumnSchema("added", .int64)], wholeKey: 15,
            formerColumns: [1: 3])
        try written.withUnsafeBytes { bytes in
            let rollup = try RollupSection(
                ByteReader(bytes, file: "segment", region: "rollup"), newer)
            #expect(rollup.rowCount == 2)
            #expect(rollup.keyHashes(section: bytes) == [3, 5])
            #expect(rollup.zone(3, group: 0) == ZoneMap(nullCount: 2))
            #expect(rollup.dictionary(3) == nil)
            let vector = try rollup.vector(3, group: 0, rows: 0..<2, section: bytes)
            guard case .null(count: 2) = vector else {
                Issue.record("\(vector)")
                return
            }
        }
        let other = RollupSchema(
            number: 9, version: 3, name: "example", columns: newer.columns, wholeKey: 15)
        written.withUnsafeBytes { bytes in
            #expect(throws: StoreError.self) {
                try RollupSection(ByteReader(bytes, file: "segment", region: "rollup"), other)
            }
        }
    }
}
