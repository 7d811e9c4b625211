// Keys of JSON as columns: what a store answers about attributes is what parsing every object
// answers, in memory, sealed and compacted, and the objects themselves come back byte for byte.

import SpanColumns
import SpanModel
import SpanPlatform
import SpanQuery
import SpanStorage
import SpanTesting
import Testing

@Suite struct KeyColumnTests {
    private typealias Random = SpanGenerator.Random

    /// Members of an object: keys of every share, values of every kind, the same key with values of
    /// different kinds, numbers that must keep their text.
    private func object(_ random: inout Random, _ number: Int) -> String? {
        if random.chance(5) { return nil }
        var members: [String] = []
        func add(_ key: String, _ share: Int, _ values: [String]) {
            guard random.chance(share) else { return }
            members.append("\"\(key)\":\(values.randomElement(using: &random) ?? "null")")
        }
        add("tier", 90, [#""T1""#, #""T2""#, #""T3""#, "null"])
        add("retry", 60, ["0", "1", "2", "-0", "1.0", "1e3", "1E3", "100000000000000000000"])
        add("mixed", 50, ["true", "false", #""true""#, #"[1,{"a":"b"}]"#, #"{"x":null}"#, #""""#])
        add("esc\\u0061p\\\"ed", 40, [#""a\n\"b\"""#, #""\u00e9""#, "\"\u{e9}\""])
        add("\u{4f60}", 30, [#""\ud83d\ude00""#, "7"])
        add("seldom", 1, ["1", #""one""#])
        add("never", 0, ["1"])
        if random.chance(70) { members.append("\"id\":\"\(number)-\(random.next())\"") }
        // As clients write it, and as no writer would: twice the same key, spaces, broken, no object.
        if random.chance(5) { members += members.prefix(2).map { $0 + "0" } }
        if random.chance(3) { members += members.reversed() }
        let separator = random.chance(95) ? "," : " ,"
        let whole = "{\(members.shuffled(using: &random).joined(separator: separator))}"
        if random.chance(97) { return whole }
        return [
            "{}", "[]", "", "{ }", whole + " ", String(whole.dropLast()), "{\"tier\":\"T1\"x}",
            "{\"tier\" :\"T1\"}", "{\"tier\": \"T1\"}", "7", "{\"tier\":\"T1\"}}",
        ].randomElement(using: &random)
    }

    private func commit(_ objects: [String?], _ range: Range<Int>, to store: Store) throws {
        var builder = BatchBuilder(schema: Tables.spans)
        for number in range {
            let ids = [(SpanColumn.traceID, "t\(number / 5)"), (SpanColumn.spanID, "s\(number)")]
            for (column, id) in ids {
                _ = Array(id.utf8).withUnsafeBytes { builder.setIdentifier(column, text: $0) }
            }
            builder.setString(SpanColumn.source, "native")
            builder.setString(SpanColumn.project, "p\(number % 3)")
            builder.setInteger(SpanColumn.startTime, Int64(number % 40) * 3_600_000_000_000)
            if let object = objects[number] {
                Array(object.utf8).withUnsafeBytes { builder.setText(SpanColumn.attributes, $0) }
            }
            builder.endRow()
        }
        let commit = try PreparedCommit(
            workspace: "default", batches: [builder.finish()], token: nil, ingestTime: 1)
        for result in store.commit([commit]) { _ = try result.get() }
    }

    private func run(_ store: Store, _ plan: Plan) throws -> [[Cell]] {
        var statistics = QueryStatistics()
        let table = try Executor.run(
            plan, tables: store.snapshots.latest.tables(workspace: "default"),
            statistics: &statistics)
        return (0..<table.rowCount).map { row in table.columns.map { Cell($0.values, row) } }
    }

    private let keys = ["tier", "retry", "mixed", "escap\"ed", "\u{4f60}", "seldom", "never", "id"]

    /// Every question about every key, as text.
    private func answers(_ store: Store) throws -> [String] {
        var answers: [String] = []
        for key in keys {
            let operand = Operand.attribute(column: SpanColumn.attributes, key: key)
            let groups = Plan(
                table: Tables.spans, outputs: [Plan.Output("value", operand)],
                aggregates: [
                    Aggregate("count", .count), Aggregate("least", .minimum(operand)),
                    Aggregate(
                        "late", .count,
                        filter: .and([
                            .compare(operand, .notEqual, .string("T1")),
                            .compare(
                                .column(SpanColumn.startTime), .greater,
                                .integer(10 * 3_600_000_000_000)),
                        ])),
                ])
            answers.append("\(key) groups \(try run(store, groups))")
            let filters: [Predicate] = [
                .compare(operand, .equal, .string("T2")), .compare(operand, .less, .string("1.5")),
                .not(.compare(operand, .equal, .string("true"))), .isNull(operand),
                .not(.isNull(operand)), .like(operand, pattern: "%a%", ignoringCase: true),
                .isIn(operand, [.string("1e3"), .string("1.0"), .string("a\n\"b\"")]),
                .not(.isIn(operand, [.string("T1"), .null])),
                .and([
                    .compare(.column(SpanColumn.traceID), .equal, .string("t77")),
                    .not(.compare(operand, .equal, .string("T1"))),
                ]),
            ]
            for filter in filters {
                let plan = Plan(
                    table: Tables.spans, filter: filter,
                    outputs: [
                        Plan.Output("id", .column(SpanColumn.spanID)),
                        Plan.Output("value", operand),
                        Plan.Output("json", .column(SpanColumn.attributes)),
                    ])
                let rows = try run(store, plan).map { "\($0)" }.sorted()
                answers.append("\(key) \(filter): \(rows)")
            }
        }
        return answers
    }

    @Test func attributesAreTheSameWhereverTheyLie() throws {
        var random = Random(seed: 9)
        let count = 4_000
        let objects = (0..<count).map { object(&random, $0) }
        var options = StoreOptions()
        options.segmentRowsMax = 1_500
        let store = try Store.open(
            directory: "store", fileSystem: SimFileSystem(), options: options,
            randomness: Randomness(seed: 1))
        for start in stride(from: 0, to: count, by: 500) {
            try commit(objects, start..<start + 500, to: store)
        }
        let wanted = try answers(store)
        try store.seal()
        let sealed = try answers(store)
        #expect(zip(sealed, wanted).allSatisfy { $0 == $1 })
        try store.compact(isEager: true)
        let compacted = try answers(store)
        #expect(compacted.count == wanted.count)
        for (found, wanted) in zip(compacted, wanted) where found != wanted {
            Issue.record("\(wanted.prefix(80))")
        }
        // Compacted again, with objects that have other keys.
        try commit(objects.map { $0.map { _ in #"{"tier":"T9"}"# } }, 0..<100, to: store)
        let before = try answers(store)
        try store.compact(isEager: true)
        #expect(try answers(store) == before)
        let columns = try columns(of: store)
        #expect(["escap\"ed", "mixed", "retry", "tier", "\u{4f60}"].allSatisfy(columns.contains))
        #expect(!columns.contains("never") && !columns.contains("id"))
    }

    /// The keys that some row group has as columns.
    private func columns(of store: Store) throws -> [String] {
        let source = try store.snapshots.latest.tables(workspace: "default")
            .source(Tables.spans, view: .raw)
        let groups = try source.rowGroups(within: [])
        return try keys.filter { key in
            try groups.contains {
                try $0.attribute(SpanColumn.attributes, key: key, rows: 0..<$0.rowCount) != nil
            }
        }.sorted()
    }
}
