// Instants are Int64 nanoseconds since the Unix epoch, UTC; they reach from 1677 to 2262.
// Calendar arithmetic is the days-from-civil algorithm (proleptic Gregorian).
// Cost: parse and format are O(length), no allocation but the result.

/// RFC 3339 text ↔ Int64 nanoseconds since the Unix epoch.
package enum Instant {
    /// Parses `2026-11-21T08:55:03.123456789Z` (or an offset such as `+02:00`; `t`, a space and
    /// `z` are accepted as RFC 3339 allows). Nil when the text is not an instant or is out of
    /// the range of Int64 nanoseconds.
    package static func parse(_ text: some StringProtocol) -> Int64? {
        var cursor = DigitCursor(Array(text.utf8))
        guard let year = cursor.number(digits: 4), cursor.take("-"),
            let month = cursor.number(digits: 2), cursor.take("-"),
            let day = cursor.number(digits: 2),
            (1...12).contains(month), (1...daysInMonth(year: year, month: month)).contains(day)
        else { return nil }
        guard cursor.take("T") || cursor.take("t") || cursor.take(" "),
            let hour = cursor.number(digits: 2), cursor.take(":"),
            let minute = cursor.number(digits: 2), cursor.take(":"),
            let second = cursor.number(digits: 2),
            hour < 24, minute < 60, second < 61
        else { return nil }
        var nanoseconds: Int64 = 0
        if cursor.take(".") {
            guard let fraction = cursor.fraction(digitsMax: 9) else { return nil }
            nanoseconds = fraction
        }
        guard let offsetSeconds = cursor.zoneOffsetSeconds(), cursor.isAtEnd else { return nil }
        let days = daysFromCivil(year: year, month: month, day: day)
        let seconds =
            days * 86_400 + Int64(hour * 3_600 + minute * 60 + second) - offsetSeconds
        // In 128 bits: the first instant is a second that does not fit plus a fraction.
        return Int64(exactly: Int128(seconds) * 1_000_000_000 + Int128(nanoseconds))
    }

    /// Formats with nanoseconds and `Z`: `2026-11-21T08:55:03.123456789Z`, always 30 bytes.
    package static func format(_ nanoseconds: Int64) -> String {
        String(decoding: utf8(nanoseconds), as: UTF8.self)
    }

    /// The UTF-8 bytes of `format`.
    package static func utf8(_ nanoseconds: Int64) -> [UInt8] {
        let (seconds, fraction) = floorDivide(nanoseconds, by: 1_000_000_000)
        let (days, secondOfDay) = floorDivide(seconds, by: 86_400)
        let date = civilFromDays(days)
        var out: [UInt8] = []
        out.reserveCapacity(30)
        func put(_ value: Int64, _ digits: Int) {
            var scale: Int64 = 1
            for _ in 1..<digits { scale *= 10 }
            while scale > 0 {
                out.append(UInt8(48 + value / scale % 10))
                scale /= 10
            }
        }
        put(Int64(date.year), 4)
        out.append(UInt8(ascii: "-"))
        put(Int64(date.month), 2)
        out.append(UInt8(ascii: "-"))
        put(Int64(date.day), 2)
        out.append(UInt8(ascii: "T"))
        put(secondOfDay / 3_600, 2)
        out.append(UInt8(ascii: ":"))
        put(secondOfDay / 60 % 60, 2)
        out.append(UInt8(ascii: ":"))
        put(secondOfDay % 60, 2)
        out.append(UInt8(ascii: "."))
        put(fraction, 9)
        out.append(UInt8(ascii: "Z"))
        return out
    }

    /// Whole UTC days since the epoch, rounded down.
    package static func day(of nanoseconds: Int64) -> Int64 {
        floorDivide(nanoseconds, by: 86_400_000_000_000).quotient
    }

    /// Whether an instant is the first of a UTC day.
    package static func isStartOfDay(_ nanoseconds: Int64) -> Bool {
        nanoseconds % 86_400_000_000_000 == 0
    }

    /// Days since the epoch of a proleptic Gregorian date.
    package static func daysFromCivil(year: Int, month: Int, day: Int) -> Int64 {
        let shifted = month <= 2 ? year - 1 : year
        let era = (shifted >= 0 ? shifted : shifted - 399) / 400
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return Int64(era * 146_097 + dayOfEra - 719_468)
    }

    /// The proleptic Gregorian date of a day number.
    package static func civilFromDays(_ days: Int64) -> (year: Int, month: Int, day: Int) {
        let shifted = Int(days) + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra =
            (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        return (year, month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
    }

    /// Division that rounds towards negative infinity, with a remainder ≥ 0.
    package static func floorDivide(
        _ value: Int64, by divisor: Int64
    ) -> (quotient: Int64, remainder: Int64) {
        let (quotient, remainder) = value.quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
    }

    private static func daysInMonth(year: Int, month: Int) -> Int {
        switch month {
        case 2: return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: return 30
        default: return 31
        }
    }
}

/// Reads fixed-width decimal fields of a date.
private struct DigitCursor {
    private let bytes: [UInt8]
    private var position = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    var isAtEnd: Bool { position == bytes.count }

    mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard position < bytes.count, bytes[position] == UInt8(ascii: character) else {
            return false
        }
        position += 1
        return true
    }

    mutating func number(digits: Int) -> Int? {
        guard position + digits <= bytes.count else { return nil }
        var value = 0
        for byte in bytes[position..<position + digits] {
            guard byte >= 48, byte <= 57 else { return nil }
            value = value * 10 + Int(byte - 48)
        }
        position += digits
        return value
    }

    /// 1 to `digitsMax` digits as a fraction of 10^digitsMax; more digits are cut off.
    mutating func fraction(digitsMax: Int) -> Int64? {
        var value: Int64 = 0
        var digits = 0
        while position < bytes.count, bytes[position] >= 48, bytes[position] <= 57 {
            if digits < digitsMax { value = value * 10 + Int64(bytes[position] - 48) }
            digits += 1
            position += 1
        }
        guard digits > 0 else { return nil }
        for _ in 0..<max(0, digitsMax - digits) { value *= 10 }
        return value
    }

    mutating func zoneOffsetSeconds() -> Int64? {
        if take("Z") || take("z") { return 0 }
        let sign: Int64
        if take("+") { sign = 1 } else if take("-") { sign = -1 } else { return nil }
        guard let hours = number(digits: 2), take(":"), let minutes = number(digits: 2),
            hours < 24, minutes < 60
        else { return nil }
        return sign * Int64(hours * 3_600 + minutes * 60)
    }
}
