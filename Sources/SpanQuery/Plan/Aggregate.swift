// What a query computes per group. Nulls are skipped by every function but `count`; without any
// value the result is null, never 0 (counts are 0).

import SpanModel
import SpanSketch

/// An aggregate with the result columns it makes.
package struct Aggregate: Sendable {
    /// The function and its operands.
    package enum Function: Sendable {
        /// Rows.
        case count
        /// Rows where the operand is not null.
        case countValues(Operand)
        /// Distinct tuples; a tuple with a null in it does not count.
        case countDistinct([Operand])
        /// Exact for integers and money, compensated for doubles.
        case sum(Operand)
        case mean(Operand)
        /// Numbers by value (NaN greatest), strings and identifiers by the bytes of their text.
        case minimum(Operand)
        case maximum(Operand)
        /// Population standard deviation.
        case standardDeviation(Operand)
        /// Population variance.
        case variance(Operand)
        /// The mean of all values of summaries, each of which gives a count, a mean and a population
        /// standard deviation; rows without a mean do not take part.
        case pooledMean(count: Operand, mean: Operand, deviation: Operand)
        /// The population standard deviation of all values of such summaries.
        case pooledDeviation(count: Operand, mean: Operand, deviation: Operand)
        /// One result column per quantile.
        case quantiles(Operand, [Double], QuantileMethod)
        /// The least value that at least this share of the values does not exceed; of the
        /// operand's type.
        case discreteQuantile(Operand, Double)
        /// The values in the row that is least by `by`: one result column per value. The first of
        /// `by` must be a number or instant, and rows where it is null do not take part; the
        /// others break ties.
        case first(values: [Operand], by: [Operand])
        /// The same for the greatest row.
        case last(values: [Operand], by: [Operand])
        /// The distinct strings, sorted, as a JSON list; `[]` without any.
        case distinctList(Operand)
        /// The string of highest rank; among equals the least by bytes.
        case highestRanked(Operand, rank: @Sendable (String) -> Int)
    }

    /// Names of the result columns.
    package let names: [String]
    package let function: Function
    /// Only rows where this is true (`FILTER (WHERE …)`).
    package let filter: Predicate
    /// Numeric results are divided by this and become doubles: nanoseconds to milliseconds.
    package let divisor: Double?

    package init(
        _ names: [String], _ function: Function, filter: Predicate = .always,
        divisor: Double? = nil
    ) {
        self.names = names
        self.function = function
        self.filter = filter
        self.divisor = divisor
    }

    package init(
        _ name: String, _ function: Function, filter: Predicate = .always, divisor: Double? = nil
    ) {
        self.init([name], function, filter: filter, divisor: divisor)
    }
}
