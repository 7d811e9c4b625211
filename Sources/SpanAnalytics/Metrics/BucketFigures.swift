// What a chart answers of its buckets, as columns that are filled line by line: the buckets of all lines
// are larger than a core's cache.
// Cost: some 10 ns a bucket.

import SpanColumns
import SpanModel
import SpanSketch

/// Columns of buckets. Order of calls: `append` for each line, then `columns`.
struct BucketFigures {
    private(set) var count = 0
    private var steps: [Int64]
    private var times: [Int64]
    private var means: [Double]
    private var flags: [Int64]
    private var counts: [Int64]
    private var least: [Double]
    private var greatest: [Double]
    private var isFinite: [UInt8]

    /// Room for so many buckets.
    init(capacity: Int) {
        steps = Array(repeating: 0, count: capacity)
        times = Array(repeating: 0, count: capacity)
        means = Array(repeating: 0, count: capacity)
        flags = Array(repeating: 0, count: capacity)
        counts = Array(repeating: 0, count: capacity)
        least = Array(repeating: 0, count: capacity)
        greatest = Array(repeating: 0, count: capacity)
        isFinite = Array(repeating: 0, count: capacity)
    }

    /// Appends those of the buckets of a line that hold points, and returns how many do.
    mutating func append(_ line: [MetricBucket]) -> Int {
        let first = count
        count = Self.write(line, first, &steps) { $0.step }
        _ = Self.write(line, first, &times) { $0.time }
        _ = Self.write(line, first, &means) { $0.values.mean ?? 0 }
        _ = Self.write(line, first, &flags) { $0.values.flags }
        _ = Self.write(line, first, &counts) { Int64($0.values.count) }
        _ = Self.write(line, first, &least) { $0.values.finiteCount > 0 ? $0.values.least : 0 }
        _ = Self.write(line, first, &greatest) {
            $0.values.finiteCount > 0 ? $0.values.greatest : 0
        }
        _ = Self.write(line, first, &isFinite) { $0.values.finiteCount > 0 ? 1 : 0 }
        return count - first
    }

    /// Writes a figure of the buckets that hold points from row `first` of a column on; returns the row
    /// behind them.
    @inline(__always)
    private static func write<Value>(
        _ line: [MetricBucket], _ first: Int, _ column: inout [Value],
        _ figure: (borrowing MetricBucket) -> Value
    ) -> Int {
        let buckets = line.span
        var column = column.mutableSpan
        var row = first
        for index in buckets.indices where !buckets[index].isEmpty {
            column[row] = figure(buckets[index])
            row += 1
        }
        return row
    }

    /// The columns of all that was appended.
    mutating func columns() -> [ResultColumn] {
        trim()
        let validity = isFinite.contains(0) ? isFinite : nil
        func floats(_ name: String, _ values: [Double]) -> ResultColumn {
            ResultColumn(
                name: name, type: .float64,
                values: .float(FloatVector(values: values, validity: validity)))
        }
        func integers(_ name: String, _ type: ColumnType, _ values: [Int64]) -> ResultColumn {
            ResultColumn(name: name, type: type, values: .integer(IntegerVector(values: values)))
        }
        return [
            integers("step", .int64, steps), integers("time", .instant, times),
            floats("value", means), integers("non_finite_flags", .int64, flags),
            integers("count", .int64, counts), floats("min", least), floats("max", greatest),
        ]
    }

    private mutating func trim() {
        let unused = isFinite.count - count
        steps.removeLast(unused)
        times.removeLast(unused)
        means.removeLast(unused)
        flags.removeLast(unused)
        counts.removeLast(unused)
        least.removeLast(unused)
        greatest.removeLast(unused)
        isFinite.removeLast(unused)
    }
}
