// Decimal text and picodollars: exactness, bounds, refusals.

import SpanModel
import Testing

@Suite struct MoneyTests {
    @Test(arguments: [
        ("0", 0), ("12", 12_000_000_000_000), ("-0.0014", -1_400_000_000),
        ("1.4e-3", 1_400_000_000), ("1E2", 100_000_000_000_000), ("+3", 3_000_000_000_000),
        ("0.000000000001", 1), (".5", 500_000_000_000), ("0e999", 0),
        ("0.1230000000000000", 123_000_000_000), ("9223372.036854775807", Int64.max),
        ("-9223372.036854775808", Int64.min),
    ])
    func parses(_ text: String, _ expected: Int64) {
        #expect(Money.parse(text.utf8) == expected)
    }

    @Test(arguments: [
        "", "-", ".", "e5", "1e", "1e+", "1x", " 1", "1 ", "1..2", "--1", "NaN", "1e1000",
        "0.0000000000001", "1e-13", "9223372.036854775808", "1e7", "1e400", "-9223373",
        "123456789012345678901234567890123456789012345678901234567890",
    ])
    func refuses(_ text: String) {
        #expect(Money.parse(text.utf8) == nil)
    }

    @Test func formatsTheShortestText() {
        let cases: [(Int128, String)] = [
            (0, "0"), (300_000_000_000, "0.3"), (12_000_000_000_000, "12"), (-1, "-0.000000000001"),
            (Int128(Int64.max) * 10, "92233720.36854775807"),
        ]
        for (value, text) in cases { #expect(Money.format(value) == text) }
        let tenth = Money.parse("0.1".utf8) ?? 0
        let fifth = Money.parse("0.2".utf8) ?? 0
        #expect(Money.format(Int128(tenth) + Int128(fifth)) == "0.3")
    }
}
