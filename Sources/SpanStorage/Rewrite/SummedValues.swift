// What sections keep of some values that are added up: a sum that is that of `FiniteValues` over them, so
// that a reader that takes it adds what it would have found. Cost: about 1 ns a value.

import SpanColumns
import SpanSketch

/// The figures of a block or a run (schemas/segment.md).
struct SummedValues {
    /// Of the finite values: their sum, the least and the greatest; 0 without any.
    let sum: Double
    let least: Double
    let greatest: Double
    /// As in `BlockSums`.
    let others: Int64

    /// Of which only the rows tell.
    static let unknown = SummedValues(FiniteValues(), others: BlockSums.unknown)

    /// The figures of some rows of a column; not known when one has no value, or the sum is not finite.
    static func of(_ values: FloatVector, _ rows: Range<Int>) -> SummedValues {
        if values.validity.map({ $0[rows].contains(0) }) ?? false { return unknown }
        var found = FiniteValues()
        found.add(values.values.span, rows)
        guard found.sum.isFinite else { return unknown }
        let others = Int64(found.count - found.finiteCount) * 8 + found.flags
        return SummedValues(found, others: others)
    }

    private init(_ values: FiniteValues, others: Int64) {
        let isAny = values.finiteCount > 0
        sum = isAny ? values.sum : 0
        least = isAny ? values.least : 0
        greatest = isAny ? values.greatest : 0
        self.others = others
    }
}
