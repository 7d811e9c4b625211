// Sum, extremes and count of the finite values of a run of rows, and flags of the others. Four lanes
// of compensated sums: about 1 ns a value. Values that are not finite spoil a sum of zero products,
// and only then the run is gone through value by value.

import SpanSketch

/// What is known of some values.
struct FiniteValues {
    private(set) var sum = CompensatedSum()
    /// Values, the others included.
    private(set) var count = 0
    private(set) var finiteCount = 0
    private(set) var least = Double.infinity
    private(set) var greatest = -Double.infinity
    /// Bit 0 NaN, 1 +Inf, 2 −Inf.
    private(set) var flags: Int64 = 0

    /// The mean of the finite values; nil without any.
    var mean: Double? { finiteCount > 0 ? sum.value / Double(finiteCount) : nil }

    /// Bit 0 NaN, 1 +Inf, 2 −Inf.
    static func flags(_ value: Double) -> Int64 {
        if value.isFinite { return 0 }
        return value.isNaN ? 1 : value > 0 ? 2 : 4
    }

    /// Takes in the values of some rows.
    mutating func add(_ values: Span<Double>, _ rows: Range<Int>) {
        precondition(rows.upperBound <= values.count)
        var total = SIMD4<Double>()
        var rest = SIMD4<Double>()
        var zero = SIMD4<Double>()
        var low = SIMD4<Double>(repeating: .infinity)
        var high = SIMD4<Double>(repeating: -.infinity)
        let laneEnd = rows.lowerBound + rows.count / 4 * 4
        for row in stride(from: rows.lowerBound, to: laneEnd, by: 4) {
            let value = SIMD4(values[row], values[row + 1], values[row + 2], values[row + 3])
            // Knuth's two-sum: `rest` holds exactly what `total` loses.
            let next = total + value
            let part = next - total
            rest += (total - (next - part)) + (value - part)
            total = next
            zero += value * 0
            low = low.replacing(with: value, where: value .< low)
            high = high.replacing(with: value, where: value .> high)
        }
        guard zero.sum() == 0 else { return addEach(values, rows) }
        count += laneEnd - rows.lowerBound
        finiteCount += laneEnd - rows.lowerBound
        for lane in 0..<4 { sum.add(total[lane]) }
        sum.add(rest.sum())
        least = min(least, low.min())
        greatest = max(greatest, high.max())
        addEach(values, laneEnd..<rows.upperBound)
    }

    private mutating func addEach(_ values: Span<Double>, _ rows: Range<Int>) {
        for row in rows {
            let value = values[row]
            count += 1
            guard value.isFinite else {
                flags |= Self.flags(value)
                continue
            }
            finiteCount += 1
            sum.add(value)
            least = min(least, value)
            greatest = max(greatest, value)
        }
    }

    /// Takes in what is known of other values.
    mutating func merge(_ other: FiniteValues) {
        sum.merge(other.sum)
        count += other.count
        finiteCount += other.finiteCount
        least = min(least, other.least)
        greatest = max(greatest, other.greatest)
        flags |= other.flags
    }
}
