// A reader's fixed view of the whole store: every batch up to `sequence`, wholly, and nothing
// after it. Taking one is a reference copy; holding it keeps its chunks and segments alive.

import SpanColumns
import SpanFormat
import SpanModel

/// The store as of one sequence.
package final class Snapshot: Sendable {
    /// The last sequence that is visible.
    package let sequence: UInt64
    let workspaces: [String: WorkspaceSnapshot]

    init(sequence: UInt64, workspaces: [String: WorkspaceSnapshot]) {
        self.sequence = sequence
        self.workspaces = workspaces
    }

    /// Everything that the writer's workspaces hold, visible through `sequence`.
    init(sequence: UInt64, of workspaces: [Workspace]) {
        self.sequence = sequence
        var visible: [String: WorkspaceSnapshot] = [:]
        for workspace in workspaces {
            visible[workspace.name] = WorkspaceSnapshot(
                number: workspace.number, tables: workspace.tables.map { $0.snapshot() })
        }
        self.workspaces = visible
    }

    /// The tables of a workspace; one that does not exist is empty.
    package func tables(workspace: String) -> any TableProvider {
        WorkspaceTables(snapshot: self, tables: workspaces[workspace]?.tables ?? [])
    }

    /// Workspace names, sorted.
    package var workspaceNames: [String] { workspaces.keys.sorted() }
}

/// One workspace at one moment.
struct WorkspaceSnapshot: Sendable {
    let number: UInt32
    /// By ascending table number.
    let tables: [TableSnapshot]
}

/// A workspace of a snapshot, for questions.
private struct WorkspaceTables: TableProvider {
    let snapshot: Snapshot
    let tables: [TableSnapshot]

    func source(_ table: TableSchema, view: View) throws(StoreError) -> any ColumnSource {
        guard let found = tables.first(where: { $0.schema.number == table.number }) else {
            return EmptySource(schema: table)
        }
        return TableSource(table: found, view: view, sequence: snapshot.sequence)
    }
}

/// A table that has no rows yet.
private struct EmptySource: ColumnSource {
    let schema: TableSchema

    var rowCount: Int { 0 }

    func rowGroups(within bounds: [ColumnBound]) -> [any RowGroup] { [] }
}
