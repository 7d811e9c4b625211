// Buckets in time zones, with clock changes.

import SpanModel
import SpanQuery
import SpanTesting
import Testing

@Suite struct TimeBucketTests {
    private func instant(_ text: String) throws -> Int64 { try #require(Instant.parse(text)) }

    private func start(_ text: String, _ width: String, _ zone: String) throws -> String {
        let bucket = TimeBucket(
            width: try #require(TimeBucket.width(width)), zone: try TimeZoneRules.named(zone))
        return String(
            Instant.format(bucket.range(containing: try instant(text)).lowerBound).prefix(16))
    }

    @Test(arguments: ["1s", "7s", "1m", "90m", "5h", "1d", "3d", "2w"])
    func bucketsThatAreAllAlikeStartWhereAnyDo(width: String) throws {
        let bucket = TimeBucket(width: try #require(TimeBucket.width(width)))
        let regular = try #require(bucket.regular)
        var random = SpanGenerator.Random(seed: 2_026)
        var instants: [Int64] = [.min, .min + 1, -1, 0, 1, .max - 1, .max]
        for bits in 1..<63 {
            instants.append(Int64.random(in: -(1 << bits)...1 << bits, using: &random))
        }
        for instant in instants {
            #expect(regular.start(of: instant) == bucket.range(containing: instant).lowerBound)
        }
        #expect(TimeBucket(width: .months(1)).regular == nil)
    }

    @Test(arguments: [
        // Spring: the day of 29 March 2026 begins at 23:00Z and has 23 hours.
        ("2026-03-28T22:59:59Z", "1d", "Europe/Berlin", "2026-03-27T23:00"),
        ("2026-03-28T23:00:00Z", "1d", "Europe/Berlin", "2026-03-28T23:00"),
        ("2026-03-29T21:59:59Z", "1d", "Europe/Berlin", "2026-03-28T23:00"),
        ("2026-03-29T22:00:00Z", "1d", "Europe/Berlin", "2026-03-29T22:00"),
        // Autumn: the day of 25 October 2026 begins at 22:00Z and has 25 hours.
        ("2026-10-24T22:00:00Z", "1d", "Europe/Berlin", "2026-10-24T22:00"),
        ("2026-10-25T22:59:59Z", "1d", "Europe/Berlin", "2026-10-24T22:00"),
        ("2026-10-25T23:00:00Z", "1d", "Europe/Berlin", "2026-10-25T23:00"),
        // The hour that occurs twice is two buckets.
        ("2026-10-25T00:30:00Z", "1h", "Europe/Berlin", "2026-10-25T00:00"),
        ("2026-10-25T01:30:00Z", "1h", "Europe/Berlin", "2026-10-25T01:00"),
        // Weeks begin on Mondays, months on the first, local time.
        ("2026-03-29T21:00:00Z", "1w", "Europe/Berlin", "2026-03-22T23:00"),
        ("2026-03-29T22:00:00Z", "1w", "Europe/Berlin", "2026-03-29T22:00"),
        ("2026-03-31T21:59:00Z", "1mo", "Europe/Berlin", "2026-02-28T23:00"),
        ("2026-03-31T22:00:00Z", "1mo", "Europe/Berlin", "2026-03-31T22:00"),
        ("2026-11-21T10:17:42Z", "15m", "UTC", "2026-11-21T10:15"),
        ("2026-11-21T10:17:42Z", "6h", "UTC", "2026-11-21T06:00"),
        ("1969-12-31T23:59:59Z", "1h", "UTC", "1969-12-31T23:00"),
        // Half-hour zones, and one that changes its clock by half an hour.
        ("2026-11-21T10:17:42Z", "1h", "Asia/Kolkata", "2026-11-21T09:30"),
        ("2026-04-04T15:15:00Z", "1h", "Australia/Lord_Howe", "2026-04-04T15:00"),
        // Far beyond the transitions that files list.
        ("2150-07-01T12:00:00Z", "1d", "America/New_York", "2150-07-01T04:00"),
        ("2150-01-01T12:00:00Z", "1d", "America/New_York", "2150-01-01T05:00"),
        // A day whose midnight is skipped begins at the moment of the skip.
        ("2018-11-04T12:00:00Z", "1d", "America/Sao_Paulo", "2018-11-04T03:00"),
    ])
    func starts(text: String, width: String, zone: String, expected: String) throws {
        #expect(try start(text, width, zone) == expected)
    }

    @Test(arguments: ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "UTC"])
    func bucketsCutTimeWithoutGapsOrOverlaps(zone: String) throws {
        let rules = try TimeZoneRules.named(zone)
        for width in ["1d", "1w", "1mo", "1h", "6h", "30m"] {
            let bucket = TimeBucket(width: try #require(TimeBucket.width(width)), zone: rules)
            var previous = Int64.min
            for step in 0..<4_000 {
                let instant = 1_771_000_000_000_000_000 + Int64(step) * 1_200_000_000_000
                let range = bucket.range(containing: instant)
                #expect(range.contains(instant))
                #expect(range.lowerBound >= previous)
                #expect(bucket.range(containing: range.lowerBound).lowerBound == range.lowerBound)
                #expect(
                    bucket.range(containing: range.upperBound - 1).lowerBound
                        == range.lowerBound)
                previous = range.lowerBound
            }
        }
    }

    @Test func anyInstantHasABucket() throws {
        let zone = try TimeZoneRules.named("Europe/Berlin")
        for width in ["1s", "1h", "7h", "1d", "2w", "5mo"] {
            let bucket = TimeBucket(width: try #require(TimeBucket.width(width)), zone: zone)
            for instant in [Int64.min, .min + 1, -1, 0, .max - 1, .max] {
                #expect(bucket.range(containing: instant).lowerBound <= instant)
            }
        }
    }

    @Test(arguments: ["", "m", "0m", "-1h", "1y", "1.5h", "99999999999999d", "9999999999999999h"])
    func widthsThatAreNone(text: String) {
        #expect(TimeBucket.width(text) == nil)
    }

    @Test(arguments: ["", "../../etc/passwd", "/etc/passwd", "Europe", "Nowhere/City", "tzdata.zi"])
    func zonesThatAreNone(name: String) {
        #expect(throws: StoreError.unknown(what: "time zone", name: name)) {
            try TimeZoneRules.named(name)
        }
    }
}
