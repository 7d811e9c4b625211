// Points of one metric in order of step, and their averages in buckets of equal step ranges:
// width = max(1, (last − first + 1) div buckets), a point's bucket = (step − first) div width. The
// last bucket may be short, so there are fewer than twice as many buckets as asked for.

import SpanColumns

/// Steps, times and values of a metric, ascending by step.
struct MetricPoints {
    let steps: [Int64]
    let times: [Int64]
    let values: [Double]

    /// From a table of `step`, `time` and `value`.
    init(_ table: ResultTable) {
        steps = Self.integers(table.columns[0].values)
        times = Self.integers(table.columns[1].values)
        if case .float(let vector) = table.columns[2].values {
            values = vector.values.indices.map {
                vector.validity?[$0] != 0 ? vector.values[$0] : .nan
            }
        } else {
            values = Array(repeating: .nan, count: table.rowCount)
        }
    }

    /// Bit 0 NaN, 1 +Inf, 2 −Inf.
    static func flags(_ value: Double) -> Int64 {
        if value.isNaN { return 1 }
        return value == .infinity ? 2 : value == -.infinity ? 4 : 0
    }

    /// One row per bucket that holds points: its first step and that step's time, then mean, least
    /// and greatest finite value (null without any), number of points and their flags.
    func averaged(buckets: Int64) -> ResultTable {
        var rows: [Bucket] = []
        if let first = steps.first, let last = steps.last {
            // Steps are at least 0, so the span fits; a full Int64 range saturates.
            let (span, overflow) = (last - first).addingReportingOverflow(1)
            let width = max(1, (overflow ? .max : span) / buckets)
            var number: Int64 = -1
            for index in steps.indices {
                let bucket = (steps[index] - first) / width
                if bucket != number {
                    rows.append(Bucket(step: steps[index], time: times[index]))
                    number = bucket
                }
                rows[rows.count - 1].add(values[index])
            }
        }
        return Bucket.table(rows)
    }

    private static func integers(_ vector: ColumnVector) -> [Int64] {
        guard case .integer(let integers) = vector else {
            return Array(repeating: 0, count: vector.count)
        }
        return integers.values
    }
}
