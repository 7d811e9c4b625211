// Money is Int64 picodollars (10⁻¹² USD): ±9.2 million dollars a value, summed in Int128, so that
// 0.1 + 0.2 is 0.3. Text is plain decimal; a JSON number goes through its own decimal text, never
// through a binary float, wherever the decoder still has the text.

/// Decimal text ↔ Int64 picodollars. Public for `scale`, like `SpanColumn`.
public enum Money {
    /// Picodollars per dollar.
    @inlinable package static var scale: Int64 { 1_000_000_000_000 }

    /// Parses `12`, `-0.0014`, `1.4e-3`. Nil when the text is no decimal number, has digits
    /// below 10⁻¹² other than zero, or does not fit.
    package static func parse(_ text: some Sequence<UInt8>) -> Int64? {
        var mantissa: Int128 = 0
        var exponent = 0
        var isNegative = false
        var digits = 0
        var state = ParseState.sign
        var exponentValue = 0
        var isExponentNegative = false
        for byte in text {
            switch (state, byte) {
            case (.sign, UInt8(ascii: "-")):
                isNegative = true
                state = .integer
            case (.sign, UInt8(ascii: "+")):
                state = .integer
            case (.sign, 48...57), (.integer, 48...57):
                state = .integer
                digits += 1
                guard append(byte, to: &mantissa) else { return nil }
            case (.integer, UInt8(ascii: ".")), (.sign, UInt8(ascii: ".")):
                state = .fraction
            case (.fraction, 48...57):
                digits += 1
                guard append(byte, to: &mantissa) else { return nil }
                exponent -= 1
            case (.integer, UInt8(ascii: "e")), (.integer, UInt8(ascii: "E")),
                (.fraction, UInt8(ascii: "e")), (.fraction, UInt8(ascii: "E")):
                guard digits > 0 else { return nil }
                state = .exponentSign
            case (.exponentSign, UInt8(ascii: "-")):
                isExponentNegative = true
                state = .exponent
            case (.exponentSign, UInt8(ascii: "+")):
                state = .exponent
            case (.exponentSign, 48...57), (.exponent, 48...57):
                state = .exponentDigits
                exponentValue = Int(byte - 48)
            case (.exponentDigits, 48...57):
                exponentValue = exponentValue * 10 + Int(byte - 48)
                guard exponentValue < 1_000 else { return nil }
            default:
                return nil
            }
        }
        switch state {
        case .sign, .exponentSign, .exponent: return nil
        case .integer, .fraction, .exponentDigits: break
        }
        guard digits > 0 else { return nil }
        exponent += isExponentNegative ? -exponentValue : exponentValue
        return scaled(isNegative ? -mantissa : mantissa, exponent: exponent + 12)
    }

    /// The shortest decimal text: `0.3`, `12`, `-0.000000000001`.
    package static func format(_ picodollars: Int128) -> String {
        let magnitude = picodollars.magnitude
        let whole = magnitude / UInt128(scale)
        var fraction = String(UInt64(magnitude % UInt128(scale)))
        let sign = picodollars < 0 ? "-" : ""
        if fraction == "0" { return sign + String(whole) }
        fraction = String(repeating: "0", count: 12 - fraction.count) + fraction
        while fraction.last == "0" { fraction.removeLast() }
        return sign + String(whole) + "." + fraction
    }

    private enum ParseState {
        case sign, integer, fraction, exponentSign, exponent, exponentDigits
    }

    /// Appends a digit; false when the mantissa would leave 37 digits, far beyond any amount.
    private static func append(_ byte: UInt8, to mantissa: inout Int128) -> Bool {
        guard mantissa < Int128(Int64.max) * 1_000_000_000_000_000 else { return false }
        mantissa = mantissa * 10 + Int128(byte - 48)
        return true
    }

    private static func scaled(_ mantissa: Int128, exponent: Int) -> Int64? {
        var value = mantissa
        if value == 0 { return 0 }
        if exponent < 0 {
            for _ in 0..<min(-exponent, 60) {
                let (quotient, remainder) = value.quotientAndRemainder(dividingBy: 10)
                guard remainder == 0 else { return nil }
                value = quotient
            }
        } else {
            for _ in 0..<exponent {
                guard value.magnitude < UInt128(Int64.max) else { return nil }
                value *= 10
            }
        }
        return Int64(exactly: value)
    }
}
