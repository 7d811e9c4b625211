// A trajectory that is sent again replaces the one before it as a whole: what the new one no longer has
// is deleted in the same commit. What belonged to the old one hangs under its root.
// Cost: two queries for the session; nothing for a session that is new.

import SpanColumns
import SpanModel
import SpanQuery

/// Finds what a trajectory leaves behind.
package enum ATIFReplacement {
    /// Tombstones of the spans and scores under `root` that are not among the rows of `batches`. The
    /// batches are those of one trajectory.
    package static func tombstones(
        root: String, session: String, batches: [ColumnBatch], tables: any TableProvider
    ) throws(StoreError) -> [ColumnBatch] {
        let old = try spans(session, tables)
        let known = Set(old.ids.compactMap { $0 })
        guard known.contains(root) else { return [] }
        let under = descendants(of: root, old)
        let new = try cells(batches, Tables.spans, [SpanColumn.spanID])
        var stale = BatchBuilder(schema: Tables.spans)
        for id in under where !new.contains([id]) {
            set(SpanColumn.traceID, session, &stale)
            set(SpanColumn.spanID, id, &stale)
            stale.setString(SpanColumn.source, "atif")
            stale.setKind(.tombstone)
            stale.endRow()
        }
        let scores = try staleScores(Set(under), session, batches, tables)
        return [stale.finish(), scores].filter { $0.rowCount > 0 }
    }

    // MARK: Spans

    private struct Spans {
        let ids: [String?]
        let parents: [String?]
    }

    private static func spans(
        _ session: String, _ tables: any TableProvider
    ) throws(StoreError) -> Spans {
        let rows = try run(
            Tables.spans, SpanColumn.sessionID, SpanColumn.source, session,
            [SpanColumn.spanID, SpanColumn.parentSpanID], tables)
        return Spans(
            ids: try rows.columns[0].values.strings(),
            parents: try rows.columns[1].values.strings())
    }

    /// The root and all spans under it.
    private static func descendants(of root: String, _ spans: Spans) -> [String] {
        var children: [String: [String]] = [:]
        for (id, parent) in zip(spans.ids, spans.parents) {
            if let id, let parent { children[parent, default: []].append(id) }
        }
        var found: [String] = []
        var seen: Set<String> = [root]
        var open = [root]
        while let id = open.popLast() {
            found.append(id)
            for child in children[id] ?? [] where seen.insert(child).inserted {
                open.append(child)
            }
        }
        return found
    }

    // MARK: Scores

    private static func staleScores(
        _ under: Set<String>, _ session: String, _ batches: [ColumnBatch],
        _ tables: any TableProvider
    ) throws(StoreError) -> ColumnBatch {
        let rows = try run(
            Tables.scores, ScoreColumn.sessionID, ScoreColumn.source, session,
            [ScoreColumn.spanID, ScoreColumn.name], tables)
        let spans = try rows.columns[0].values.strings()
        let names = try rows.columns[1].values.strings()
        let new = try cells(batches, Tables.scores, [ScoreColumn.spanID, ScoreColumn.name])
        var stale = BatchBuilder(schema: Tables.scores)
        for case (let span?, let name?) in zip(spans, names)
        where under.contains(span) && !new.contains([span, name]) {
            set(ScoreColumn.traceID, session, &stale)
            set(ScoreColumn.spanID, span, &stale)
            stale.setString(ScoreColumn.sessionID, session)
            stale.setString(ScoreColumn.name, name)
            stale.setString(ScoreColumn.source, "atif")
            stale.setKind(.tombstone)
            stale.endRow()
        }
        return stale.finish()
    }

    // MARK: Rows

    /// Columns of the rows of a session that came as ATIF.
    private static func run(
        _ table: TableSchema, _ sessionColumn: Int, _ sourceColumn: Int, _ session: String,
        _ columns: [Int], _ tables: any TableProvider
    ) throws(StoreError) -> ResultTable {
        let plan = Plan(
            table: table,
            filter: .and([
                .compare(.column(sessionColumn), .equal, .string(session)),
                .compare(.column(sourceColumn), .equal, .string("atif")),
            ]), outputs: columns.map { Plan.Output(table.columns[$0].name, .column($0)) })
        var statistics = QueryStatistics()
        return try Executor.run(plan, tables: tables, statistics: &statistics)
    }

    /// The values of some columns, row by row, of a table's batches.
    private static func cells(
        _ batches: [ColumnBatch], _ table: TableSchema, _ columns: [Int]
    ) throws(StoreError) -> Set<[String]> {
        var cells: Set<[String]> = []
        for batch in batches where batch.schema.number == table.number {
            var texts: [[String?]] = []
            for column in columns { texts.append(try batch.columns[column].strings()) }
            for row in 0..<batch.rowCount { cells.insert(texts.map { $0[row] ?? "" }) }
        }
        return cells
    }

    private static func set(_ column: Int, _ text: String, _ builder: inout BatchBuilder) {
        var text = text
        _ = text.withUTF8 {
            builder.setIdentifier(column, text: UnsafeRawBufferPointer($0))
        }
    }
}
