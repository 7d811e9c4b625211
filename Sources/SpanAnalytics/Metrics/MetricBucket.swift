// One bucket of an averaged series.

import SpanColumns
import SpanModel
import SpanSketch

extension MetricPoints {
    /// Points of neighbouring steps, summed up.
    struct Bucket {
        let step: Int64
        let time: Int64
        private var sum = CompensatedSum()
        private var finite = 0
        private var count: Int64 = 0
        private var least = Double.infinity
        private var greatest = -Double.infinity
        private var flags: Int64 = 0

        init(step: Int64, time: Int64) {
            self.step = step
            self.time = time
        }

        mutating func add(_ value: Double) {
            count += 1
            flags |= MetricPoints.flags(value)
            guard value.isFinite else { return }
            finite += 1
            sum.add(value)
            least = min(least, value)
            greatest = max(greatest, value)
        }

        /// The buckets as rows.
        static func table(_ buckets: [Bucket]) -> ResultTable {
            let validity = buckets.map { $0.finite > 0 ? UInt8(1) : 0 }
            func integers(_ name: String, _ type: ColumnType, _ values: [Int64]) -> ResultColumn {
                ResultColumn(
                    name: name, type: type, values: .integer(IntegerVector(values: values)))
            }
            func floats(_ name: String, _ value: (Bucket) -> Double) -> ResultColumn {
                let values = buckets.map { $0.finite > 0 ? value($0) : 0 }
                return ResultColumn(
                    name: name, type: .float64,
                    values: .float(FloatVector(values: values, validity: validity)))
            }
            return ResultTable(
                columns: [
                    integers("step", .int64, buckets.map(\.step)),
                    integers("time", .instant, buckets.map(\.time)),
                    floats("value") { $0.sum.value / Double($0.finite) },
                    integers("non_finite_flags", .int64, buckets.map(\.flags)),
                    integers("count", .int64, buckets.map(\.count)),
                    floats("min") { $0.least }, floats("max") { $0.greatest },
                ], rowCount: buckets.count)
        }
    }
}
