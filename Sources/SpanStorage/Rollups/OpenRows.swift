// The rows of some open groups: of every segment and chunk those whose string is one of some. Storage
// tests packed codes and picks values, so that a page of which few rows are meant is not decoded.

import SpanColumns
import SpanModel

/// The rows of open groups.
struct OpenRows: ColumnSource {
    let table: TableSource
    let key: Int
    let open: OpenStrings

    var schema: TableSchema { table.schema }
    var rowCount: Int { table.rowCount }

    func rowGroups(within bounds: [ColumnBound]) throws(StoreError) -> [any RowGroup] {
        var groups: [any RowGroup] = []
        for segment in try table.candidates(bounds) {
            guard let codes = open.segments[segment.file] else { continue }
            groups += try table.chosen(
                try segment.mapped(), within: bounds, key: key, codes: codes)
        }
        for (group, codes) in zip(table.memoryGroups(), open.memory) where !codes.isEmpty {
            guard let dictionary = try group.dictionary(key) else { continue }
            groups.append(
                ChosenRowGroup(group, key: key, CodeVerdicts(dictionary, codes: codes)))
        }
        return groups
    }
}
