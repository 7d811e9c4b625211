// Percentiles of latencies, by HdrHistogram with three significant digits.

import Histogram
import SpanPlatform

/// A clock for measuring.
enum Stopwatch {
    /// Nanoseconds of a clock that never goes back.
    static func now() -> UInt64 { SystemClock().monotonicNanoseconds() }

    /// Seconds since a reading of `now`.
    static func seconds(since start: UInt64) -> Double { Double(now() - start) / 1e9 }
}

/// Recorded latencies.
struct Latencies {
    private var histogram = Histogram<UInt64>(numberOfSignificantValueDigits: .three)

    /// Adds a latency in nanoseconds.
    mutating func record(_ nanoseconds: UInt64) { histogram.record(nanoseconds) }

    mutating func add(_ other: Latencies) { histogram.add(other.histogram) }

    /// A percentile in microseconds.
    func microseconds(_ percentile: Double) -> Double {
        Double(histogram.valueAtPercentile(percentile)) / 1e3
    }

    /// Count and percentiles in microseconds.
    var report: Report {
        var report = Report()
        report.add("count", Int(histogram.totalCount))
        for (name, percentile) in [
            ("p50_us", 50.0), ("p90_us", 90), ("p99_us", 99), ("p999_us", 99.9), ("max_us", 100),
        ] {
            report.add(name, microseconds(percentile))
        }
        return report
    }
}
