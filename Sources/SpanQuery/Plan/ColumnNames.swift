// Names that people write → operands: columns of the table, `duration_ns` and `duration_ms` where
// a table has a start and an end, and attributes as `attributes.KEY` or `attributes['KEY']`.

import SpanModel

/// Resolves names of a table.
package enum ColumnNames {
    /// The operand called `name`. Throws `unknown` when the table has none.
    package static func operand(
        _ name: String, in table: TableSchema
    ) throws(StoreError) -> Operand {
        if let column = table.column(named: name), isVisible(column) { return .column(column) }
        if let duration = duration(in: table) {
            if name == "duration_ns" { return duration }
            if name == "duration_ms" { return .quotient(duration, 1e6) }
        }
        if let key = attributeKey(name), let column = table.column(named: "attributes") {
            return .attribute(column: column, key: key)
        }
        throw .unknown(what: "column", name: name)
    }

    /// The names of a table's columns for people: the record's fields, what is derived from them,
    /// and when the row arrived.
    package static func visible(in table: TableSchema) -> [String] {
        let derived = duration(in: table) == nil ? [] : ["duration_ns", "duration_ms"]
        return table.columns.dropFirst(SystemColumn.count).map(\.name) + derived
            + (table.isDerived ? [] : [table.columns[SystemColumn.ingestTime].name])
    }

    /// end_time − start_time in nanoseconds; nil when the table lacks either.
    package static func duration(in table: TableSchema) -> Operand? {
        guard let start = table.column(named: "start_time"),
            let end = table.column(named: "end_time")
        else { return nil }
        return .difference(.column(end), .column(start))
    }

    /// Arrival and kind of write are the store's own; when a row arrived is for people.
    private static func isVisible(_ column: Int) -> Bool {
        column >= SystemColumn.count || column == SystemColumn.ingestTime
    }

    private static func attributeKey(_ name: String) -> String? {
        for (opening, closing) in [("attributes['", "']"), ("attributes.", "")]
        where name.hasPrefix(opening) && name.hasSuffix(closing) {
            let key = name.dropFirst(opening.count).dropLast(closing.count)
            return key.isEmpty || key.utf8.count > Limits.attributeKeyBytesMax ? nil : String(key)
        }
        return nil
    }
}
