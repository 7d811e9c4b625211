// Every flipped bit and every shorter length of a compacted segment with term dictionaries, key
// columns, residual blocks, ranks and lengths: the answers are the same, or the segment is refused by name.

import SpanColumns
import SpanFormat
import SpanModel
import SpanStorage
import SpanTesting
import Testing

@Suite struct SegmentIndexDamageTests {
    /// A store whose spans were compacted into one segment.
    private func fixture() throws -> (SimFileSystem, path: String) {
        let disk = SimFileSystem()
        var driver = try StoreDriver(
            fileSystem: disk, seed: 3, options: StoreFixture.options)
        // Long enough that each keeps a block of its own, and small when compressed.
        let texts = ["one needle ", "two words ", "three 0123456789abcdef ", "four "]
        for (number, text) in texts.enumerated() {
            let count = Limits.textBlockKeptBytesMin / text.utf8.count + 1
            let span = StoreFixture.span(
                number, text: String(repeating: text, count: count),
                attributes: "{\"a\":\(number % 2),\"b\":\"x\"}")
            let end = [SpanColumn.endTime: ReferenceValue.integer(Int64(number + 7))]
            let record = ReferenceRecord(
                table: Tables.spans, kind: .complete, fields: span.fields.merging(end) { $1 })
            try driver.commit([record])
        }
        try driver.store.compact(isEager: true)
        try driver.store.close()
        let paths = disk.calls.filter { $0.hasPrefix("open ") && $0.contains("segment-") }
            .map { String($0.dropFirst(5)) }
        return (disk, try #require(paths.last { disk.contents($0) != nil }))
    }

    /// The rows that storage offers for each of some literals.
    private func answers(_ store: Store) throws -> [String] {
        let source = try store.snapshots.latest.tables(workspace: "default")
            .source(Tables.spans, view: .raw)
        var answers: [String] = []
        for group in try source.rowGroups(within: []) {
            for column in [SpanColumn.output, SpanColumn.attributes] {
                let texts = try group.vector(column)
                answers.append("\(try TableReader.values(texts).hashValue)")
            }
        }
        for literal in ["needle", "eed", " words", "7", "four", "absent"] {
            for group in try source.rowGroups(within: []) {
                let pattern = TextPattern(literals: [Array(literal.utf8)], ignoringCase: false)
                let found = try group.candidates(
                    SpanColumn.output, pattern, rows: 0..<group.rowCount)
                answers.append("\(literal): \(found?.rows ?? []), \(found?.references ?? [])")
            }
        }
        for key in ["a", "b", "c"] {
            for group in try source.rowGroups(within: []) {
                let values = try group.attribute(
                    SpanColumn.attributes, key: key, rows: 0..<group.rowCount)
                answers.append("\(key): \(try values.map(TableReader.values) ?? [])")
                let numbers = try group.attributeNumbers(
                    SpanColumn.attributes, key: key, rows: 0..<group.rowCount)
                answers.append("\(key) as \(try numbers.map(TableReader.values) ?? [])")
            }
        }
        for condition in [KeyCondition.isNull, .textIn(["1"]), .integerIn([2...3])] {
            let bound = ColumnBound.key(column: SpanColumn.attributes, key: "a", condition)
            answers.append("\(condition): \(try source.rowGroups(within: [bound]).count)")
        }
        for group in try source.rowGroups(within: []) {
            let interval = try #require(Tables.spans.interval)
            let rows = 0..<group.rowCount
            answers.append("codes: \(try group.ranks(interval, rows: rows)?.codes ?? [])")
            answers.append("lengths: \(try group.distances(interval, rows: rows)?.values ?? [])")
        }
        for view in [View.raw, .dedup] {
            let rolled = try store.snapshots.latest.tables(workspace: "default")
                .source(Tables.spans, view: view)
                .rolledLengths(Rollups.latencies, within: [])
            for entry in rolled?.entries ?? [] {
                var lengths: [Int64] = []
                let flags = [UInt8](repeating: 1, count: RankBounds.codeCount)
                for group in 0..<entry.groupCount {
                    lengths += try entry.lengths(flags[...], of: group)
                }
                answers.append(
                    "kept: \(lengths), \(entry.summaries), \(entry.rowCount(0, where: "ok"))")
            }
        }
        return answers
    }

    @Test func damageIsNeverASilentAnswer() throws {
        let (disk, path) = try fixture()
        let bytes = try #require(disk.contents(path))
        #expect(bytes.count <= 8 << 10)
        let wanted = try answers(StoreFixture.open(disk.restart()))
        #expect(wanted.contains { $0.hasPrefix("needle: [0], [") })
        #expect(wanted.contains { $0.hasPrefix("7: [2], [") })
        #expect(wanted.contains { $0.hasPrefix("absent: [], []") })
        #expect(wanted.contains { $0.hasPrefix("a: [Optional(") })
        #expect(wanted.contains { $0.hasPrefix("a as [Optional(") })
        #expect(wanted.contains("b as []") && wanted.contains("c: []"))
        #expect(wanted.contains("integerIn([ClosedRange(2...3)]): 0"))
        #expect(wanted.contains("codes: [0, 0, 0, 0]"))
        #expect(wanted.contains("lengths: [7, 7, 7, 7]"))
        #expect(wanted.contains { $0.hasPrefix("kept: [7, 7, 7, 7], ") })
        var refused = 0
        func check(_ damaged: [UInt8], _ name: String) throws {
            let copy = disk.restart()
            copy.replace(path, with: damaged)
            do {
                #expect(try answers(StoreFixture.open(copy)) == wanted, "\(name)")
            } catch let error as StoreError {
                refused += 1
                switch error {
                case .corruption(path, _, _, _), .unsupportedVersion(path, _, _): break
                default: Issue.record("\(name): \(error)")
                }
            }
        }
        var copy = bytes
        for bit in 0..<bytes.count * 8 {
            copy[bit / 8] ^= 1 << UInt8(bit % 8)
            try check(copy, "bit \(bit % 8) of byte \(bit / 8)")
            copy[bit / 8] = bytes[bit / 8]
        }
        for count in bytes.indices { try check(Array(bytes[..<count]), "first \(count) bytes") }
        #expect(refused > bytes.count)
    }
}
