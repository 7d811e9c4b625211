// The footer of a TZif file, a POSIX TZ string such as `CET-1CEST,M3.5.0,M10.5.0/3`: standard
// offset, and if the zone still changes its clock, when it does so each year.

import SpanModel

/// A POSIX TZ rule. Offsets are seconds east of UTC.
struct PosixZoneRule {
    private let standard: Int64
    private let summer: Summer?

    fileprivate struct Summer {
        var offset: Int64
        var start: YearDay
        var end: YearDay
    }

    /// A day of the year and the local second at which the clock changes.
    fileprivate struct YearDay {
        enum Form { case weekday(month: Int, week: Int, day: Int), julian(Int), zeroBased(Int) }
        var form: Form
        var second: Int64
    }

    /// Nil when the text is empty or not understood.
    init?(_ text: String) {
        var cursor = Cursor(bytes: Array(text.utf8))
        guard cursor.skipName(), let west = cursor.time() else { return nil }
        standard = -west
        guard cursor.skipName() else {
            summer = nil
            return
        }
        let summerWest = cursor.peek == UInt8(ascii: ",") ? west - 3_600 : cursor.time()
        guard let summerWest, let start = cursor.yearDay(), let end = cursor.yearDay() else {
            return nil
        }
        summer = Summer(offset: -summerWest, start: start, end: end)
    }

    /// Appends the transitions of every year after the last one up to 2262.
    func extend(_ transitions: inout [Int64], _ offsets: inout [Int64]) {
        let last = transitions.last ?? 0
        guard let summer else {
            // Without further changes the last offset holds; a file without any has only this.
            if transitions.isEmpty { offsets[0] = standard * 1_000_000_000 }
            return
        }
        let firstYear = Instant.civilFromDays(Instant.day(of: last)).year
        for year in firstYear...2_261 {
            let changes = [
                (summer.start.instant(year: year, offset: standard), summer.offset),
                (summer.end.instant(year: year, offset: summer.offset), standard),
            ].sorted { $0.0 < $1.0 }
            for (instant, offset) in changes where instant > (transitions.last ?? .min) {
                transitions.append(instant)
                offsets.append(offset * 1_000_000_000)
            }
        }
    }

    fileprivate struct Cursor {
        let bytes: [UInt8]
        var position = 0

        var peek: UInt8? { position < bytes.count ? bytes[position] : nil }

        mutating func take(_ character: Unicode.Scalar) -> Bool {
            guard peek == UInt8(ascii: character) else { return false }
            position += 1
            return true
        }

        /// Skips `CET` or `<+03>`.
        mutating func skipName() -> Bool {
            let start = position
            if take("<") {
                while peek != nil, peek != UInt8(ascii: ">") { position += 1 }
                return take(">")
            }
            while let byte = peek, byte | 32 >= 97, byte | 32 <= 122 { position += 1 }
            return position > start
        }

        mutating func number() -> Int? {
            let start = position
            var value = 0
            while let byte = peek, 48...57 ~= byte, position - start < 6 {
                value = value * 10 + Int(byte - 48)
                position += 1
            }
            return position > start ? value : nil
        }

        /// `[+-]h[:m[:s]]` in seconds.
        mutating func time() -> Int64? {
            let isNegative = take("-")
            if !isNegative { _ = take("+") }
            guard var seconds = number().map({ $0 * 3_600 }) else { return nil }
            for unit in [60, 1] where take(":") {
                guard let value = number() else { return nil }
                seconds += value * unit
            }
            return Int64(isNegative ? -seconds : seconds)
        }

        mutating func yearDay() -> YearDay? {
            guard take(",") else { return nil }
            let form: YearDay.Form
            if take("M") {
                guard let month = number(), 1...12 ~= month, take("."), let week = number(),
                    1...5 ~= week, take("."), let day = number(), day < 7
                else { return nil }
                form = .weekday(month: month, week: week, day: day)
            } else {
                let isJulian = take("J")
                guard let day = number(), day <= 366 else { return nil }
                form = isJulian ? .julian(day) : .zeroBased(day)
            }
            guard take("/") else { return YearDay(form: form, second: 7_200) }
            return time().map { YearDay(form: form, second: $0) }
        }
    }
}

extension PosixZoneRule.YearDay {
    /// The instant, where `offset` applies just before it.
    fileprivate func instant(year: Int, offset: Int64) -> Int64 {
        (dayNumber(year: year) * 86_400 + second - offset) * 1_000_000_000
    }

    private func dayNumber(year: Int) -> Int64 {
        switch form {
        case .zeroBased(let day):
            return Instant.daysFromCivil(year: year, month: 1, day: 1) + Int64(day)
        case .julian(let day):
            // 29 February is never counted.
            let march = Instant.daysFromCivil(year: year, month: 3, day: 1)
            return day >= 60
                ? march + Int64(day - 60)
                : Instant.daysFromCivil(year: year, month: 1, day: 1) + Int64(day - 1)
        case .weekday(let month, let week, let weekday):
            let first = Instant.daysFromCivil(year: year, month: month, day: 1)
            let next = Instant.daysFromCivil(
                year: month == 12 ? year + 1 : year, month: month % 12 + 1, day: 1)
            let firstWeekday = Instant.floorDivide(first + 4, by: 7).remainder
            var day = first + Instant.floorDivide(Int64(weekday) - firstWeekday, by: 7).remainder
            day += Int64(week - 1) * 7
            return day >= next ? day - 7 : day
        }
    }
}
