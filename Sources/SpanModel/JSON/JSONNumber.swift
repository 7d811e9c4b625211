// The text of a JSON number → machine numbers, exactly or not at all.
// Cost: 1 ns a digit; a double with up to 15 digits needs no slow path.

/// Converts the text of a number that a `JSONCursor` has checked.
package enum JSONNumber {
    /// The integer, nil when the text has a fraction or exponent, or does not fit.
    package static func int64(_ text: UnsafeRawBufferPointer) -> Int64? {
        guard let first = text.first else { return nil }
        let isNegative = first == UInt8(ascii: "-")
        let start = isNegative ? 1 : 0
        guard text.count > start else { return nil }
        var value: Int64 = 0
        for index in start..<text.count {
            let digit = text[index] &- 48
            guard digit < 10 else { return nil }
            let (scaled, overflow) = value.multipliedReportingOverflow(by: 10)
            let (next, carry) = scaled.subtractingReportingOverflow(Int64(digit))
            if overflow || carry { return nil }
            value = next
        }
        if isNegative { return value }
        return value == .min ? nil : -value
    }

    /// The nearest double, ±infinity when it is too large; nil when the text is no number.
    package static func double(_ text: UnsafeRawBufferPointer) -> Double? {
        fastDouble(text) ?? Double(String(decoding: text, as: UTF8.self))
    }

    /// Mantissas below 2⁵³ and powers of ten up to 10²² are exact doubles, so one operation
    /// rounds correctly (Clinger's fast path).
    private static func fastDouble(_ text: UnsafeRawBufferPointer) -> Double? {
        guard let first = text.first else { return nil }
        let isNegative = first == UInt8(ascii: "-")
        var mantissa: UInt64 = 0
        var digits = 0
        var scale = 0
        var index = isNegative ? 1 : 0
        var isFraction = false
        while index < text.count {
            let byte = text[index]
            if byte == UInt8(ascii: "."), !isFraction {
                isFraction = true
            } else {
                let digit = byte &- 48
                guard digit < 10, digits < 15 else { return nil }
                mantissa = mantissa &* 10 &+ UInt64(digit)
                digits &+= 1
                if isFraction { scale &+= 1 }
            }
            index &+= 1
        }
        guard digits > 0 else { return nil }
        let magnitude = Double(mantissa) / powersOfTen[scale]
        return isNegative ? -magnitude : magnitude
    }

    private static let powersOfTen: [Double] = [
        1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
    ]
}

extension JSONNumber {
    /// The amount in picodollars, exactly; nil as for `Money.parse`.
    package static func money(_ text: UnsafeRawBufferPointer) -> Int64? { Money.parse(text) }
}
