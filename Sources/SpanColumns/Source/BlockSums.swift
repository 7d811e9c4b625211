// What is known of a float column by blocks of neighbouring rows that are in order of series and
// step: questions about ranges of steps take a block that lies in one of them as a whole, and read
// values only at the ends of ranges.

import SpanModel

/// Blocks of `Limits.summedRows` rows, the last one shorter. Arrays have a value for each block.
package struct BlockSums: Sendable {
    /// Rows of the first block that lie before the first row asked for.
    package let offset: Int
    /// The step of the first row.
    package let firstSteps: [Int64]
    /// Of the finite values: their sum, the least and the greatest; 0 without any.
    package let sums: [Double]
    package let least: [Double]
    package let greatest: [Double]
    /// The number of values that are not finite × 8, plus their flags: 1 NaN, 2 +Inf, 4 −Inf;
    /// `unknown`: only the rows tell.
    package let others: [Int64]

    /// The `others` of a block whose rows are of several series, or whose sum is not finite.
    package static let unknown: Int64 = -1

    package init(
        offset: Int, firstSteps: [Int64], sums: [Double], least: [Double], greatest: [Double],
        others: [Int64]
    ) {
        self.offset = offset
        self.firstSteps = firstSteps
        self.sums = sums
        self.least = least
        self.greatest = greatest
        self.others = others
    }
}
