// Sums and moments that do not lose digits. Integer and money sums are exact (Int128). Sums of
// doubles are Neumaier-compensated, which makes them independent of order and of how rows were
// split to well below 1e-12 of the sum of magnitudes; variance is Welford's, merged by Chan's rule.

/// A compensated sum of doubles. Public, because the compiler inlines members of public types alone into
/// other modules.
public struct CompensatedSum: Sendable, Equatable {
    @usableFromInline var total = 0.0
    @usableFromInline var compensation = 0.0

    @inlinable
    package init() {}

    /// The sum of one value, or one in two parts.
    @inlinable
    package init(_ value: Double, compensation: Double = 0) {
        total = value
        self.compensation = compensation
    }

    /// The sum; an infinity or NaN among the values shows as IEEE addition would give it.
    @inlinable
    package var value: Double { total.isFinite ? total + compensation : total }

    /// The plain sum, and what it lacks.
    @inlinable
    package var parts: (total: Double, compensation: Double) { (total, compensation) }

    /// Adds a value.
    @inlinable
    package mutating func add(_ value: Double) {
        let next = total + value
        if abs(total) >= abs(value) {
            compensation += (total - next) + value
        } else {
            compensation += (value - next) + total
        }
        total = next
    }

    /// Adds another sum.
    @inlinable
    package mutating func merge(_ other: CompensatedSum) {
        add(other.total)
        compensation += other.compensation
    }
}

/// Count, mean and variance of doubles.
package struct Moments: Sendable, Equatable {
    /// Values so far.
    package private(set) var count = 0
    private var runningMean = 0.0
    private var squares = 0.0

    package init() {}

    /// The moments of values known only by their count, mean and population standard deviation.
    package init(count: Int, mean: Double, standardDeviation: Double) {
        self.count = count
        runningMean = mean
        squares = standardDeviation * standardDeviation * Double(count)
    }

    /// Adds a value.
    package mutating func add(_ value: Double) {
        count += 1
        let before = value - runningMean
        runningMean += before / Double(count)
        squares += before * (value - runningMean)
    }

    /// Adds all values of another summary.
    package mutating func merge(_ other: Moments) {
        guard other.count > 0 else { return }
        guard count > 0 else {
            self = other
            return
        }
        let total = Double(count + other.count)
        let difference = other.runningMean - runningMean
        squares +=
            other.squares + difference * difference * Double(count) * Double(other.count)
            / total
        runningMean += difference * Double(other.count) / total
        count += other.count
    }

    /// Nil without values.
    package var mean: Double? { count > 0 ? runningMean : nil }

    /// Population variance; nil without values.
    package var variance: Double? { count > 0 ? max(squares / Double(count), 0) : nil }

    /// Population standard deviation; nil without values.
    package var standardDeviation: Double? { variance?.squareRoot() }
}
