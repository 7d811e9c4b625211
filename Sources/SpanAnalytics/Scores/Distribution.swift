// How values are spread: count, sum, mean and four quantiles by the method `index`
// (sorted[min(n − 1, ⌊q·n⌋)], ClickHouse's quantileExact), so that each quantile is one of the values.
// Cost: one sort.

import SpanModel
import SpanSketch

/// The spread of one or more values.
package struct Distribution: Sendable, Equatable {
    package let count: Int
    package let sum: Double
    package let mean: Double
    package let median: Double
    package let p90: Double
    package let p95: Double
    package let p99: Double

    /// Of doubles, summed with compensation; nil without any.
    package init?(_ values: [Double]) {
        var sum = CompensatedSum()
        for value in values { sum.add(value) }
        self.init(sorted: values.sorted(), sum: sum.value, mean: sum.value / Double(values.count)) {
            $0
        }
    }

    /// Of amounts in picodollars, summed exactly; the figures are dollars. Nil without any.
    package init?(picodollars values: [Int64]) {
        let sum = values.reduce(into: Int128(0)) { $0 += Int128($1) }
        let scale = Double(Money.scale)
        let total = Double(sum)
        self.init(
            sorted: values.sorted(), sum: total / scale,
            mean: total / (scale * Double(values.count))
        ) { Double($0) / scale }
    }

    private init?<Value>(
        sorted values: [Value], sum: Double, mean: Double, _ number: (Value) -> Double
    ) {
        guard !values.isEmpty else { return nil }
        func quantile(_ share: Double) -> Double {
            number(values[min(values.count - 1, Int(share * Double(values.count)))])
        }
        count = values.count
        self.sum = sum
        self.mean = mean
        median = quantile(0.5)
        p90 = quantile(0.9)
        p95 = quantile(0.95)
        p99 = quantile(0.99)
    }

    /// The figures by name; the count is apart, because it is an integer.
    package var figures: [(name: String, value: Double)] {
        [
            ("sum", sum), ("mean", mean), ("median", median), ("p90", p90), ("p95", p95),
            ("p99", p99),
        ]
    }

    /// `{"count":…,"sum":…,…}`.
    package var json: [UInt8] {
        var json = Array("{\"count\":\(count)".utf8)
        for (name, value) in figures {
            json += ",\"\(name)\":".utf8
            JSONWriter.appendDouble(value, to: &json)
        }
        json.append(UInt8(ascii: "}"))
        return json
    }
}
