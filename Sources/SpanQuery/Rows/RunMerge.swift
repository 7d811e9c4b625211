// A sort of rows that lie in order but for a few places, as rows of a few sorted segments do.
// Cost: a look at each row when they are in order, 2 ns a row for each doubling of the runs.

/// Merges the runs in which rows lie.
enum RunMerge {
    typealias Row = PackedKeys.Row

    private static let runsMax = 8

    /// Whether there were few runs; they are one then, otherwise nothing has changed. `isBefore` orders
    /// any two rows.
    @inline(__always)
    static func sort(_ rows: inout [Row], by isBefore: (Row, Row) -> Bool) -> Bool {
        var starts = [0]
        for row in rows.indices.dropFirst() where isBefore(rows[row], rows[row &- 1]) {
            if starts.count == runsMax { return false }
            starts.append(row)
        }
        while starts.count > 1 {
            let bounds = starts + [rows.count, rows.count]
            rows = [Row](unsafeUninitializedCapacity: rows.count) { out, count in
                for run in stride(from: 0, to: starts.count, by: 2) {
                    merge(
                        rows.span, bounds[run]..<bounds[run + 1],
                        bounds[run + 1]..<bounds[run + 2], into: out, by: isBefore)
                }
                count = rows.count
            }
            starts = stride(from: 0, to: starts.count, by: 2).map { starts[$0] }
        }
        return true
    }

    /// Writes two neighbouring runs as one, to the same places.
    @inline(__always)
    private static func merge(
        _ rows: Span<Row>, _ left: Range<Int>, _ right: Range<Int>,
        into out: UnsafeMutableBufferPointer<Row>, by isBefore: (Row, Row) -> Bool
    ) {
        var (next, other) = (left.lowerBound, right.lowerBound)
        for place in left.lowerBound..<right.upperBound {
            let isOther =
                next == left.upperBound
                || other < right.upperBound && isBefore(rows[other], rows[next])
            out.initializeElement(at: place, to: rows[isOther ? other : next])
            if isOther { other &+= 1 } else { next &+= 1 }
        }
    }
}
