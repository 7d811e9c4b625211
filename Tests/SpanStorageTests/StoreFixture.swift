// A small closed store that holds every kind of file, for tests that damage, replace or remove one,
// and what such a store answers.

import SpanColumns
import SpanFormat
import SpanModel
import SpanPlatform
import SpanStorage
import SpanTesting

/// A store with two segments of spans (live rows, history, kills), and one of each other table.
struct StoreFixture {
    static let directory = "store"
    static let workspace = "store/workspace-0000000000000001"
    static let day: Int64 = 86_400_000_000_000

    static var options: StoreOptions {
        var options = StoreOptions()
        options.walFileBytes = 4_096
        options.headroomBytes = 4_096
        return options
    }

    let disk = SimFileSystem()
    let driver: StoreDriver

    init() throws(StoreError) {
        var driver = try StoreDriver(fileSystem: disk, seed: 3, options: Self.options)
        try driver.commit([Self.span(1), Self.span(2, text: "a longer text of the second span")])
        try driver.commit([Self.span(1, kind: .patch, text: "patched")])
        try Self.commitKeyed(&driver, [Self.metric(1), Self.metric(2)], key: 7)
        try driver.commit([Self.metric(1)])
        try driver.commit([Self.score(1), Self.score(2)])
        try driver.commit([Self.entity(1), Self.entity(2)])
        try driver.store.seal()
        try driver.commit([Self.span(2), Self.span(3, day: 3)])
        try driver.store.seal()
        try driver.store.close()
        self.driver = driver
    }

    /// Paths of the store's files, without the WAL.
    func files(_ word: String) -> [String] {
        let names = Set(disk.calls.filter { $0.hasPrefix("open ") }.map { $0.dropFirst(5) })
        return names.map(String.init).filter { $0.contains(word) && disk.contents($0) != nil }
            .sorted()
    }

    /// The disk after a restart, with one file replaced.
    func disk(replacing path: String, with bytes: [UInt8]) -> SimFileSystem {
        let copy = disk.restart()
        copy.replace(path, with: bytes)
        return copy
    }

    static func open(_ disk: SimFileSystem) throws(StoreError) -> Store {
        try Store.open(
            directory: directory, fileSystem: disk, options: options,
            randomness: Randomness(seed: 1))
    }

    // MARK: Records

    static func span(
        _ number: Int, kind: WriteKind = .complete, day: Int = 0, text: String? = nil,
        attributes: String? = nil
    ) -> ReferenceRecord {
        var fields: [Int: ReferenceValue] = [
            SpanColumn.traceID: .text(traceID(number % 2)), SpanColumn.spanID: .text("s\(number)"),
            SpanColumn.source: .text("native"),
        ]
        if kind == .complete {
            fields[SpanColumn.project] = .text("p\(number)")
            fields[SpanColumn.startTime] = .integer(Int64(day) * Self.day + Int64(number))
            // Only live rows of the first segment have a name: its page of history is empty.
            if number == 2 { fields[SpanColumn.name] = .text("second") }
        }
        if let text { fields[SpanColumn.output] = .text(text) }
        if let attributes { fields[SpanColumn.attributes] = .text(attributes) }
        return ReferenceRecord(table: Tables.spans, kind: kind, fields: fields)
    }

    static func traceID(_ number: Int) -> String { String(repeating: "0", count: 31) + "\(number)" }

    static func metric(_ step: Int) -> ReferenceRecord {
        ReferenceRecord(
            table: Tables.metrics, kind: .complete,
            fields: [
                MetricColumn.project: .text("p"), MetricColumn.runID: .text("7"),
                MetricColumn.name: .text("loss"), MetricColumn.step: .integer(Int64(step)),
                MetricColumn.time: .integer(5), MetricColumn.value: .float((0.5).bitPattern),
            ])
    }

    static func score(_ number: Int) -> ReferenceRecord {
        ReferenceRecord(
            table: Tables.scores, kind: .complete,
            fields: [
                ScoreColumn.traceID: .text(traceID(number)), ScoreColumn.name: .text("s"),
                ScoreColumn.source: .text("native"), ScoreColumn.value: .float((1.5).bitPattern),
                ScoreColumn.comment: .text("comment \(number)"),
            ])
    }

    static func entity(_ number: Int) -> ReferenceRecord {
        ReferenceRecord(
            table: Tables.entities, kind: .complete,
            fields: [
                EntityColumn.kind: .text("run"), EntityColumn.project: .text("p"),
                EntityColumn.name: .text("e\(number)"),
                EntityColumn.body: .text("{\"n\":\(number)}"),
            ])
    }

    /// Commits records with an idempotency key.
    static func commitKeyed(
        _ driver: inout StoreDriver, _ records: [ReferenceRecord], key: UInt64
    ) throws(StoreError) {
        let commit = try PreparedCommit(
            workspace: "default", batches: [ColumnBatch.of(records, table: records[0].table)],
            token: IdempotencyToken(key: key, content: key), ingestTime: 1)
        for result in driver.store.commit([commit]) {
            if try result.get() == .stored { driver.reference.append(records) }
        }
    }

    // MARK: Answers

    /// Every row of a table in both views, and the values of its system columns.
    static func answers(_ store: Store, _ table: TableSchema) throws(StoreError) -> [String] {
        var answers: [String] = []
        for view in View.allCases {
            let source = try store.snapshots.latest.tables(workspace: "default")
                .source(table, view: view)
            answers += try TableReader.rows(source)
            for group in try source.rowGroups(within: []) {
                for column in 0..<SystemColumn.count {
                    let vector = try group.vector(column)
                    answers.append("\(try TableReader.values(vector))")
                }
                if let column = table.summed {
                    let sums = try group.blockSums(column, rows: 0..<group.rowCount)
                    answers.append("\(sums?.firstSteps ?? []), \(sums?.sums ?? [])")
                    if let runs = try group.runSums(column, rows: 0..<group.rowCount) {
                        answers += (0..<runs.count).map { "\(runs[$0])" }
                    }
                }
            }
        }
        return answers
    }

    /// The spans of a trace, found through the identity index.
    static func trace(_ store: Store, _ number: Int) throws(StoreError) -> Int {
        let packed = PackedIdentifier.pack(traceID(number)) ?? []
        let source = try store.snapshots.latest.tables(workspace: "default")
            .source(Tables.spans, view: .raw)
        let bound = ColumnBound.identifierEquals(column: SpanColumn.traceID, packed: packed)
        var count = 0
        for group in try source.rowGroups(within: [bound]) {
            guard case .identifier(let ids) = try group.vector(SpanColumn.traceID) else { continue }
            let rows = try group.selection() ?? Array(0..<UInt32(group.rowCount))
            for row in rows {
                count += ids.withBytes(Int(row)) { $0.elementsEqual(packed) } ? 1 : 0
            }
        }
        return count
    }
}
