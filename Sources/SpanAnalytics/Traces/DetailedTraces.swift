// Traces as a table that plans read: which there are and when they began is found once a snapshot, their
// other columns with one pass over the spans of those wanted.
// Cost: a page in order of starts reads the spans of its traces alone, once the starts are known.

import SpanColumns
import SpanModel
import SpanQuery

/// The traces of a view, maybe those alone that have spans which pass a condition on ids.
struct DetailedTraces: DetailedTable {
    let tables: any TableProvider
    var view = View.dedup
    var filter = Predicate.always

    let schema = TraceTable.schema
    let keys = Self.keyNames.compactMap { TraceTable.schema.column(named: $0) }
    var costly: Set<Int> {
        Set(SystemColumn.count..<schema.columns.count).subtracting(keys)
    }

    private static let keyNames = ["trace_id", "source", "started_at"]

    func rows(
        with columns: Set<Int>, _ statistics: inout QueryStatistics
    ) throws(StoreError) -> any TableProvider {
        let names = names(columns)
        guard names.isSubset(of: Self.keyNames), filter.isTrivial else {
            return try traces(filter, names, &statistics)
        }
        let memo = try tables.source(Tables.spans, view: view).memo
        let name = "trace beginnings, \(view)"
        if let known = memo?.value(name, as: DerivedTable.self) { return known }
        let found = try traces(.always, Set(Self.keyNames), &statistics)
        if found.rowCount <= Limits.tracesKeptMax { memo?.keep(found, as: name) }
        return found
    }

    func rows(
        of page: ResultTable, with columns: Set<Int>, _ statistics: inout QueryStatistics
    ) throws(StoreError) -> any TableProvider {
        let ids = try page.columns[0].values.strings()
        let first = page.columns[2].values.integers().compactMap { $0 }.min()
        let spans = Predicate.and([
            .window(.column(SpanColumn.startTime), from: first, to: nil),
            .isIn(.column(SpanColumn.traceID), ids.compactMap { $0.map(Literal.string) }),
        ])
        let found = try traces(spans, names(columns.union(keys)), &statistics)
        // Of another source a trace may have the same id.
        return found.rowCount == page.rowCount ? found : try some(found, page)
    }

    private func names(_ columns: Set<Int>) -> Set<String> {
        Set(columns.map { schema.columns[$0].name })
    }

    private func traces(
        _ filter: Predicate, _ names: Set<String>, _ statistics: inout QueryStatistics
    ) throws(StoreError) -> DerivedTable {
        DerivedTable(
            schema: schema,
            rows: try TraceTable.rows(
                filter, names, view: view, tables: tables, statistics: &statistics))
    }

    /// The traces of a page among those of its ids.
    private func some(
        _ found: DerivedTable, _ page: ResultTable
    ) throws(StoreError) -> DerivedTable {
        let wanted = Set(try Self.identities(page))
        let isWanted = try Self.identities(found.rows).map { wanted.contains($0) }
        let rows = isWanted.indices.filter { isWanted[$0] }.map { UInt32($0) }
        return DerivedTable(schema: schema, rows: found.rows.rows(rows))
    }

    private static func identities(_ traces: ResultTable) throws(StoreError) -> [[String?]] {
        let ids = try traces.column("trace_id").values.strings()
        let sources = try traces.column("source").values.strings()
        return zip(ids, sources).map { [$0, $1] }
    }
}
