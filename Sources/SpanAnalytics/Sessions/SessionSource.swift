// All sessions as a table that plans read: the entries of the sessions' rollup where they count, and
// the other sessions worked out from their spans. What is worked out is kept for later questions.
// Cost: 1 ns an entry and query; for a new snapshot also 50 ns an entry, and the spans of the open
// sessions that changed.

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
        if let rolled = try spans.rolledGroups(Rollups.sessions) {
            let groups = rolled.entries + (try Self.openSessions(rolled, &inquiry))
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

    /// The sessions that no entry stands for. What they are made of can be much, as those are mostly the
    /// longest: so they are worked out in parts.
    private static func openSessions(
        _ rolled: RolledGroups, _ inquiry: inout Inquiry
    ) throws(StoreError) -> [any RowGroup] {
        var parts = [rolled.known].compactMap { $0 }
        let knownCount = rolled.known?.rowCount ?? 0
        if !rolled.addable.entries.isEmpty {
            parts.append(
                try AddedSessions.sessions(rolled.addable, statistics: &inquiry.statistics))
        }
        let addedCount = parts.reduce(-knownCount) { $0 + $1.rowCount }
        for rows in rolled.rest {
            parts.append(
                try SessionPlan.sessions(
                    view: .dedup, tables: OneSource(source: rows),
                    statistics: &inquiry.statistics))
        }
        let sessions = try ResultTable.concatenated(parts)
        if !rolled.addable.entries.isEmpty || !rolled.rest.isEmpty { rolled.keep(sessions) }
        inquiry.statistics.notes.append(
            "rollup sessions: \(rolled.entryCount) entries read, \(knownCount) known, "
                + "\(addedCount) added up, "
                + "\(sessions.rowCount - knownCount - addedCount) made of rows")
        return try table(sessions).rowGroups(within: [])
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
