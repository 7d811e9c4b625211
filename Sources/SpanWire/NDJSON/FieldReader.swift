// Reads one field's value into the builder. A value of the right grammar but the wrong content is
// a refusal, returned as its reason; text that is no JSON throws.

import SpanColumns
import SpanModel

/// Reads values as their `FieldKind` says.
struct FieldReader {
    /// What the record's `patch` and `deleted` said.
    var isPatch = false
    var isDeleted = false
    private var scratch: [UInt8] = []
    private var attributes = AttributeObjectReader()

    /// Reads the value of `field`; `null` leaves the column unset. Returns why it is refused.
    mutating func read(
        _ field: RecordField, _ cursor: inout JSONCursor, _ builder: inout BatchBuilder
    ) throws(JSONError) -> String? {
        let kind = try cursor.peek()
        if kind == .null {
            try cursor.null()
            return nil
        }
        switch field.kind {
        case .identifier:
            return try readIdentifier(field.column, kind, &cursor, &builder)
        case .string(let bytesMax):
            return try readString(field.column, bytesMax, kind, &cursor, &builder)
        case .stringOrInteger:
            return try readRunID(field.column, kind, &cursor, &builder)
        case .text:
            return try readText(field.column, kind, &cursor, &builder)
        case .nanoseconds:
            return try readNanoseconds(field.column, kind, &cursor, &builder)
        case .timestamp:
            return try readTimestamp(field.column, kind, &cursor, &builder)
        case .count:
            return try readCount(field.column, kind, &cursor, &builder)
        case .money:
            return try readMoney(field.column, kind, &cursor, &builder)
        case .attributes:
            guard kind == .object else { return "must be an object" }
            return try attributes.read(field.column, &cursor, &builder)
        case .object:
            guard kind == .object else { return "must be an object" }
            return try readJSON(field.column, &cursor, &builder)
        case .array:
            guard kind == .array else { return "must be an array" }
            return try readJSON(field.column, &cursor, &builder)
        case .metricValue:
            return try readMetricValue(kind, &cursor, &builder)
        case .scoreValue:
            return try readScoreValue(kind, &cursor, &builder)
        case .patch, .deleted:
            return try readFlag(field.kind, kind, &cursor)
        }
    }

    // MARK: Text

    private mutating func readIdentifier(
        _ column: Int, _ kind: JSONKind, _ cursor: inout JSONCursor, _ builder: inout BatchBuilder
    ) throws(JSONError) -> String? {
        guard kind == .string else { return Reason.string }
        let text = unescaped(try cursor.string())
        if text.isEmpty { return nil }
        let isSet = withText(text) { builder.setIdentifier(column, text: $0) }
        return isSet ? nil : Reason.longerThan(Limits.identifierBytesMax)
    }

    private mutating func readString(
        _ column: Int, _ bytesMax: Int, _ kind: JSONKind, _ cursor: inout JSONCursor,
        _ builder: inout BatchBuilder
    ) throws(JSONError) -> String? {
        guard kind == .string else { return Reason.string }
        let text = unescaped(try cursor.string())
        guard text.count <= bytesMax else { return Reason.longerThan(bytesMax) }
        if text.isEmpty, builder.schema.columns[column].isRequired { return "must not be empty" }
        withText(text) { builder.setString(column, $0) }
        return nil
    }

    private mutating func readRunID(
        _ column: Int, _ kind: JSONKind, _ cursor: inout JSONCursor, _ builder: inout BatchBuilder
    ) throws(JSONError) -> String? {
        guard kind == .number else {
            return try readString(column, Limits.identifierBytesMax, kind, &cursor, &builder)
        }
        guard let value = JSONNumber.int64(try cursor.number()) else {
            return "must be an integer or a string"
        }
        builder.setString(column, String(value))
        return nil
    }

    private mutating func readText(
        _ column: Int, _ kind: JSONKind, _ cursor: inout JSONCursor, _ builder: inout BatchBuilder
    ) throws(JSONError) -> String? {
        guard kind == .string else { return try readJSON(column, &cursor, &builder) }
        let text = unescaped(try cursor.string())
        withText(text) { builder.setText(column, $0) }
        return nil
    }

    private mutating func readJSON(
        _ column: Int, _ cursor: inout JSONCursor, _ builder: inout BatchBuilder
    ) throws(JSONError) -> String? {
        let value = try cursor.skipValue()
        if value.hasWhitespace {
            scratch.removeAll(keepingCapacity: true)
            value.appendCompact(to: &scratch)
            scratch.withUnsafeBytes { builder.setText(column, $0) }
        } else {
            builder.setText(column, value.raw)
        }
        return nil
    }

    /// A string's text: its own bytes, or nil for `scratch`.
    private enum Unescaped {
        case line(UnsafeRawBufferPointer)
        case scratch(count: Int)

        var count: Int {
            switch self {
            case .line(let bytes): bytes.count
            case .scratch(let count): count
            }
        }

