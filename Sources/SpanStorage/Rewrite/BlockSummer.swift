// Adds up a float column of a segment that is being written, by blocks of rows. A sum is that of
// `FiniteValues` over the block's rows, so a reader that takes it adds what it would have found.
// Cost: about 1 ns a row.

import SpanColumns
import SpanFormat
import SpanModel
import SpanSketch

/// Sums blocks of rows.
enum BlockSummer {
    /// The blocks of a row group of a table with a trailing integer. `series` are the rows where series
    /// start.
    static func blocks(
        _ values: FloatVector, steps: [Int64], series: [Int]
    ) -> BlockSums {
        var firstSteps: [Int64] = []
        var found: [FiniteValues] = []
        var others: [Int64] = []
        var next = 0
        for start in stride(from: 0, to: steps.count, by: Limits.summedRows) {
            let rows = start..<min(start + Limits.summedRows, steps.count)
            while next < series.count, series[next] <= start { next += 1 }
            let isOfOne = next == series.count || series[next] >= rows.upperBound
            let isWhole = values.validity.map { !$0[rows].contains(0) } ?? true
            var block = FiniteValues()
            if isOfOne && isWhole { block.add(values.values.span, rows) }
            let isKnown = block.count > 0 && block.sum.isFinite
            firstSteps.append(steps[start])
            found.append(isKnown ? block : FiniteValues())
            others.append(
                isKnown
                    ? Int64(block.count - block.finiteCount) * 8 + block.flags : BlockSums.unknown)
        }
        func floats(_ figure: (FiniteValues) -> Double) -> [Double] {
            found.map { $0.finiteCount > 0 ? figure($0) : 0 }
        }
        return BlockSums(
            offset: 0, firstSteps: firstSteps, sums: floats(\.sum), least: floats(\.least),
            greatest: floats(\.greatest), others: others)
    }
}
