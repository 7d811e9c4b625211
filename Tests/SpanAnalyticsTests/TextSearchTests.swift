// Random patterns over random texts of a store, against a matcher that tries every way: in memory,
// sealed and compacted, in both views, on one thread and on several, the answers are the same.

import Dispatch
import SpanColumns
import SpanModel
import SpanPlatform
import SpanQuery
import SpanStorage
import SpanTesting
import Synchronization
import Testing

@Suite struct TextSearchTests {
    private typealias Random = SpanGenerator.Random

    /// LIKE by definition: over characters, every split tried.
    private func matches(_ text: Substring, _ pattern: Substring) -> Bool {
        guard let first = pattern.first else { return text.isEmpty }
        let rest = pattern.dropFirst()
        if first == "%" {
            return matches(text, rest) || (!text.isEmpty && matches(text.dropFirst(), pattern))
        }
        guard let character = text.first, first == "_" || character == first else { return false }
        return matches(text.dropFirst(), rest)
    }

    private let words = [
        "agent", "Agent", "again", "tool", "too", "call", "recall", "error", "42", "4211", "a", "b",
        "\u{e9}t\u{e9}", String(repeating: "xy", count: 40), "\u{4f60}\u{597d}",
        "deadbeefdeadbeef01", "x", "xx", "xxx", ".", ", ", "-",
        " ",
        " ", " ", "_",
    ]

    private func text(_ random: inout Random) -> String? {
        if random.chance(8) { return nil }
        if random.chance(4) { return "" }
        return (0..<Int.random(in: 1...25, using: &random)).map { _ in
            words.randomElement(using: &random) ?? ""
        }.joined()
    }

    private func pattern(_ random: inout Random) -> String {
        let pieces = words.filter { $0 != "_" } + ["%", "%", "%", "%", "_", "gen", "cal", "zebra"]
        var pattern = (0..<Int.random(in: 0...4, using: &random)).map { _ in
            pieces.randomElement(using: &random) ?? ""
        }.joined()
        if random.chance(60) { pattern = "%" + pattern + "%" }
        return pattern
    }

    /// Spans `range` with texts, in projects by turns; their blocks hold rows of all of them.
    private func commit(_ texts: [String?], _ range: Range<Int>, to store: Store) throws {
        var builder = BatchBuilder(schema: Tables.spans)
        for number in range {
            for (column, id) in [
                (SpanColumn.traceID, "t\(number / 7)"), (SpanColumn.spanID, "s\(number)"),
            ] {
                _ = Array(id.utf8).withUnsafeBytes { builder.setIdentifier(column, text: $0) }
            }
            builder.setString(SpanColumn.source, "native")
            builder.setString(SpanColumn.project, "p\(number % 3)")
            builder.setInteger(SpanColumn.startTime, Int64(number % 50) * 3_600_000_000_000)
            if let text = texts[number] {
                Array(text.utf8).withUnsafeBytes { builder.setText(SpanColumn.output, $0) }
            }
            builder.endRow()
        }
        let commit = try PreparedCommit(
            workspace: "default", batches: [builder.finish()], token: nil, ingestTime: 1)
        for result in store.commit([commit]) { _ = try result.get() }
    }

    /// The numbers of the spans that match, ascending.
    private func ask(_ store: Store, _ predicate: Predicate, _ view: View) throws -> [Int] {
        var statistics = QueryStatistics()
        let plan = Plan(
            table: Tables.spans, view: view, filter: predicate,
            outputs: [Plan.Output("id", .column(SpanColumn.spanID))], aggregates: nil)
        let table = try Executor.run(
            plan, tables: store.snapshots.latest.tables(workspace: "default"),
            statistics: &statistics)
        return (0..<table.rowCount).compactMap {
            Cell(table.columns[0].values, $0).string.flatMap { Int($0.dropFirst()) }
        }.sorted()
    }

