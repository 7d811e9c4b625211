// Keys of JSON whose values are numbers: what a store answers about them, as texts and cast, is the same in
// memory, sealed, compacted, in segments as version 3 wrote them, and when such and newer ones are merged;
// zones leave row groups out, and never a row.

import SpanAnalytics
import SpanColumns
import SpanFormat
import SpanModel
import SpanPlatform
import SpanQuery
import SpanStorage
import SpanTesting
import Testing

@Suite struct KeyTypeTests {
    private static let keys = [
        "few", "rate", "count", "wait", "ends", "quoted", "mixed", "big", "odd", "esc\"aped",
    ]

    /// Members of an object: integers and doubles that repeat and that do not, the ends of both, numbers
    /// among quotes, numbers that are not as JSON writes them, and what is none.
    private static func object(
        _ random: inout SeededGenerator, _ number: Int, isVaried: Bool = true
    ) -> String {
        var members: [String] = []
        func add(_ key: String, _ value: String, percent: Int = 90) {
            if random.int(below: 100) < percent { members.append("\"\(key)\":\(value)") }
        }
        add("few", "\(random.int(below: 4) * 1_000)")
        add("rate", "\(Double(random.int(below: 11)) / 10)")
        if isVaried {
            add("count", "\(number * 3 - 4_000)")
            let ends = [
                "-0.0", "0.0", "5e-324", "1.7976931348623157e+308", "null", "-1e+20", "2.5",
            ]
            let wait = "\(Double(random.int(below: 1 << 40)) / 100)"
            add("wait", random.oneIn(40) ? ends[random.int(below: ends.count)] : wait)
            add(
                "ends", random.oneIn(4) ? "\(Int64.min)" : "\(Int64.max - Int64(number))",
                percent: 70)
            let digits = "\(random.int(below: 1 << 30))"
            add("quoted", random.oneIn(2) ? digits : "\"\(digits)\"")
            add("mixed", random.oneIn(2) ? "\(number)" : "\(Double(number) + 0.5)")
        }
        add("big", "\(1 + random.int(below: 3))00000000000000000000", percent: 50)
        let odd = [
            "1e5", "1.50", "-0", "\"007\"", "7", "\"1.0\"", "true", "null", "\" 7\"", "\"0x1p3\"",
        ]
        add("odd", odd[random.int(below: odd.count)], percent: 60)
        add("esc\\\"aped", "\(random.int(below: 9))", percent: 40)
        if random.oneIn(9), let member = members.first {
            members.append(member + "7")
            members.insert(member.replacing(":", with: " : "), at: random.int(below: 2))
        }
        return random.oneIn(60) ? "{\"few\":" : "{\(members.joined(separator: ","))}"
    }

    /// Spans with these objects, `perDay` of them on each day.
    private func commit(
        _ objects: [String], first: Int = 0, perDay: Int = 750, to store: Store
    ) throws {
        var builder = BatchBuilder(schema: Tables.spans)
        for (number, object) in objects.enumerated() {
            let ids = [(SpanColumn.traceID, "t"), (SpanColumn.spanID, "s\(first + number)")]
            for (column, id) in ids {
                _ = Array(id.utf8).withUnsafeBytes { builder.setIdentifier(column, text: $0) }
            }
            builder.setString(SpanColumn.source, "native")
            let day = Int64((first + number) / perDay)
            builder.setInteger(SpanColumn.startTime, day * 86_400_000_000_000)
            Array(object.utf8).withUnsafeBytes { builder.setText(SpanColumn.attributes, $0) }
            builder.endRow()
        }
        let commit = try PreparedCommit(
            workspace: "default", batches: [builder.finish()], token: nil, ingestTime: 1)
        for result in store.commit([commit]) { _ = try result.get() }
    }

    private func open(_ disk: SimFileSystem) throws -> Store {
        try Store.open(
            directory: "store", fileSystem: disk, options: StoreOptions(),
            randomness: Randomness(seed: 1))
    }

