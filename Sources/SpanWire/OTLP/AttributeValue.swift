// The value of an attribute, as a pointer into what was decoded, and what it can be used for: text,
// counts, money, JSON.
// Cost: nothing is copied until it is asked for.

import SpanModel

/// An attribute's value; bytes lie in the body or in an arena.
enum AttributeValue {
    case null
    case string(UnsafeRawBufferPointer)
    case integer(Int64)
    case double(Double)
    case bool(Bool)
    /// JSON text of an array, an object or bytes.
    case json(UnsafeRawBufferPointer)
}

extension AttributeValue {
    /// Whether the value can be what a target of this form takes.
    @inline(__always)
    func isUsable(as form: AliasTarget.Form) -> Bool {
        switch self {
        case .string(let text) where form.isPlainText: text.count > 0
        case .integer(let value) where form == .count: value >= 0
        default: isRarelyUsable(as: form)
        }
    }

    @inline(never)
    private func isRarelyUsable(as form: AliasTarget.Form) -> Bool {
        switch (form, self) {
        case (_, .null): false
        case (.string, .string(let text)), (.text, .string(let text)), (.word, .string(let text)):
            text.count > 0
        case (.string, _), (.text, _): true
        case (.word, _): false
        case (.count, _): count != nil
        case (.money, _): picodollars != nil
        case (.details, .string), (.details, .json): true
        case (.details, _): false
        }
    }

    /// An integer ≥ 0.
    var count: Int64? {
        switch self {
        case .integer(let value): value >= 0 ? value : nil
        case .double(let value):
            value >= 0 && value < 9_007_199_254_740_992 && value == value.rounded()
                ? Int64(value) : nil
        case .string(let text): JSONNumber.int64(text).flatMap { $0 >= 0 ? $0 : nil }
        case .null, .bool, .json: nil
        }
    }

    /// Dollars as picodollars; a double is rounded to the nearest.
    var picodollars: Int64? {
        switch self {
        case .integer(let value):
            let (amount, overflow) = value.multipliedReportingOverflow(by: Money.scale)
            return overflow ? nil : amount
        case .double(let value):
            let scaled = value * Double(Money.scale)
            guard scaled.magnitude < 9.2e18 else { return nil }
            // What `rounded` says without a call.
            let whole = Int64(scaled)
            let rest = scaled - Double(whole)
            return rest >= 0.5 ? whole + 1 : rest <= -0.5 ? whole - 1 : whole
        case .string(let text): return JSONNumber.money(text)
        case .null, .bool, .json: return nil
        }
    }

    /// Appends the value as JSON. Doubles keep a `.` or `e`; those that are not finite are
    /// strings.
    func appendJSON(to out: inout [UInt8]) {
        switch self {
        case .null: out.append(contentsOf: "null".utf8)
        case .string(let text): JSONWriter.appendString(text, to: &out)
        case .integer(let value): JSONWriter.appendInteger(value, to: &out)
        case .double(let value):
            if value.isFinite {
                JSONWriter.appendDouble(value, to: &out)
            } else {
                JSONWriter.appendString(NonFinite.name(of: value), to: &out)
            }
        case .bool(let value): out.append(contentsOf: value ? "true".utf8 : "false".utf8)
        case .json(let text): out.append(contentsOf: text)
        }
    }

    /// Bytes of the value's text, where it is one.
    var byteCount: Int {
        switch self {
        case .string(let text), .json(let text): text.count
        case .null, .integer, .double, .bool: 0
        }
    }
}
