// Sum, extremes and count of the finite values of a run of rows, and flags of the others. Eight lanes
// of plain sums over blocks so short that they lose less than 1e-14 of the sum of magnitudes, and a
// compensated sum of the blocks: about 0.4 ns a value. A value that is not finite spoils the sum of its
// block, and only then the block is gone through value by value.

/// What is known of some values.
package struct FiniteValues: Sendable {
    private var total = CompensatedSum()
    /// Values, the others included.
    package private(set) var count = 0
    /// Values that are finite.
    package private(set) var finiteCount = 0
    /// The extremes of the finite values; ∞ and −∞ without any.
    package private(set) var least = Double.infinity
    package private(set) var greatest = -Double.infinity
    /// Bit 0 NaN, 1 +Inf, 2 −Inf.
    package private(set) var flags: Int64 = 0

    /// Values summed without compensation: each lane adds up an eighth of them.
    private static let blockRows = 512

    package init() {}

    /// The mean of the finite values; nil without any.
    package var mean: Double? { finiteCount > 0 ? total.value / Double(finiteCount) : nil }

    /// The sum of the finite values.
    package var sum: Double { total.value }

    /// Bit 0 NaN, 1 +Inf, 2 −Inf.
    package static func flags(_ value: Double) -> Int64 {
        if value.isFinite { return 0 }
        return value.isNaN ? 1 : value > 0 ? 2 : 4
    }

    /// Takes in the values of some rows.
    package mutating func add(_ values: Span<Double>, _ rows: Range<Int>) {
        precondition(rows.upperBound <= values.count)
        var start = rows.lowerBound
        while start < rows.upperBound {
            let end = min(start + Self.blockRows, rows.upperBound)
            addBlock(values, start..<end)
            start = end
        }
    }

    private mutating func addBlock(_ values: Span<Double>, _ rows: Range<Int>) {
        let pairs = rows.count / 8
        let laneEnd = rows.lowerBound + pairs * 8
        var partial = (SIMD4<Double>(), SIMD4<Double>())
        var low = SIMD4<Double>(repeating: .infinity)
        var high = SIMD4<Double>(repeating: -.infinity)
        values.withUnsafeBytes { bytes in
            for pair in 0..<pairs {
                let offset = (rows.lowerBound &+ pair &* 8) &* 8
                let left = bytes.loadUnaligned(fromByteOffset: offset, as: SIMD4<Double>.self)
                let right = bytes.loadUnaligned(
                    fromByteOffset: offset &+ 32, as: SIMD4<Double>.self)
                partial.0 += left
                partial.1 += right
                let lesser = left.replacing(with: right, where: right .< left)
                let greater = left.replacing(with: right, where: right .> left)
                low = low.replacing(with: lesser, where: lesser .< low)
                high = high.replacing(with: greater, where: greater .> high)
            }
        }
        let lanes = partial.0 + partial.1
        var blockSum = (lanes[0] + lanes[1]) + (lanes[2] + lanes[3])
        var lesser = min(min(low[0], low[1]), min(low[2], low[3]))
        var greater = max(max(high[0], high[1]), max(high[2], high[3]))
        for row in laneEnd..<rows.upperBound {
            let value = values[row]
            blockSum += value
            lesser = min(lesser, value)
            greater = max(greater, value)
        }
        // Not finite either when a value is not, or when finite ones are too great.
        guard blockSum.isFinite else { return addEach(values, rows) }
        count += rows.count
        finiteCount += rows.count
        total.add(blockSum)
        least = min(least, lesser)
        greatest = max(greatest, greater)
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
            total.add(value)
            least = min(least, value)
            greatest = max(greatest, value)
        }
    }

    /// Takes in blocks of `rows` values each that were summed before: of those that are finite their sum
    /// and extremes, if there are any; and of the others their number × 8 plus their flags.
    package mutating func add(
        _ blocks: Range<Int>, rows: Int, sums: Span<Double>, least: Span<Double>,
        greatest: Span<Double>, others: Span<Int64>
    ) {
        for block in blocks {
            add(
                summed: rows, sum: sums[block], least: least[block], greatest: greatest[block],
                others: others[block])
        }
    }

    /// Takes in `rows` values that were summed before, as one of those blocks.
    package mutating func add(
        summed rows: Int, sum: Double, least: Double, greatest: Double, others: Int64
    ) {
        let finite = rows - Int(others >> 3)
        count += rows
        flags |= others & 7
        guard finite > 0 else { return }
        finiteCount += finite
        total.add(sum)
        self.least = min(self.least, least)
        self.greatest = max(self.greatest, greatest)
    }

    /// Takes in what is known of other values.
    package mutating func merge(_ other: FiniteValues) {
        total.merge(other.total)
        count += other.count
        finiteCount += other.finiteCount
        least = min(least, other.least)
        greatest = max(greatest, other.greatest)
        flags |= other.flags
    }
}
