// The rows of a region of a segment that is being written, as a source of queries, so that its rollups are
// computed by the plans that answer questions.

import SpanColumns
import SpanModel

/// Some rows of the input of a rewrite.
struct RewriteSource: ColumnSource {
    private let input: RewriteInput
    /// By row group of the input: the rows, ascending.
    private let rows: [[UInt32]]

    init(_ input: RewriteInput, _ region: ArraySlice<RewriteRow>) {
        self.input = input
        var rows = [[UInt32]](repeating: [], count: input.groups.count)
        for row in region { rows[Int(row.group)].append(row.row) }
        for group in rows.indices { rows[group].sort() }
        self.rows = rows
    }

    var schema: TableSchema { input.schema }
    var rowCount: Int { input.groups.reduce(0) { $0 + $1.rowCount } }

    func rowGroups(within bounds: [ColumnBound]) throws(StoreError) -> [any RowGroup] {
        zip(input.groups, rows).filter { !$1.isEmpty }.map { RewriteRowGroup(group: $0, rows: $1) }
    }
}

/// A row group of the input.
private struct RewriteRowGroup: RowGroup {
    let group: RewriteInput.Group
    let rows: [UInt32]

    var rowCount: Int { group.rowCount }

    func selection() -> [UInt32]? { rows.count == rowCount ? nil : rows }

    func zone(_ column: Int) -> ZoneMap? { nil }

    func vector(_ column: Int, rows: Range<Int>) throws(StoreError) -> ColumnVector {
        try group.vector(column, rows: rows)
    }
}
