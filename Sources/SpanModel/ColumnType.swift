// The types of columns. Each has one physical form (`ColumnVector` in SpanColumns):
// int64, bool, instant and money are 64-bit integers; float64 is a double; string is a dictionary
// code; identifier is a packed identifier; text and json are references into text blocks.

/// The type of a column. Raw values are on disk.
package enum ColumnType: UInt8, Sendable, CaseIterable {
    /// A signed 64-bit integer.
    case int64 = 1
    /// A double; NaN and ±Inf are kept.
    case float64 = 2
    /// 0 or 1.
    case bool = 3
    /// Nanoseconds since the Unix epoch.
    case instant = 4
    /// Picodollars (10⁻¹² USD).
    case money = 5
    /// Text of up to 128 bytes, usually hex or a UUID (`PackedIdentifier`).
    case identifier = 6
    /// A string that repeats: stored once per dictionary.
    case string = 7
    /// Long text, read only for rows that are returned or searched.
    case text = 8
    /// JSON kept as compact text, stored like `text`.
    case json = 9

    /// The physical form that vectors and pages of this type have.
    package var form: PhysicalForm {
        switch self {
        case .int64, .bool, .instant, .money: .integer
        case .float64: .float
        case .identifier: .identifier
        case .string: .string
        case .text, .json: .text
        }
    }
}

/// How values of a column lie in memory and in pages.
package enum PhysicalForm: Sendable {
    case integer, float, identifier, string, text
}
