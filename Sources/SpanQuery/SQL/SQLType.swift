// Types as SQL names them.

import SpanModel

/// The target of a cast.
struct SQLType: Sendable {
    let type: ColumnType
    /// DATE: an instant at midnight.
    var isDate = false
    /// DECIMAL(p, s): decimals to round to.
    var scale: Int?

    /// The type called `name` (upper case); nil when there is none.
    static func named(_ name: String) -> SQLType? {
        switch name {
        case "BIGINT", "INT", "INTEGER", "SMALLINT", "TINYINT", "INT8", "INT4", "INT2", "INT64",
            "INT32", "LONG", "HUGEINT", "UBIGINT", "UINTEGER":
            SQLType(type: .int64)
        case "DOUBLE", "FLOAT", "REAL", "FLOAT8", "FLOAT4": SQLType(type: .float64)
        case "DECIMAL", "NUMERIC": SQLType(type: .money)
        case "BOOLEAN", "BOOL", "LOGICAL": SQLType(type: .bool)
        case "VARCHAR", "TEXT", "STRING", "CHAR", "BPCHAR": SQLType(type: .string)
        case "TIMESTAMP", "TIMESTAMP_NS", "TIMESTAMP_US", "TIMESTAMP_MS", "TIMESTAMP_S",
            "TIMESTAMPTZ", "DATETIME":
            SQLType(type: .instant)
        case "DATE": SQLType(type: .instant, isDate: true)
        default: nil
        }
    }
}

extension ColumnType {
    /// What DESCRIBE and messages call the type.
    package var sqlName: String {
        switch self {
        case .int64: "BIGINT"
        case .float64: "DOUBLE"
        case .bool: "BOOLEAN"
        case .instant: "TIMESTAMP_NS"
        case .money: "DECIMAL(18,12)"
        case .identifier, .string, .text: "VARCHAR"
        case .json: "JSON"
        }
    }

    /// Whether values are texts of some form.
    var isText: Bool {
        switch self {
        case .identifier, .string, .text, .json: true
        case .int64, .float64, .bool, .instant, .money: false
        }
    }

    /// Whether values can be added.
    var isNumber: Bool { self == .int64 || self == .float64 || self == .money }
}
