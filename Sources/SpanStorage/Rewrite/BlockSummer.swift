// Adds up a float column of a segment that is being written, by blocks of rows.

import SpanColumns
import SpanModel

/// Sums blocks of rows.
enum BlockSummer {
    /// The blocks of a row group of a table with a trailing integer. `series` are the rows where series
    /// start.
    static func blocks(
        _ values: FloatVector, steps: [Int64], series: [Int]
    ) -> BlockSums {
        var firstSteps: [Int64] = []
        var found: [SummedValues] = []
        var next = 0
        for start in stride(from: 0, to: steps.count, by: Limits.summedRows) {
            let rows = start..<min(start + Limits.summedRows, steps.count)
            while next < series.count, series[next] <= start { next += 1 }
            let isOfOne = next == series.count || series[next] >= rows.upperBound
            firstSteps.append(steps[start])
            found.append(isOfOne ? .of(values, rows) : .unknown)
        }
        return BlockSums(
            offset: 0, firstSteps: firstSteps, sums: found.map(\.sum), least: found.map(\.least),
            greatest: found.map(\.greatest), others: found.map(\.others))
    }
}
