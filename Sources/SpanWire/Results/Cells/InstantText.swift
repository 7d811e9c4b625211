// RFC 3339 text of instants, and decimal text of money.
// Cost: about 10 ns each; the date of a day is made once while instants stay within it and one other, as
// those of a point and of its successors may.

import SpanModel

/// Writes instants as `2026-11-21T08:55:03.123456789Z`.
struct InstantText {
    /// Bytes of every instant.
    static let bytes = 30

    private var day = Int64.min
    /// `2026-11-21T` of `day`.
    private var date = SIMD16<UInt8>()
    /// The day before it, and its date.
    private var last = (day: Int64.min, date: SIMD16<UInt8>())

    /// Writes an instant, nanoseconds since the Unix epoch.
    @inline(__always)
    mutating func write(_ nanoseconds: Int64, to out: inout UnsafeMutableRawPointer) {
        let dayNanoseconds: Int64 = 86_400_000_000_000
        var (day, rest) = nanoseconds.quotientAndRemainder(dividingBy: dayNanoseconds)
        if rest < 0 {
            day &-= 1
            rest &+= dayNanoseconds
        }
        if day != self.day { setDay(day) }
        out.storeBytes(of: date, as: SIMD16<UInt8>.self)
        let (second, fraction) = UInt64(rest).quotientAndRemainder(dividingBy: 1_000_000_000)
        Self.writeField(second / 3_600, UInt8(ascii: ":"), to: out + 11)
        Self.writeField(second / 60 % 60, UInt8(ascii: ":"), to: out + 14)
        Self.writeField(second % 60, UInt8(ascii: "."), to: out + 17)
        NumberText.writeDigits(fraction, count: 9, to: out + 20)
        out.storeBytes(of: UInt8(ascii: "Z"), toByteOffset: 29, as: UInt8.self)
        out += Self.bytes
    }

    @inline(__always)
    private static func writeField(
        _ value: UInt64, _ mark: UInt8, to out: UnsafeMutableRawPointer
    ) {
        NumberText.writeDigits(value, count: 2, to: out)
        out.storeBytes(of: mark, toByteOffset: 2, as: UInt8.self)
    }

    private mutating func setDay(_ day: Int64) {
        let known = last
        last = (self.day, date)
        self.day = day
        if known.day == day {
            date = known.date
            return
        }
        let (year, month, dayOfMonth) = Instant.civilFromDays(day)
        var date = SIMD16<UInt8>()
        withUnsafeMutableBytes(of: &date) { bytes in
            guard let start = bytes.baseAddress else { return }
            NumberText.writeDigits(UInt64(year), count: 4, to: start)
            NumberText.writeDigits(UInt64(month), count: 2, to: start + 5)
            NumberText.writeDigits(UInt64(dayOfMonth), count: 2, to: start + 8)
            for (place, mark) in [(4, UInt8(ascii: "-")), (7, UInt8(ascii: "-"))] {
                bytes[place] = mark
            }
            bytes[10] = UInt8(ascii: "T")
        }
        self.date = date
    }
}

/// Writes money as the shortest decimal: `0.3`, `12`, `-0.000000000001`.
enum MoneyText {
    /// Bytes of the longest amount, and what its zeros touch.
    static let bytesMax = 32

    /// Writes picodollars.
    @inline(__always)
    static func write(_ picodollars: Int64, to out: inout UnsafeMutableRawPointer) {
        if picodollars < 0 { out.put(UInt8(ascii: "-")) }
        let (whole, fraction) = picodollars.magnitude.quotientAndRemainder(
            dividingBy: UInt64(Money.scale))
        NumberText.write(whole, to: &out)
        if fraction != 0 { NumberText.writeFraction(fraction, count: 12, to: &out) }
    }
}