    private func ask(_ store: Store, _ statement: String) throws -> Answer {
        try SQLQuestion.answer(
            statement, tables: store.snapshots.latest.tables(workspace: "default"), now: 0)
    }

    /// The questions about every key.
    private static let statements = keys.flatMap { key -> [String] in
        let text = "attributes['\(key)']"
        let (integer, double) = ("try_cast(\(text) AS BIGINT)", "try_cast(\(text) AS DOUBLE)")
        let groups = [text, integer, double].map {
            "SELECT \($0) v, count(*) n, min(\(text)) a, max(\(integer)) b FROM spans GROUP BY 1"
        }
        let filters = [
            "\(text) = '2000'", "\(text) <> '0.5'", "\(text) IN ('0.0', '-0.0', '7', '1000')",
            "\(text) NOT IN ('3', '1e5')", "\(text) IS NULL", "\(text) IS NOT NULL",
            "\(text) LIKE '%5'", "\(text) < '2'", "\(integer) = 2000", "\(double) = 0",
            "\(integer) BETWEEN 100 AND 2000", "\(double) BETWEEN 0.25 AND 1e6",
            "\(integer) IN (3, 1000, -9223372036854775808)", "\(double) IN (0.5, 1e300, 7)",
            "\(integer) > 9223372036854770000", "\(double) < -1e10", "NOT \(double) >= 0.3",
            "\(integer) IS NULL", "\(double) > 1.5 AND \(text) <> '2.5'",
            "\(double) + 1 > 3 AND \(integer) <= 5",
        ]
        return groups.map { $0 + " ORDER BY 1" }
            + filters.map {
                "SELECT span_id, \(text) t, \(integer) i, \(double) d, attributes FROM spans "
                    + "WHERE \($0) ORDER BY span_id"
            }
            + [
                "SELECT avg(\(double)) IS NULL n, min(\(double)) a, max(\(integer)) b, "
                    + "quantile_cont(\(double), 0.5) q FROM spans",
                "SELECT span_id, \(text) t FROM spans ORDER BY t, span_id LIMIT 50",
            ]
    }

    private func answers(_ store: Store) throws -> [String] {
        try Self.statements.map { statement in
            let table = try ask(store, statement).table
            let rows = (0..<table.rowCount).map { row in
                table.columns.map { "\(Cell($0.values, row))" }.joined(separator: "|")
            }
            return statement + "\n" + rows.joined(separator: "\n")
        }
    }

    private func compare(_ found: [String], _ wanted: [String], _ state: String) {
        for (found, wanted) in zip(found, wanted) where found != wanted {
            let lines = zip(found.split(separator: "\n"), wanted.split(separator: "\n"))
            let line = lines.first { $0.0 != $0.1 }
            Issue.record("\(state): \(wanted.prefix(120)): \(line.map { "\($0)" } ?? "more")")
        }
    }

    /// The paths of the segments that a disk has.
    private func segments(_ disk: SimFileSystem) -> [String] {
        let opened = disk.calls.filter { $0.hasPrefix("open ") && $0.contains("segment-") }
        return Set(opened.map { String($0.dropFirst(5)) }).filter { disk.contents($0) != nil }
            .sorted()
    }

