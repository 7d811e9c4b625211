// Months and fields of instants, in UTC.

import SpanColumns
import SpanModel

enum CalendarFunctions {
    private static let nanosecondsPerDay: Int64 = 86_400_000_000_000

    /// Instants moved by calendar months.
    static func addMonths(
        _ months: Int, _ part: IntegerVector, _ rows: [UInt32]
    ) throws(StoreError) -> ColumnVector {
        var values = [Int64](repeating: 0, count: part.values.count)
        for row in rows where part.validity?[Int(row)] != 0 {
            guard let value = moved(part.values[Int(row)], by: months) else {
                throw .outOfRange("+")
            }
            values[Int(row)] = value
        }
        return .integer(IntegerVector(values: values, validity: part.validity))
    }

    /// Nil where instants end.
    private static func moved(_ instant: Int64, by months: Int) -> Int64? {
        let (days, time) = Instant.floorDivide(instant, by: nanosecondsPerDay)
        let date = Instant.civilFromDays(days)
        let (month, overflow) = (date.year * 12 + date.month - 1).addingReportingOverflow(months)
        guard !overflow, (0...120_000).contains(month) else { return nil }
        let first = Instant.daysFromCivil(year: month / 12, month: month % 12 + 1, day: 1)
        let next = Instant.daysFromCivil(
            year: (month + 1) / 12, month: (month + 1) % 12 + 1, day: 1)
        let day = first + min(Int64(date.day - 1), next - first - 1)
        return Int64(exactly: Int128(day) * Int128(nanosecondsPerDay) + Int128(time))
    }

    /// A field of instants; `epoch` is a double, all others are integers.
    static func part(_ part: DatePart, _ source: IntegerVector, _ rows: [UInt32]) -> ColumnVector {
        if part == .epoch {
            return .float(
                FloatVector(
                    values: source.values.map { Double($0 / 1_000) / 1e6 },
                    validity: source.validity))
        }
        var values = [Int64](repeating: 0, count: source.values.count)
        for row in rows where source.validity?[Int(row)] != 0 {
            values[Int(row)] = field(part, source.values[Int(row)])
        }
        return .integer(IntegerVector(values: values, validity: source.validity))
    }

    private static func field(_ part: DatePart, _ instant: Int64) -> Int64 {
        let (days, time) = Instant.floorDivide(instant, by: nanosecondsPerDay)
        switch part {
        case .hour: return time / 3_600_000_000_000
        case .minute: return time / 60_000_000_000 % 60
        case .second: return time / 1_000_000_000 % 60
        case .millisecond: return time / 1_000_000 % 60_000
        case .microsecond: return time / 1_000 % 60_000_000
        // 1970-01-01 was a Thursday.
        case .dow: return Instant.floorDivide(days + 4, by: 7).remainder
        case .isodow: return Instant.floorDivide(days + 3, by: 7).remainder + 1
        case .epoch, .epochNanoseconds: return instant
        case .epochMicroseconds: return Instant.floorDivide(instant, by: 1_000).quotient
        case .epochMilliseconds: return Instant.floorDivide(instant, by: 1_000_000).quotient
        case .year, .quarter, .month, .day, .doy: break
        }
        let date = Instant.civilFromDays(days)
        switch part {
        case .year: return Int64(date.year)
        case .quarter: return Int64(date.month + 2) / 3
        case .month: return Int64(date.month)
        case .day: return Int64(date.day)
        default: return days - Instant.daysFromCivil(year: date.year, month: 1, day: 1) + 1
        }
    }
}
