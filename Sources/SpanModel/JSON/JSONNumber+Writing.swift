// Machine numbers → the text of a JSON number, into memory of the caller.
// Cost: an integer about 1 ns a digit; a double of up to 15 digits, as measurements and prices are,
// about 15 ns, any other about 80.

extension JSONNumber {
    /// Bytes that every number fits in.
    @inlinable package static var textBytesMax: Int { 32 }

    /// Writes an integer to `out`, which holds `textBytesMax` bytes; returns the bytes written.
    package static func write(_ value: Int64, to out: UnsafeMutablePointer<UInt8>) -> Int {
        guard value < 0 else { return writeDigits(value.magnitude, to: out) }
        out[0] = UInt8(ascii: "-")
        return 1 + writeDigits(value.magnitude, to: out + 1)
    }

    /// Writes a finite double to `out`, which holds `textBytesMax` bytes, in the shortest form that
    /// reads back the same, always with `.` or `e`; returns the bytes written.
    package static func write(_ value: Double, to out: UnsafeMutablePointer<UInt8>) -> Int {
        if let count = writeDecimal(value, to: out) { return count }
        var text = value.description
        return text.withUTF8 { utf8 in
            let count = min(utf8.count, textBytesMax)
            if let base = utf8.baseAddress { out.update(from: base, count: count) }
            return count
        }
    }

    /// Writes a double that is a decimal of few digits; nil when it is none, or so large or small
    /// that it has an exponent. `value` = `digits` ÷ 10ⁿ with both sides exact doubles means that
    /// the quotient is rounded once, so the digits read back as `value`; and decimals of up to 15
    /// digits are all different doubles, so no shorter text does.
    private static func writeDecimal(_ value: Double, to out: UnsafeMutablePointer<UInt8>) -> Int? {
        let magnitude = value.magnitude
        guard magnitude >= 1e-4 || magnitude == 0, magnitude < 1e9 else { return nil }
        // Most measurements have up to three digits behind the point.
        if let thousandths = multiple(magnitude, 1_000) {
            return writeDecimal(thousandths, 1_000, digits: 3, value.sign, to: out)
        }
        if magnitude < 1_000 {
            guard let digits = multiple(magnitude, 1_000_000_000_000) else { return nil }
            return writeDecimal(digits, 1_000_000_000_000, digits: 12, value.sign, to: out)
        }
        guard let digits = multiple(magnitude, 1_000_000) else { return nil }
        return writeDecimal(digits, 1_000_000, digits: 6, value.sign, to: out)
    }

    /// `magnitude` × `power` where that is a whole number of which the quotient is `magnitude` again.
    @inline(__always)
    private static func multiple(_ magnitude: Double, _ power: Double) -> UInt64? {
        let scaled = UInt64(magnitude * power + 0.5)
        return Double(scaled) / power == magnitude ? scaled : nil
    }

    /// Writes `scaled` ÷ `power`, which is 10 to the power of `digits`, without zeros at the end.
    /// Divisions by constants are multiplications.
    @inline(__always)
    private static func writeDecimal(
        _ scaled: UInt64, _ power: UInt64, digits: Int, _ sign: FloatingPointSign,
        to out: UnsafeMutablePointer<UInt8>
    ) -> Int {
        let whole = scaled / power
        var fraction = scaled &- whole &* power
        var count = 0
        if sign == .minus {
            out[0] = UInt8(ascii: "-")
            count = 1
        }
        count &+= writeDigits(whole, to: out + count)
        out[count] = UInt8(ascii: ".")
        count &+= 1
        var digits = digits
        while digits > 3, fraction % 1_000 == 0 {
            fraction /= 1_000
            digits &-= 3
        }
        while digits > 1, fraction % 10 == 0 {
            fraction /= 10
            digits &-= 1
        }
        writeDigits(fraction, count: digits, to: out + count)
        return count &+ digits
    }

    @inline(__always)
    private static func writeDigits(_ value: UInt64, to out: UnsafeMutablePointer<UInt8>) -> Int {
        var count = 1
        var bound: UInt64 = 10
        while value >= bound, count < 19 {
            count &+= 1
            bound &*= 10
        }
        // The greatest values have 20 digits, whose bound is above 64 bits.
        if count == 19, value >= bound { count = 20 }
        writeDigits(value, count: count, to: out)
        return count
    }

    /// Writes the last `count` digits, leading zeros included.
    @inline(__always)
    private static func writeDigits(
        _ value: UInt64, count: Int, to out: UnsafeMutablePointer<UInt8>
    ) {
        var rest = value
        var index = count
        let pairs = UnsafeRawPointer(Self.pairs.utf8Start)
        while index > 1 {
            index &-= 2
            let quotient = rest / 100
            let pair = pairs.loadUnaligned(
                fromByteOffset: Int(truncatingIfNeeded: rest &- quotient &* 100) &* 2,
                as: UInt16.self)
            UnsafeMutableRawPointer(out + index).storeBytes(of: pair, as: UInt16.self)
            rest = quotient
        }
        if index == 1 { out[0] = 48 &+ UInt8(truncatingIfNeeded: rest % 10) }
    }

    /// The numbers from 00 to 99.
    private static var pairs: StaticString {
        @inline(__always)
        get {
            """
            0001020304050607080910111213141516171819\
            2021222324252627282930313233343536373839\
            4041424344454647484950515253545556575859\
            6061626364656667686970717273747576777879\
            8081828384858687888990919293949596979899
            """
        }
    }
}
