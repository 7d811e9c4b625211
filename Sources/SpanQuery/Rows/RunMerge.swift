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
        var next = left.lowerBound
        var place = left.lowerBound
        func write(_ row: Row) {
            out.initializeElement(at: place, to: row)
            place &+= 1
        }
        for other in right {
            let row = rows[other]
            while next < left.upperBound, !isBefore(row, rows[next]) {
                write(rows[next])
                next &+= 1
            }
            write(row)
        }
        while next < left.upperBound {
            write(rows[next])
            next &+= 1
        }
    }
}