    @Test func likeIsExactWhereverTheTextsLie() throws {
        var random = Random(seed: 77)
        let count = 3_000
        let texts = (0..<count).map { _ in text(&random) }
        var options = StoreOptions()
        options.segmentRowsMax = 1_500
        let store = try Store.open(
            directory: "store", fileSystem: SimFileSystem(), options: options,
            randomness: Randomness(seed: 1))
        let output = Operand.column(SpanColumn.output)
        let cases = (0..<120).map { _ in (pattern(&random), random.chance(30)) }
        func check(_ stage: String, through end: Int) throws {
            for (index, (pattern, ignoringCase)) in cases.enumerated() {
                let like = Predicate.like(output, pattern: pattern, ignoringCase: ignoringCase)
                let wanted = texts[..<end].indices.filter { number in
                    texts[number].map {
                        ignoringCase
                            ? matches($0.lowercased()[...], pattern.lowercased()[...])
                            : matches($0[...], pattern[...])
                    } ?? false
                }
                let present = texts[..<end].indices.filter { texts[$0] != nil }
                let view: View = index % 2 == 0 ? .dedup : .raw
                #expect(try ask(store, like, view) == wanted, "\(stage): \(pattern)")
                #expect(
                    try ask(store, .not(like), view)
                        == present.filter { !wanted.contains($0) }, "\(stage): not \(pattern)")
                let late = Predicate.compare(
                    .column(SpanColumn.startTime), .less, .integer(20 * 3_600_000_000_000))
                #expect(
                    try ask(store, .and([like, late]), view)
                        == wanted.filter { $0 % 50 < 20 }, "\(stage): \(pattern), early")
                let part = pattern.filter { $0 != "%" }
                let holding =
                    part.isEmpty
                    ? present : present.filter { (texts[$0] ?? "").contains(part) }
                #expect(
                    try ask(store, .contains(output, part), view) == holding,
                    "\(stage): holds \(part)")
                // The identity index offers only some rows of a row group.
                let trace = index * 7 % (end / 7)
                let inTrace = Predicate.compare(
                    .column(SpanColumn.traceID), .equal, .string("t\(trace)"))
                #expect(
                    try ask(store, .and([inTrace, like]), view)
                        == wanted.filter { $0 / 7 == trace }, "\(stage): \(pattern), a trace")
            }
        }
        for start in stride(from: 0, to: 1_000, by: 100) {
            try commit(texts, start..<start + 100, to: store)
        }
        try check("memtable", through: 1_000)
        try store.seal()
        try check("sealed", through: 1_000)
        for start in stride(from: 1_000, to: count, by: 500) {
            try commit(texts, start..<start + 500, to: store)
            try store.seal()
        }
        try store.compact(isEager: true)
        try check("compacted", through: count)
        try commit(texts, 10..<20, to: store)
        try store.compact(isEager: true)
        try #require(try status(store, "text_index_bytes") > 0)
        let twice = try store.snapshots.latest.tables(workspace: "default")
            .source(Tables.spans, view: .dedup)
        #expect(try TableReader.rows(twice).count == count)
        #expect(
            try ask(store, .like(output, pattern: "%tool%", ignoringCase: false), .dedup)
                == texts.indices.filter { texts[$0]?.contains("tool") ?? false })
    }

    private func status(_ store: Store, _ item: String) throws -> Int64 {
        let table = try store.snapshots.latest.status()
        return (0..<table.rowCount).filter { Cell(table.columns[0].values, $0).string == item }
            .compactMap { Cell(table.columns[3].values, $0).integer }.reduce(0, +)
    }

    /// Row groups that share blocks, searched from many threads at once.
    @Test func threadsThatShareBlocksAgree() throws {
        var random = Random(seed: 3)
        var builder = TextBlockBuilder()
        let texts = (0..<4_000).map { _ in text(&random) ?? "" }
        let references = texts.map { text in
            Array(text.utf8).withUnsafeBytes { builder.append($0) }
        }
        let blocks = builder.finish()
        let wanted = texts.count { $0.contains("call") }
        for _ in 0..<20 {
            let group = SharedGroup(
                rowCount: texts.count,
                shared: TextCandidates(
                    rows: nil, references: references, blocks: blocks,
                    hits: BlockHits(blockCount: blocks.count)))
            let counts = Mutex<[Int64]>([])
            DispatchQueue.concurrentPerform(iterations: 8) { _ in
                var statistics = QueryStatistics()
                let plan = Plan(
                    table: Tables.spans, view: .raw,
                    filter: .like(
                        .column(SpanColumn.output), pattern: "%call%", ignoringCase: false),
                    outputs: [], aggregates: [Aggregate("count", .count)])
                let table = try? Executor.run(
                    plan, tables: OneGroup(group: group), statistics: &statistics)
                let count = table.flatMap { Cell($0.columns[0].values, 0).integer } ?? -1
                counts.withLock { $0.append(count) }
            }
            #expect(counts.withLock { $0 } == Array(repeating: Int64(wanted), count: 8))
        }
    }
}

/// A row group that shares what is found in its blocks with every query.
private struct SharedGroup: RowGroup {
    let rowCount: Int
    let shared: TextCandidates

    func selection() -> [UInt32]? { nil }
    func zone(_ column: Int) -> ZoneMap? { nil }
    func vector(_ column: Int, rows: Range<Int>) -> ColumnVector { .null(count: rows.count) }
    func candidates(
        _ column: Int, _ pattern: TextPattern, rows: Range<Int>
    ) -> TextCandidates? { shared }
}

private struct OneGroup: TableProvider, ColumnSource {
    let group: SharedGroup

    var schema: TableSchema { Tables.spans }
    var rowCount: Int { group.rowCount }

    func source(_ table: TableSchema, view: View) -> any ColumnSource { self }
    func rowGroups(within bounds: [ColumnBound]) -> [any RowGroup] { [group] }
}
