// Buckets of instants: of fixed width within an hour's reach of the zone's offset, or of whole
// local days, weeks (from Monday) and months. Multiples count from Monday 2000-01-03 (months: from
// January 2000), so that weeks begin on Mondays. A day has 23 or 25 hours where the clock changes.

import SpanModel

/// A width of buckets in a time zone.
package struct TimeBucket: Hashable, Sendable {
    /// How wide a bucket is.
    package enum Width: Hashable, Sendable {
        case nanoseconds(Int64)
        case days(Int)
        case months(Int)
    }

    package let width: Width
    package let zone: TimeZoneRules

    package init(width: Width, zone: TimeZoneRules = .utc) {
        self.width = width
        self.zone = zone
    }

    /// Parses `30s`, `5m`, `1h`, `1d`, `1w`, `1mo`. Nil when it is none of these or not positive.
    package static func width(_ text: String) -> Width? {
        let units: [(String, (Int64) -> Width?)] = [
            ("mo", { $0 <= 1_200 ? .months(Int($0)) : nil }),
            ("s", { fixed($0, 1) }), ("m", { fixed($0, 60) }), ("h", { fixed($0, 3_600) }),
            ("d", { $0 <= 36_600 ? .days(Int($0)) : nil }),
            ("w", { $0 <= 5_200 ? .days(Int($0) * 7) : nil }),
        ]
        for (suffix, width) in units where text.hasSuffix(suffix) {
            guard let count = Int64(text.dropLast(suffix.count)), count > 0 else { return nil }
            return width(count)
        }
        return nil
    }

    private static func fixed(_ count: Int64, _ seconds: Int64) -> Width? {
        let (width, overflow) = count.multipliedReportingOverflow(by: seconds * 1_000_000_000)
        return overflow ? nil : .nanoseconds(width)
    }

    /// Instants around `instant`, itself included, that share its bucket, beginning at the bucket's
    /// start. It may end before the bucket does, and then a later call finds the same start.
    package func range(containing instant: Int64) -> Range<Int64> {
        let start = start(of: instant)
        for width in usualWidths {
            let (end, overflow) = start.addingReportingOverflow(width)
            if !overflow, end > instant, self.start(of: end - 1) == start { return start..<end }
        }
        return start..<(instant == .max ? instant : instant + 1)
    }

    /// Buckets that are all alike: of one width, and equally far behind a multiple of it.
    package struct Regular {
        private let divider: Divider
        /// How far the first of them begins behind the least instant.
        private let origin: UInt64

        /// How wide they are.
        var width: Int64 { Int64(bitPattern: divider.divisor) }

        /// `origin` is how far they begin behind a multiple of `width`, less than that.
        fileprivate init(width: Int64, origin: Int64) {
            divider = Divider(width.magnitude)
            let least = Int64.min.magnitude
            self.origin = (least % divider.divisor + origin.magnitude) % divider.divisor
        }

        /// The start of an instant's bucket.
        @inline(__always)
        package func start(of instant: Int64) -> Int64 {
            // Counted from the least instant, so that none is negative.
            let distance = UInt64(bitPattern: instant) ^ (1 << 63)
            let (_, remainder) = divider.quotientAndRemainder(of: distance)
            // Both are less than a width. No branch: nothing foresees on which side one is.
            let past = Int64(bitPattern: remainder) &- Int64(bitPattern: origin)
            return saturating(instant, minus: past &+ (width & (past >> 63)))
        }
    }

    /// The same buckets, if they are all alike: in UTC, and no months.
    package var regular: Regular? {
        guard zone === TimeZoneRules.utc else { return nil }
        let width: Int64
        switch self.width {
        case .nanoseconds(let nanoseconds): width = nanoseconds
        case .days(let days): width = Int64(days) * Self.day
        case .months: return nil
        }
        let origin = Instant.floorDivide(Self.originDay * Self.day, by: width).remainder
        return Regular(width: width, origin: origin)
    }

    private var usualWidths: [Int64] {
        switch width {
        case .nanoseconds(let width): [width]
        case .days(let days): [25, 24, 23].map { Int64(days - 1) * Self.day + $0 * Self.hour }
        case .months(let months):
            [31, 30, 29, 28].map { (Int64(months - 1) * 30 + $0) * Self.day }
        }
    }

    private static let hour: Int64 = 3_600_000_000_000
    private static let day: Int64 = 24 * hour
    private static let originDay: Int64 = 10_959

    private func start(of instant: Int64) -> Int64 {
        let offset = zone.offset(at: instant)
        let (local, overflow) = instant.addingReportingOverflow(offset.nanoseconds)
        if overflow { return instant }
        switch width {
        case .nanoseconds(let width):
            let origin = Instant.floorDivide(Self.originDay * Self.day, by: width).remainder
            let past = Instant.floorDivide(local, by: width).remainder - origin
            let start = saturating(local, minus: past < 0 ? past + width : past)
            // An hour or less never spans a change of the clock; more is a local time of day.
            if width > Self.hour { return zone.instant(local: start) }
            return max(saturating(start, minus: offset.nanoseconds), offset.since)
        case .days(let days):
            let number = Instant.floorDivide(local, by: Self.day).quotient
            let past = Instant.floorDivide(number - Self.originDay, by: Int64(days)).remainder
            return zone.instant(local: saturating(number - past, times: Self.day))
        case .months(let months):
            let date = Instant.civilFromDays(Instant.floorDivide(local, by: Self.day).quotient)
            let month = Int64(date.year * 12 + date.month - 1)
            let first = month - Instant.floorDivide(month - 24_000, by: Int64(months)).remainder
            let days = Instant.daysFromCivil(
                year: Int(first / 12), month: Int(first % 12) + 1, day: 1)
            return zone.instant(local: saturating(days, times: Self.day))
        }
    }
}

/// Saturates where instants end: only buckets that begin before 1677 are cut.
func saturating(_ left: Int64, minus right: Int64) -> Int64 {
    let (value, overflow) = left.subtractingReportingOverflow(right)
    return overflow ? (left < 0 ? .min : .max) : value
}

private func saturating(_ left: Int64, times right: Int64) -> Int64 {
    let (value, overflow) = left.multipliedReportingOverflow(by: right)
    return overflow ? ((left < 0) == (right < 0) ? .max : .min) : value
}
