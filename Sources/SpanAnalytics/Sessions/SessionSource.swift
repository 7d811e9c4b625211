// All sessions as a table that plans read: the entries of the sessions' rollup where they count, and
// the other sessions worked out from their spans. What is worked out is kept with the snapshot.
// Cost: 1 ns an entry and query; for a new snapshot also the spans of the sessions that are open.

import SpanColumns
import SpanModel
import SpanQuery

/// The rows of `Rollups.sessions`.
struct SessionSource: TableProvider, ColumnSource {
    let schema = Rollups.sessions.table
    private let groups: [any RowGroup]
    var rowCount: Int { groups.reduce(0) { $0 + $1.rowCount } }

    /// The sessions of a view. With an experiment only roots of that experiment count as roots.
    init(
        view: View, experiment: String? = nil, _ inquiry: inout Inquiry
    ) throws(StoreError) {
        let spans = try inquiry.tables.source(Tables.spans, view: view)
        if let rolled = try spans.rolledUp(Rollups.sessions, within: []) {
            let open = try Self.openSessions(rolled, &inquiry)
            inquiry.statistics.notes.append(
                "rollup sessions: \(rolled.entryCount) entries read, \(open.rowCount) made of rows")
            let groups = rolled.entries + (try open.rowGroups(within: []))
            let isRight = experiment == nil ? true : !(try Self.areMixed(groups))
            if isRight {
                self.groups = groups
                return
            }
        }
        let sessions = try SessionPlan.sessions(
            view: view, experiment: experiment, tables: inquiry.tables,
            statistics: &inquiry.statistics)
        groups = try Self.table(sessions).rowGroups(within: [])
    }

    func source(_ table: TableSchema, view: View) -> any ColumnSource { self }

    func rowGroups(within bounds: [ColumnBound]) -> [any RowGroup] {
        groups.map { SessionRowGroup(base: $0) }
    }

    private static func table(_ sessions: ResultTable) -> DerivedTable {
        DerivedTable(schema: Rollups.sessions.table, rows: sessions)
    }

    /// The sessions that no entry stands for.
    private static func openSessions(
        _ rolled: RolledUp, _ inquiry: inout Inquiry
    ) throws(StoreError) -> DerivedTable {
        let name = "open sessions"
        if let known = rolled.memo.value(name, as: DerivedTable.self) { return known }
        let sessions = try SessionPlan.sessions(
            view: .dedup, tables: OneSource(source: rolled.rest), statistics: &inquiry.statistics)
        let table = table(sessions)
        if sessions.rowCount <= Limits.openSessionsKeptMax { rolled.memo.keep(table, as: name) }
        return table
    }

    /// Whether some session has roots of different experiments.
    private static func areMixed(_ groups: [any RowGroup]) throws(StoreError) -> Bool {
        let column = Rollups.sessions.column("is_mixed")
        for group in groups {
            if let zone = group.zone(column)?.integers, zone == 0...0 { continue }
            guard case .integer(let flags) = try group.vector(column) else { continue }
            if flags.values.contains(1) { return true }
        }
        return false
    }
}

/// Sessions count as having arrived when they started, so that answers do not depend on where a
/// session lies.
private struct SessionRowGroup: RowGroup {
    let base: any RowGroup

    private static let startedAt = Rollups.sessions.column("started_at")

    private func place(_ column: Int) -> Int {
        column == SystemColumn.sequence ? Self.startedAt : column
    }

    var rowCount: Int { base.rowCount }
    func selection() throws(StoreError) -> [UInt32]? { try base.selection() }
    func zone(_ column: Int) -> ZoneMap? { base.zone(place(column)) }

    func vector(_ column: Int, rows: Range<Int>) throws(StoreError) -> ColumnVector {
        try base.vector(place(column), rows: rows)
    }

    func dictionary(_ column: Int) throws(StoreError) -> StringDictionary? {
        try base.dictionary(place(column))
    }
}
