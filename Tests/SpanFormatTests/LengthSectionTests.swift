// Lengths by group: the worked example of schemas/segment.md, any lengths come back, and damaged sections
// are refused or read.

import SpanColumns
import SpanFormat
import SpanModel
import SpanTesting
import Testing

@Suite struct LengthSectionTests {
    private let columns = LengthSection.Columns(
        ColumnInterval(start: 7, end: 8), Rollups.latencies)

    /// A row: numbers of its key and condition, nil for null, and its length.
    private typealias Row = (key: UInt32?, condition: UInt32?, length: Int64?)

    /// What is read of a group.
    private struct Found: Equatable {
        var lengths: [Int64]
        var rowCount: Int
        var first: Int
        var sum: Int128
        var extremes: [Int64]
    }

    private final class Owner {}

    private func strings(_ count: Int) -> StringDictionary {
        var interner = StringInterner()
        for number in 0..<count { _ = interner.intern("value-\(1_000 + number)") }
        return interner.dictionary()
    }

    private func write(
        _ rows: [Row], keyCount: Int, conditionCount: Int, bounds: RankBounds? = nil
    ) -> [UInt8]? {
        let lengths = rows.map { $0.length ?? 0 }
        let validity = rows.map { $0.length == nil ? UInt8(0) : 1 }
        let bounds = bounds ?? RankBounds(parting: lengths, validity)
        let codes = bounds.codes(lengths, validity)
        let keys = rows.map { $0.key ?? StringVector.nullCode }
        let conditions = rows.map { $0.condition ?? StringVector.nullCode }
        return LengthSection.encode(
            columns,
            LengthRows(
                lengths: lengths[...], ranks: codes[...], bounds: bounds, keys: keys[...],
                conditions: conditions[...]),
            keyCount: keyCount, conditionCount: conditionCount)
    }

    /// What a section says, after some of its rows were superseded.
    private func read(
        _ section: [UInt8], keyCount: Int, conditionCount: Int, rowCount: Int, without gone: [Row]
    ) throws(StoreError) -> [Found] {
        let result: Result<[Found], StoreError> = section.withUnsafeBytes { bytes in
            Result { () throws(StoreError) in
                let opened = try LengthSection.open(
                    ByteReader(bytes, file: "segment", region: "lengths"), columns,
                    keys: strings(keyCount), conditions: strings(conditionCount),
                    rowCount: rowCount, owner: Owner())
                guard var groups = opened else { return [] }
                for row in gone {
                    try groups.remove(
                        key: row.key, condition: row.condition, length: row.length)
                }
                try groups.settle()
                var found: [Found] = []
                for group in 0..<groups.groupCount {
                    let flags = [UInt8](repeating: 1, count: RankBounds.codeCount)
                    let lengths = try groups.lengths(flags[...], of: group)
                    let summary = groups.summaries[group]
                    found.append(
                        Found(
                            lengths: lengths, rowCount: groups.rowCount(group),
                            first: groups.rowCount(group, where: "value-1000"), sum: summary.sum,
                            extremes: lengths.isEmpty ? [] : [summary.least, summary.greatest]))
                }
                return found
            }
        }
        return try result.get()
    }

    private func expected(_ rows: [Row], keyCount: Int) -> [Found] {
        (0...keyCount).map { group in
            let rows = rows.filter { ($0.key.map { Int($0) + 1 } ?? 0) == group }
            let lengths = rows.compactMap(\.length).sorted()
            return Found(
                lengths: lengths, rowCount: rows.count, first: rows.count { $0.condition == 0 },
                sum: lengths.reduce(0) { $0 + Int128($1) },
                extremes: lengths.isEmpty ? [] : [lengths[0], lengths[lengths.count - 1]])
        }
    }

    private static let example: [Row] = [(0, nil, 20), (0, 0, nil), (nil, 0, 5), (0, 0, 13)]

    @Test func theWorkedExampleOfTheSchemaIsWhatIsWritten() throws {
        let written = try #require(
            write(Self.example, keyCount: 1, conditionCount: 1, bounds: RankBounds([13])))
        #expect(written == bytes(hex: GoldenBytes.lengths), "\(dump(written))")
        let found = try read(
            written, keyCount: 1, conditionCount: 1, rowCount: 4, without: [])
        #expect(found == expected(Self.example, keyCount: 1))
    }

    @Test(arguments: 0..<40) func anyLengthsComeBack(seed: Int) throws {
        var random = SeededGenerator(seed: UInt64(seed))
        func below(_ bound: Int) -> Int { Int(random.next() % UInt64(bound)) }
        let keyCount = [0, 1, 3, 40][seed % 4]
        let unit = [Int64(1), 1_000, 1_000_000, 8][seed / 4 % 4]
        let bits = [1, 12, 34, 50, 64][seed % 5]
        let rows: [Row] = (0..<[1, 40, 3_000][seed % 3]).map { _ in
            let length = Int64(truncatingIfNeeded: random.next()) >> Int64(64 - bits)
            return (
                keyCount == 0 || below(5) == 0 ? nil : UInt32(below(keyCount)),
                below(3) == 0 ? nil : UInt32(below(2)),
                below(6) == 0 ? nil : length / unit * unit
            )
        }
        let section = try #require(write(rows, keyCount: keyCount, conditionCount: 2))
        let goneCount = below(rows.count)
        for gone in [0, goneCount, rows.count] {
            let found = try read(
                section, keyCount: keyCount, conditionCount: 2, rowCount: rows.count,
                without: Array(rows[..<gone]))
            #expect(found == expected(Array(rows[gone...]), keyCount: keyCount), "\(gone) gone")
        }
        #expect(throws: StoreError.self) {
            try read(
                section, keyCount: keyCount, conditionCount: 2, rowCount: rows.count,
                without: rows + rows[..<1])
        }
    }

    @Test func tooManyGroupsHaveNoSection() {
        #expect(write(Self.example, keyCount: 255, conditionCount: 1) != nil)
        #expect(write(Self.example, keyCount: 256, conditionCount: 1) == nil)
        #expect(write(Self.example, keyCount: 1, conditionCount: 16) == nil)
        #expect(write([], keyCount: 1, conditionCount: 1) == nil)
    }

    @Test func damagedSectionsAreRefusedOrRead() throws {
        let rows: [Row] = Self.example + [(1, 0, -3), (1, nil, 90), (0, 0, .min), (0, 0, .max)]
        let good = try #require(
            write(rows, keyCount: 2, conditionCount: 1, bounds: RankBounds([-3, 0, 90])))
        var refused = 0
        for damage in damages(of: good) {
            do {
                _ = try read(
                    damage.bytes, keyCount: 2, conditionCount: 1, rowCount: rows.count,
                    without: rows)
            } catch {
                refused += 1
            }
        }
        #expect(refused > good.count / 2)
        #expect(throws: StoreError.self) {
            try read(good, keyCount: 2, conditionCount: 1, rowCount: 4, without: [])
        }
    }
}
