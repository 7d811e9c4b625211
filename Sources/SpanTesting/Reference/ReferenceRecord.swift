// Records and rows as plain values, for comparing a store with the reference: no columns, no
// dictionaries, no blocks.

import SpanColumns
import SpanModel

/// One value of a record or row.
package enum ReferenceValue: Hashable, Sendable, CustomStringConvertible {
    case integer(Int64)
    /// Bits of a double, so that NaN equals itself.
    case float(UInt64)
    /// Text of an identifier, string, text or json column.
    case text(String)

    package var description: String {
        switch self {
        case .integer(let value): "\(value)"
        case .float(let bits): "\(Double(bitPattern: bits))"
        case .text(let value): "'\(value)'"
        }
    }
}

/// A write: which fields a record of a table carries.
package struct ReferenceRecord: Sendable {
    package let table: TableSchema
    package let kind: WriteKind
    /// By column number.
    package let fields: [Int: ReferenceValue]

    package init(table: TableSchema, kind: WriteKind, fields: [Int: ReferenceValue]) {
        self.table = table
        self.kind = kind
        self.fields = fields
    }

    /// The record's identity, in the order of the identity columns.
    package var identity: [ReferenceValue?] { table.identity.map { fields[$0] } }

    /// What orders writes before arrival.
    package var version: Int64 {
        guard let column = table.version, case .integer(let version)? = fields[column] else {
            return 0
        }
        return version
    }
}

extension ColumnBatch {
    /// The batch of records of one table.
    package static func of(_ records: [ReferenceRecord], table: TableSchema) -> ColumnBatch {
        var builder = BatchBuilder(schema: table)
        for record in records {
            if record.kind != .complete { builder.setKind(record.kind) }
            for column in record.fields.keys.sorted() {
                guard let value = record.fields[column] else { continue }
                builder.set(column, value)
            }
            builder.endRow()
        }
        return builder.finish()
    }
}

extension BatchBuilder {
    /// Sets a column of the current row.
    fileprivate mutating func set(_ column: Int, _ value: ReferenceValue) {
        switch value {
        case .integer(let integer): setInteger(column, integer)
        case .float(let bits): setFloat(column, Double(bitPattern: bits))
        case .text(let text):
            let bytes = Array(text.utf8)
            bytes.withUnsafeBytes { buffer in
                switch schema.columns[column].type.form {
                case .identifier: _ = setIdentifier(column, text: buffer)
                case .string: setString(column, buffer)
                default: setText(column, buffer)
                }
            }
        }
    }
}
