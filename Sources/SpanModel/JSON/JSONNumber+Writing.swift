// Machine numbers → the text of a JSON number, into memory of the caller.
// Cost: an integer below 10,000 about 3 ns, others 1 ns a digit; a double of up to 15 digits, as
// measurements and prices are, about 10 ns, any other about 80.

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
        out[0] = UInt8(ascii: "-")
        let sign = Int(truncatingIfNeeded: value.bitPattern &>> 63)
        let start = out + sign
        // Most measurements have up to three digits behind the point.
        if let thousandths = multiple(magnitude, 1_000) {
            let whole = thousandths / 1_000
            let count = writeDigits(whole, to: start)
            start[count] = UInt8(ascii: ".")
            let digits = fourDigits((thousandths &- whole &* 1_000) &* 10)
            store(digits, to: start + count + 1)
            return sign &+ count &+ 1 &+ significant(digits)
        }
        if magnitude < 1_000 {
            guard let digits = multiple(magnitude, 1_000_000_000_000) else { return nil }
            let whole = digits / 1_000_000_000_000
            let fraction = digits &- whole &* 1_000_000_000_000
            return sign &+ writeDecimal(whole, fraction, to: start)
        }
        guard let digits = multiple(magnitude, 1_000_000) else { return nil }
        let whole = digits / 1_000_000
        return sign
            &+ writeDecimal(whole, (digits &- whole &* 1_000_000) &* 1_000_000, to: start)
    }

    /// `magnitude` × `power`, which is below 2⁵², where that is a whole number of which the quotient is
    /// `magnitude` again. Adding 2⁵² leaves the nearest whole number in the last bits.
    @inline(__always)
    private static func multiple(_ magnitude: Double, _ power: Double) -> UInt64? {
        let sum = magnitude * power + 0x1p52
        return (sum - 0x1p52) / power == magnitude
            ? sum.bitPattern &- (0x1p52).bitPattern : nil
    }

    /// Writes `whole`, a point and the 12 digits of `fraction` without zeros at the end.
    private static func writeDecimal(
        _ whole: UInt64, _ fraction: UInt64, to out: UnsafeMutablePointer<UInt8>
    ) -> Int {
        let count = writeDigits(whole, to: out) &+ 1
        out[count &- 1] = UInt8(ascii: ".")
        let high = fraction / 100_000_000
        let low = fraction &- high &* 100_000_000
        let middle = low / 10_000
        let words = (fourDigits(high), fourDigits(middle), fourDigits(low &- middle &* 10_000))
        store(words.0, to: out + count)
        store(words.1, to: out + count + 4)
        store(words.2, to: out + count + 8)
        if words.2 != Self.zeros { return count &+ 8 &+ significant(words.2) }
        if words.1 != Self.zeros { return count &+ 4 &+ significant(words.1) }
        return count &+ significant(words.0)
    }

    /// Writes a number; four bytes may be written behind a short one.
    @inline(__always)
    private static func writeDigits(_ value: UInt64, to out: UnsafeMutablePointer<UInt8>) -> Int {
        guard value < 10_000 else { return writeManyDigits(value, to: out) }
        let digits = fourDigits(value)
        // Leading zeros, but for the last digit, are the first bytes; they are shifted out.
        let unused = ((digits ^ Self.zeros) | 1 << 24).trailingZeroBitCount & 24
        store(digits &>> UInt32(truncatingIfNeeded: unused), to: out)
        return 4 &- unused &>> 3
    }

    @inline(never)
    private static func writeManyDigits(
        _ value: UInt64, to out: UnsafeMutablePointer<UInt8>
    ) -> Int {
        var count = 5
        var bound: UInt64 = 100_000
        while value >= bound, count < 19 {
            count &+= 1
            bound &*= 10
        }
        // The greatest values have 20 digits, whose bound is above 64 bits.
        if count == 19, value >= bound { count = 20 }
        writeDigits(value, count: count, to: out)
        return count
    }

    /// The digits of four zeros.
    private static var zeros: UInt32 {
        @inline(__always) get { 0x3030_3030 }
    }

    /// The four digits of a number below 10,000, the first one lowest.
    @inline(__always)
    private static func fourDigits(_ value: UInt64) -> UInt32 {
        let high = value / 100
        let low = value &- high &* 100
        return UInt32(pair(high)) | UInt32(pair(low)) &<< 16
    }

    /// How many of four digits there are without zeros at the end, at least one.
    @inline(__always)
    private static func significant(_ digits: UInt32) -> Int {
        (39 &- ((digits ^ Self.zeros) | 1).leadingZeroBitCount) &>> 3
    }

    @inline(__always)
    private static func store(_ digits: UInt32, to out: UnsafeMutablePointer<UInt8>) {
        UnsafeMutableRawPointer(out).storeBytes(of: digits.littleEndian, as: UInt32.self)
    }

    /// The digits of a number below 100, the first one lowest.
    @inline(__always)
    private static func pair(_ value: UInt64) -> UInt16 {
        let pairs = UnsafeRawPointer(Self.pairs.utf8Start)
        return UInt16(
            littleEndian: pairs.loadUnaligned(
                fromByteOffset: Int(truncatingIfNeeded: value) &* 2, as: UInt16.self))
    }

    /// Writes the last `count` digits, leading zeros included.
    @inline(__always)
    private static func writeDigits(
        _ value: UInt64, count: Int, to out: UnsafeMutablePointer<UInt8>
    ) {
        var rest = value
        var index = count
        while index > 1 {
            index &-= 2
            let quotient = rest / 100
            let digits = pair(rest &- quotient &* 100).littleEndian
            UnsafeMutableRawPointer(out + index).storeBytes(of: digits, as: UInt16.self)
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
