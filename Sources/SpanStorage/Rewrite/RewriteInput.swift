// What a seal or a compaction reads: row groups of chunks or segments, flattened, so that a row is
// (group, row) everywhere in a rewrite.

import SpanColumns
import SpanModel

/// The row groups that a rewrite replaces.
struct RewriteInput {
    /// One row group.
    struct Group {
        let container: any RowContainer
        /// Its number in the container.
        let group: Int
        /// The row number of its first row in the container.
        let firstRow: Int
        let rowCount: Int

        /// A column of the group.
        func vector(_ column: Int) throws(StoreError) -> ColumnVector {
            try container.vector(column, group: group)
        }

        /// A column in some rows of the group.
        func vector(_ column: Int, rows: Range<Int>) throws(StoreError) -> ColumnVector {
            try container.vector(column, group: group, rows: rows)
        }

        /// An integer column as plain values (null = 0) and validity.
        func integers(_ column: Int) throws(StoreError) -> IntegerVector {
            if case .integer(let vector) = try vector(column) { return vector }
            return IntegerVector(
                values: Array(repeating: 0, count: rowCount),
                validity: Array(repeating: 0, count: rowCount))
        }
    }

    let schema: TableSchema
    let groups: [Group]

    init(schema: TableSchema, containers: [any RowContainer]) {
        self.schema = schema
        var groups: [Group] = []
        for container in containers {
            var first = 0
            for (number, rows) in container.groupRows.enumerated() {
                groups.append(
                    Group(container: container, group: number, firstRow: first, rowCount: rows))
                first += rows
            }
        }
        self.groups = groups
    }
}

/// A row of a rewrite, with what orders it.
struct RewriteRow {
    /// The sort key: strings as ranks, then integers; missing parts are 0.
    var key0: Int64 = 0
    var key1: Int64 = 0
    var key2: Int64 = 0
    let sequence: UInt64
    let group: UInt32
    let row: UInt32

    static func < (left: RewriteRow, right: RewriteRow) -> Bool {
        if left.key0 != right.key0 { return left.key0 < right.key0 }
        if left.key1 != right.key1 { return left.key1 < right.key1 }
        if left.key2 != right.key2 { return left.key2 < right.key2 }
        return left.sequence < right.sequence
    }
}
