// Decimal text of integers and doubles, written into memory two digits at a time.
// Cost: about 5 ns an integer; a double of few decimals 10 ns, any other about 60.

/// Writes numbers. Each moves the pointer behind what it wrote, and may touch eight bytes more.
enum NumberText {
    /// Bytes of the longest integer.
    static let integerBytesMax = 20
    /// Bytes of the longest double, `-2.2250738585072014e-308`.
    static let doubleBytesMax = 32

    /// "00" to "99".
    private static let pairs: StaticString = """
        00010203040506070809101112131415161718192021222324\
        25262728293031323334353637383940414243444546474849\
        50515253545556575859606162636465666768697071727374\
        75767778798081828384858687888990919293949596979899
        """

    /// Writes an integer.
    @inline(__always)
    static func write(_ value: Int64, to out: inout UnsafeMutableRawPointer) {
        if value < 0 { out.put(UInt8(ascii: "-")) }
        write(value.magnitude, to: &out)
    }

    /// Writes an unsigned integer.
    @inline(__always)
    static func write(_ value: UInt64, to out: inout UnsafeMutableRawPointer) {
        let count = digitCount(value)
        writeDigits(value, count: count, to: out)
        out += count
    }

    /// Writes the last `count` decimal digits, with leading zeros.
    @inline(__always)
    static func writeDigits(_ value: UInt64, count: Int, to out: UnsafeMutableRawPointer) {
        let pairs = UnsafeRawPointer(Self.pairs.utf8Start)
        var rest = value
        var place = count
        while place >= 2 {
            let (quotient, pair) = rest.quotientAndRemainder(dividingBy: 100)
            place &-= 2
            out.storeBytes(
                of: pairs.loadUnaligned(fromByteOffset: Int(pair) &* 2, as: UInt16.self),
                toByteOffset: place, as: UInt16.self)
            rest = quotient
        }
        if place == 1 {
            out.storeBytes(of: 48 &+ UInt8(truncatingIfNeeded: rest % 10), as: UInt8.self)
        }
    }

    @inline(__always)
    private static func digitCount(_ value: UInt64) -> Int {
        var count = 1
        var rest = value
        while rest >= 10_000 {
            rest /= 10_000
            count &+= 4
        }
        if rest >= 1_000 { return count &+ 3 }
        if rest >= 100 { return count &+ 2 }
        return rest >= 10 ? count &+ 1 : count
    }

    /// Writes `fraction`, `count` digits behind a decimal point, without the zeros at its end but
    /// with at least one digit.
    @inline(__always)
    static func writeFraction(
        _ fraction: UInt64, count: Int, to out: inout UnsafeMutableRawPointer
    ) {
        out.put(UInt8(ascii: "."))
        writeDigits(fraction, count: count, to: out)
        var kept = count
        while kept > 1, out.load(fromByteOffset: kept &- 1, as: UInt8.self) == 48 { kept &-= 1 }
        out += kept
    }

    /// Writes a finite double in the shortest form that reads back the same, always with `.` or
    /// `e`: what `Double.description` gives.
    @inline(__always)
    static func write(_ value: Double, to out: inout UnsafeMutableRawPointer) {
        let magnitude = value.magnitude
        // A decimal of up to fifteen digits that reads back as the double is the shortest one: no
        // two of them are the same double.
        if magnitude < 1e9, magnitude >= 1e-4 || magnitude == 0 {
            let millionths = UInt64(magnitude * 1e6 + 0.5)
            if Double(millionths) / 1e6 == magnitude {
                if value.sign == .minus { out.put(UInt8(ascii: "-")) }
                write(millionths / 1_000_000, to: &out)
                writeFraction(millionths % 1_000_000, count: 6, to: &out)
                return
            }
        }
        out = writeDescription(value, to: out)
    }

    @inline(never)
    private static func writeDescription(
        _ value: Double, to out: UnsafeMutableRawPointer
    ) -> UnsafeMutableRawPointer {
        var stream = Stream(end: out)
        value.write(to: &stream)
        return stream.end
    }

    /// Takes what the standard library writes, without a string where the library has none.
    private struct Stream: TextOutputStream {
        var end: UnsafeMutableRawPointer

        mutating func write(_ string: String) {
            var string = string
            string.withUTF8 { _writeASCII($0) }
        }

        mutating func _writeASCII(_ buffer: UnsafeBufferPointer<UInt8>) {
            end.copyBytes(of: UnsafeRawBufferPointer(buffer))
            end += buffer.count
        }
    }
}