        var isEmpty: Bool { count == 0 }
    }

    private mutating func unescaped(_ string: JSONString) -> Unescaped {
        guard string.hasEscapes else { return .line(string.raw) }
        scratch.removeAll(keepingCapacity: true)
        string.appendText(to: &scratch)
        return .scratch(count: scratch.count)
    }

    @inline(__always)
    private func withText<R>(_ text: Unescaped, _ body: (UnsafeRawBufferPointer) -> R) -> R {
        switch text {
        case .line(let bytes): body(bytes)
        case .scratch: scratch.withUnsafeBytes(body)
        }
    }

    // MARK: Numbers

    /// The digits of a number, written bare or as a string; nil for any other kind.
    private func numberText(
        _ kind: JSONKind, _ cursor: inout JSONCursor
    ) throws(JSONError) -> UnsafeRawBufferPointer? {
        switch kind {
        case .number: try cursor.number()
        case .string: try cursor.string().raw
        default: nil
        }
    }

    private mutating func readNanoseconds(
        _ column: Int, _ kind: JSONKind, _ cursor: inout JSONCursor, _ builder: inout BatchBuilder
    ) throws(JSONError) -> String? {
        guard let text = try numberText(kind, &cursor), let value = JSONNumber.int64(text) else {
            return Reason.nanoseconds
        }
        builder.setInteger(column, value)
        return nil
    }

    private mutating func readTimestamp(
        _ column: Int, _ kind: JSONKind, _ cursor: inout JSONCursor, _ builder: inout BatchBuilder
    ) throws(JSONError) -> String? {
        guard kind == .string else { return Reason.timestamp }
        let text = try cursor.string().raw
        guard let value = Instant.parse(String(decoding: text.prefix(64), as: UTF8.self)) else {
            return Reason.timestamp
        }
        builder.setInteger(column, value)
        return nil
    }

    private mutating func readCount(
        _ column: Int, _ kind: JSONKind, _ cursor: inout JSONCursor, _ builder: inout BatchBuilder
    ) throws(JSONError) -> String? {
        guard kind == .number, let value = JSONNumber.int64(try cursor.number()), value >= 0
        else { return "must be an integer of at least 0" }
        builder.setInteger(column, value)
        return nil
    }

    private mutating func readMoney(
        _ column: Int, _ kind: JSONKind, _ cursor: inout JSONCursor, _ builder: inout BatchBuilder
    ) throws(JSONError) -> String? {
        guard let text = try numberText(kind, &cursor), let value = JSONNumber.money(text) else {
            return Reason.money
        }
        builder.setInteger(column, value)
        return nil
    }

    private mutating func readMetricValue(
        _ kind: JSONKind, _ cursor: inout JSONCursor, _ builder: inout BatchBuilder
    ) throws(JSONError) -> String? {
        switch kind {
        case .number:
            guard let value = JSONNumber.double(try cursor.number()), value.isFinite else {
                return "is out of the range of a double"
            }
            builder.setFloat(MetricColumn.value, value)
        case .nonFinite:
            builder.setFloat(MetricColumn.value, try cursor.nonFinite())
        case .string:
            guard let value = NonFinite.value(named: try cursor.string().raw) else {
                return Reason.metricValue
            }
            builder.setFloat(MetricColumn.value, value)
        default:
            return Reason.metricValue
        }
        return nil
    }

    private mutating func readScoreValue(
        _ kind: JSONKind, _ cursor: inout JSONCursor, _ builder: inout BatchBuilder
    ) throws(JSONError) -> String? {
        switch kind {
        case .number:
            guard let value = JSONNumber.double(try cursor.number()), value.isFinite else {
                return "is out of the range of a double"
            }
            builder.setFloat(ScoreColumn.value, value)
        case .bool:
            builder.setInteger(ScoreColumn.booleanValue, try cursor.bool() ? 1 : 0)
        case .string:
            return try readString(
                ScoreColumn.stringValue, Limits.stringBytesMax, kind, &cursor, &builder)
        default:
            return "must be a number, a bool or a string"
        }
        return nil
    }

    private mutating func readFlag(
        _ field: FieldKind, _ kind: JSONKind, _ cursor: inout JSONCursor
    ) throws(JSONError) -> String? {
        guard kind == .bool else { return "must be true or false" }
        let value = try cursor.bool()
        if case .patch = field { isPatch = value } else { isDeleted = value }
        return nil
    }
}

/// Reasons that several fields share.
private enum Reason {
    static let string = "must be a string"
    static let nanoseconds = "must be nanoseconds since the epoch, an integer of 64 bits"
    static let timestamp = "must be an RFC 3339 time between 1677 and 2262"
    static let money = "must be a decimal number with at most 12 decimals"
    static let metricValue = "must be a number, \"NaN\", \"Infinity\" or \"-Infinity\""

    static func longerThan(_ bytesMax: Int) -> String { "is longer than \(bytesMax) bytes" }
}