    @Test func numbersAreTheSameWhereverTheyLie() throws {
        var random = SeededGenerator(seed: 21)
        let objects = (0..<1_500).map { Self.object(&random, $0) }
        let disk = SimFileSystem()
        let store = try open(disk)
        try commit(objects, to: store)
        let wanted = try answers(store)
        try store.seal()
        compare(try answers(store), wanted, "sealed")
        try store.compact(isEager: true)
        compare(try answers(store), wanted, "compacted")
        #expect(
            try types(store) == [
                "few": "integer", "rate": "double", "count": "numbers", "wait": "numbers",
                "ends": "numbers", "quoted": "numbers", "big": "string", "odd": "string",
                "esc\"aped": "integer",
            ])
        try store.compact(isEager: true, recompresses: true)
        compare(try answers(store), wanted, "recompressed")
    }

    @Test func olderAndNewerSegmentsAreMergedAndErased() throws {
        var random = SeededGenerator(seed: 22)
        let disk = SimFileSystem()
        var store = try open(disk)
        try commit((0..<800).map { Self.object(&random, $0, isVaried: false) }, to: store)
        try store.compact(isEager: true)
        let wanted = try answers(store)
        #expect(try types(store)["few"] == "integer")
        try store.close()
        // As version 3 wrote them.
        var changed = 0
        for path in segments(disk) {
            guard let bytes = disk.contents(path), let older = try Self.asVersion3(bytes) else {
                continue
            }
            disk.replace(path, with: older)
            changed += 1
        }
        #expect(changed > 0)
        store = try open(disk)
        compare(try answers(store), wanted, "version 3")
        #expect(try types(store)["few"] == "string")
        try commit((600..<1_500).map { Self.object(&random, $0) }, first: 600, to: store)
        let all = try answers(store)
        try store.compact(isEager: true)
        compare(try answers(store), all, "merged")
        #expect(try types(store)["few"] == "integer")
        #expect(try types(store)["count"] == "numbers")
        // Erased by the text of a number, with and without a dictionary.
        let count = try ask(
            store, "SELECT max(attributes['count']) c FROM spans WHERE attributes['few'] = '1000'")
        let last = try #require(rows(count)[0]["c"]?.string)
        for (key, text) in [("few", "2000"), ("count", last)] {
            let filter = "attributes['\(key)'] = '\(text)'"
            let statement = "SELECT count(*) n FROM spans WHERE \(filter)"
            #expect(try rows(ask(store, statement))[0]["n"]?.integer ?? 0 > 0)
            let condition = RowCondition.member(column: SpanColumn.attributes, key: key, text)
            let receipt = try store.erase(
                EraseRequest(
                    workspace: "default", tables: [TableErasure(Tables.spans, [condition])]))
            #expect(receipt.rowCount > 0)
            #expect(try rows(ask(store, statement))[0]["n"]?.integer == 0)
        }
        let left = try answers(store)
        try store.compact(isEager: true, recompresses: true)
        compare(try answers(store), left, "erased")
    }

    /// What storage has of each key in some compacted row group: strings, strings that are integers or
    /// doubles, or numbers alone.
    private func types(_ store: Store) throws -> [String: String] {
        let groups = try store.snapshots.latest.tables(workspace: "default")
            .source(Tables.spans, view: .raw).rowGroups(within: [])
        var types: [String: String] = [:]
        for group in groups {
            for key in Self.keys {
                let rows = 0..<group.rowCount
                let kept = try group.attribute(SpanColumn.attributes, key: key, rows: rows)
                let numbers = try group.attributeNumbers(
                    SpanColumn.attributes, key: key, rows: rows)
                switch (kept, numbers) {
                case (.integer, .integer), (.float, .float): types[key] = "numbers"
                case (.string, .integer): types[key] = "integer"
                case (.string, .float): types[key] = "double"
                case (.string, nil): types[key] = "string"
                default: break
                }
            }
        }
        return types
    }

    /// A segment with its key columns, where all have dictionaries, as version 3 had them: without types
    /// and zones, and so shorter. Nil when it has none, or another.
    private static func asVersion3(_ bytes: [UInt8]) throws -> [UInt8]? {
        let file = UInt64(bytes[16])
        let footer = try bytes.withUnsafeBytes {
            try SegmentFooterCodec.decode($0, file: file, name: "segment")
        }
        var (out, older) = (bytes, footer)
        for (index, extra) in footer.sections.enumerated()
        where extra.kind == SectionKind.keyColumn.rawValue {
            let start = Int(extra.section.offset)
            var section = Array(bytes[start..<start + Int(extra.section.length)])
            guard section[8..<12] != [0, 0, 0, 0] else { return nil }
            var heads: [UInt8] = []
            var place = 17
            for _ in footer.groupRows {
                heads += section[place..<place + 5]
                place += section[place + 9] == 0 ? 10 : 26
            }
            section = section[..<12] + section[13..<17] + heads + section[place...]
            out.replaceSubrange(start..<start + section.count, with: section)
            older.sections[index] = ExtraSection(
                kind: SectionKind.textKeyColumn.rawValue,
                section: SectionEntry(
                    offset: extra.section.offset, length: UInt32(section.count),
                    checksum: CRC32C.checksum(
                        section, fileID: file, offset: extra.section.offset)))
        }
        if older == footer { return nil }
        let trailer = bytes.count - SegmentFooterCodec.trailerBytes
        let offset = (0..<8).reduce(UInt64(0)) { $0 | UInt64(bytes[trailer + $1]) << (8 * $1) }
        let header = SegmentFooterCodec.header(file: file, table: footer.table, version: 3)
        out.replaceSubrange(0..<header.count, with: header)
        out.replaceSubrange(
            Int(offset)..., with: SegmentFooterCodec.encode(older, at: offset, version: 3))
        return out
    }

    @Test func zonesLeaveRowGroupsOut() throws {
        let store = try open(SimFileSystem())
        // Three days with 600 spans each.
        try commit(
            (0..<1_800).map { number in
                let day = number / 600
                let seldom = day == 2 ? ",\"seldom\":\(number).5" : ""
                return """
                    {"count":\(number),"wait":\(Double(number) / 4),"name":"n\(day)","few":\(day)\
                    \(seldom)}
                    """
            }, perDay: 600, to: store)
        func skipped(_ condition: String) throws -> [Int] {
            let answer = try ask(store, "SELECT count(*) n FROM spans WHERE \(condition)")
            let count = rows(answer)[0]["n"]?.integer ?? -1
            return [Int(count), answer.explain.rowsSkipped]
        }
        let conditions: [(String, count: Int, skipped: Int)] = [
            ("cast(attributes['count'] AS BIGINT) BETWEEN 700 AND 799", 100, 1_200),
            ("cast(attributes['count'] AS DOUBLE) > 1700.5", 99, 1_200),
            ("try_cast(attributes['count'] AS BIGINT) IN (5, 1799)", 2, 600),
            ("attributes['count'] = '1200'", 1, 1_200), ("attributes['count'] = '01200'", 0, 1_800),
            ("cast(attributes['wait'] AS DOUBLE) < 10", 40, 1_200),
            ("cast(attributes['wait'] AS BIGINT) = 200", 4, 1_200),
            ("attributes['wait'] IN ('449.75', 'x')", 1, 1_200),
            ("attributes['name'] = 'n1'", 600, 1_200), ("attributes['name'] = 'n'", 0, 1_800),
            ("attributes['few'] IN ('0', '2')", 1_200, 600),
            ("cast(attributes['few'] AS BIGINT) = 1", 600, 1_200),
            ("attributes['seldom'] IS NULL", 1_200, 600),
            ("attributes['seldom'] IS NOT NULL", 600, 0),
            ("attributes['name'] IS NULL", 0, 1_800),
            ("try_cast(attributes['name'] AS BIGINT) IS NULL", 1_800, 0),
            ("try_cast(attributes['name'] AS BIGINT) IS NOT NULL", 0, 0),
            ("cast(attributes['seldom'] AS DOUBLE) IS NOT NULL", 600, 0),
            ("cast(attributes['count'] AS BIGINT) IN (NULL, 2000)", 0, 1_800),
            ("cast(attributes['count'] AS BIGINT) NOT IN (2000)", 1_800, 0),
            ("cast(attributes['few'] AS DOUBLE) > 0.5 OR attributes['name'] = 'n0'", 1_800, 0),
            ("cast(attributes['count'] AS BIGINT) <> 7", 1_799, 0),
            ("attributes['name'] < 'n1'", 600, 0),
        ]
        for (condition, count, _) in conditions {
            let found = try skipped(condition)
            #expect(found == [count, 0], "\(condition)")
        }
        try store.compact(isEager: true)
        for (condition, count, rowsSkipped) in conditions {
            let found = try skipped(condition)
            #expect(found == [count, rowsSkipped], "\(condition)")
        }
    }
}
