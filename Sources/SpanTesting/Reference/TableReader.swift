// Reads a table of a store back as plain rows, to be compared with the reference.

import SpanColumns
import SpanModel

/// Reads sources row by row.
package enum TableReader {
    /// The rows of a source, as texts, sorted; system columns are left out.
    package static func rows(_ source: any ColumnSource) throws(StoreError) -> [String] {
        var rows: [String] = []
        for group in try source.rowGroups(within: []) {
            let columns = try columns(of: group, source.schema)
            let selection = try group.selection() ?? Array(0..<UInt32(group.rowCount))
            for row in selection {
                var fields: [Int: ReferenceValue] = [:]
                for (column, values) in columns { fields[column] = values[Int(row)] }
                rows.append(ReferenceStore.describe(fields))
            }
        }
        return rows.sorted()
    }

    private static func columns(
        of group: any RowGroup, _ schema: TableSchema
    ) throws(StoreError) -> [(Int, [ReferenceValue?])] {
        var columns: [(Int, [ReferenceValue?])] = []
        for column in SystemColumn.count..<schema.columns.count {
            columns.append((column, try values(try group.vector(column))))
        }
        return columns
    }

    /// The values of a vector.
    package static func values(_ vector: ColumnVector) throws(StoreError) -> [ReferenceValue?] {
        switch vector {
        case .null(let count): return Array(repeating: nil, count: count)
        case .integer(let integers):
            return integers.values.enumerated().map { row, value in
                integers.validity.map { $0[row] == 0 } ?? false ? nil : .integer(value)
            }
        case .float(let floats):
            return floats.values.enumerated().map { row, value in
                floats.validity.map { $0[row] == 0 } ?? false ? nil : .float(value.bitPattern)
            }
        case .identifier(let identifiers):
            return (0..<identifiers.count).map { row in
                identifiers.withBytes(row) {
                    $0.isEmpty ? nil : .text(PackedIdentifier.text(of: $0))
                }
            }
        case .string(let strings):
            return strings.codes.map {
                $0 == StringVector.nullCode ? nil : .text(strings.dictionary.string($0))
            }
        case .text(let texts):
            var reader = TextReader(texts.blocks)
            var values: [ReferenceValue?] = []
            for reference in texts.references {
                let bytes = try reader.bytes(reference)
                values.append(bytes.map { .text(String(decoding: $0, as: UTF8.self)) })
            }
            return values
        }
    }
}
