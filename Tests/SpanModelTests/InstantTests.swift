// RFC 3339 text and nanoseconds: forms, bounds, calendar.

import SpanModel
import Testing

@Suite struct InstantTests {
    @Test(arguments: [
        ("1970-01-01T00:00:00Z", 0),
        ("2026-11-21T08:55:03.123456789Z", 1_795_251_303_123_456_789),
        ("2026-11-21T10:55:03.5+02:00", 1_795_251_303_500_000_000),
        ("2026-11-21t08:55:03.5z", 1_795_251_303_500_000_000),
        ("2026-11-21 08:55:03.1234567899Z", 1_795_251_303_123_456_789),
        ("1969-12-31T23:59:59.999999999Z", -1),
        ("2000-02-29T00:00:00-00:30", 951_784_200_000_000_000),
        ("2262-04-11T23:47:16.854775807Z", Int64.max),
        ("1677-09-21T00:12:43.145224192Z", Int64.min),
    ])
    func parses(_ text: String, _ expected: Int64) {
        #expect(Instant.parse(text) == expected)
    }

    @Test(arguments: [
        "", "2026", "2026-13-01T00:00:00Z", "2026-02-29T00:00:00Z", "2026-00-10T00:00:00Z",
        "2026-01-01T24:00:00Z", "2026-01-01T00:60:00Z", "2026-01-01T00:00:00",
        "2026-01-01T00:00:00.Z", "2026-01-01T00:00:00Zx", "2026-01-01T00:00:00+2:00",
        "2262-04-11T23:47:16.854775808Z", "1677-09-21T00:12:43.145224191Z",
        "0000-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "２026-01-01T00:00:00Z",
    ])
    func refuses(_ text: String) {
        #expect(Instant.parse(text) == nil)
    }

    @Test func formatIsParsedBack() {
        for value in [0, 1, -1, .max, .min, 951_782_400_000_000_000, -86_400_000_000_001] as [Int64]
        {
            let text = Instant.format(value)
            #expect(text.utf8.count == 30)
            #expect(Instant.parse(text) == value, "\(text)")
        }
        #expect(Instant.format(-1) == "1969-12-31T23:59:59.999999999Z")
    }

    @Test func daysAndDates() {
        for day in stride(from: Int64(-200_000), through: 200_000, by: 13) {
            let date = Instant.civilFromDays(day)
            #expect(
                Instant.daysFromCivil(year: date.year, month: date.month, day: date.day) == day)
        }
        #expect(Instant.day(of: -1) == -1)
        #expect(Instant.day(of: 86_400_000_000_000) == 1)
        #expect(Instant.civilFromDays(11_016) == (2_000, 2, 29))
    }
}
