// Row groups within bounds lack no row that the bounds allow, whatever index left the others out: of
// traces, sessions, series and steps, in both views, before and after seal and compaction.

import SpanColumns
import SpanFormat
import SpanModel
import SpanPlatform
import SpanStorage
import SpanTesting
import Testing

@Suite struct CandidateRowsTests {
    private static let columnsOfBounds: [UInt8: [Int]] = [
        Tables.spans.number: [
            SpanColumn.traceID, SpanColumn.sessionID, SpanColumn.project, SpanColumn.startTime,
        ],
        Tables.metrics.number: [
            MetricColumn.project, MetricColumn.runID, MetricColumn.name, MetricColumn.step,
        ],
    ]

    @Test(arguments: 1...8)
    func nothingWithinTheBoundsIsLeftOut(seed: UInt64) throws {
        var random = SpanGenerator.Random(seed: seed)
        var generator = SpanGenerator(seed: seed)
        generator.spansPerSession = 3
        let store = try Store.open(
            directory: "store", fileSystem: SimFileSystem(), randomness: Randomness(seed: seed))
        for round in 0..<4 {
            var spans = BatchBuilder(schema: Tables.spans)
            generator.appendSpans(2_000, to: &spans)
            var metrics = BatchBuilder(schema: Tables.metrics)
            generator.appendMetrics(2_000, runs: 3, names: 4, to: &metrics)
            for batch in [spans.finish(), metrics.finish()] {
                let commit = try PreparedCommit(
                    workspace: "default", batches: [batch], token: nil, ingestTime: Int64(round))
                for result in store.commit([commit]) { _ = try result.get() }
            }
            if round % 2 == 0 { try store.seal() }
            if round == 1 { try store.compact(isEager: true) }
            for table in [Tables.spans, Tables.metrics] {
                for view in View.allCases { try check(store, table, view, &random) }
            }
        }
        try store.close()
    }

    private func check(
        _ store: Store, _ table: TableSchema, _ view: View, _ random: inout SpanGenerator.Random
    ) throws {
        let source = try store.snapshots.latest.tables(workspace: "default").source(
            table, view: view)
        let everything = try source.rowGroups(within: [])
        for _ in 0..<12 {
            let bounds = try bounds(table, everything, &random)
            if bounds.isEmpty { continue }
            let found = try source.rowGroups(within: bounds)
            let expected = try matches(everything, bounds)
            let isComplete = try matches(found, bounds) == expected
            #expect(isComplete, "\(table.name) \(view) \(bounds)")
            #expect(rowCount(found) <= rowCount(everything))
        }
    }

    private func rowCount(_ groups: [any RowGroup]) -> Int { groups.reduce(0) { $0 + $1.rowCount } }

    /// Bounds that some row of the table is within, and now and then one that none is.
    private func bounds(
        _ table: TableSchema, _ groups: [any RowGroup], _ random: inout SpanGenerator.Random
    ) throws -> [ColumnBound] {
        guard let group = groups.randomElement(using: &random) else { return [] }
        let row = Int.random(in: 0..<group.rowCount, using: &random)
        var bounds: [ColumnBound] = []
        for column in Self.columnsOfBounds[table.number] ?? [] where random.chance(50) {
            switch Cell(try group.vector(column), row) {
            case .integer(let value):
                bounds.append(.integerRange(column: column, value...value + 5))
            case .string(let text) where table.columns[column].type.form == .identifier:
                let packed = try #require(PackedIdentifier.pack(text))
                bounds.append(.identifierEquals(column: column, packed: packed))
            case .string(let text):
                bounds.append(.stringIn(column: column, random.chance(10) ? ["none"] : [text]))
            case .null, .float: break
            }
        }
        return bounds
    }

    /// The sequences of all rows within the bounds, ascending.
    private func matches(_ groups: [any RowGroup], _ bounds: [ColumnBound]) throws -> [Int64] {
        var sequences: [Int64] = []
        for group in groups {
            let columns = try bounds.map { try group.vector(Self.column($0)) }
            let sequence = try group.vector(SystemColumn.sequence)
            for row in try group.selection() ?? Array(0..<UInt32(group.rowCount)) {
                let isWithin = zip(bounds, columns).allSatisfy {
                    Self.holds($0, Cell($1, Int(row)))
                }
                if isWithin { sequences.append(Cell(sequence, Int(row)).integer ?? -1) }
            }
        }
        return sequences.sorted()
    }

    private static func column(_ bound: ColumnBound) -> Int {
        switch bound {
        case .integerRange(let column, _), .identifierEquals(let column, _),
            .stringIn(let column, _), .key(let column, _, _):
            column
        }
    }

    private static func holds(_ bound: ColumnBound, _ cell: Cell) -> Bool {
        switch bound {
        case .integerRange(_, let range): cell.integer.map(range.contains) ?? false
        case .identifierEquals(_, let packed):
            cell.string.map { PackedIdentifier.pack($0) == packed } ?? false
        case .stringIn(_, let texts): cell.string.map(texts.contains) ?? false
        // Never made above: `KeyTypeTests` has these.
        case .key: false
        }
    }
}
