// A sort of rows that lie in order but for a few places.
// Cost: a look at each row when they are in order, a few ns a row for each doubling of the runs.

/// Merges rows that are a few runs in order already, as rows of a few sorted segments are.
enum RunMerge {
    private static let runsMax = 8

    /// Whether there were few runs; they are one then, otherwise nothing has changed. `isBefore` orders
    /// any two rows.
    static func sort(
        _ rows: inout [PackedKeys.Row], by isBefore: (PackedKeys.Row, PackedKeys.Row) -> Bool
    ) -> Bool {
        var starts = [0]
        for row in rows.indices.dropFirst() where isBefore(rows[row], rows[row - 1]) {
            if starts.count == runsMax { return false }
            starts.append(row)
        }
        while starts.count > 1 {
            var merged: [PackedKeys.Row] = []
            merged.reserveCapacity(rows.count)
            var left: [Int] = []
            for run in stride(from: 0, to: starts.count, by: 2) {
                left.append(starts[run])
                let middle = run + 1 < starts.count ? starts[run + 1] : rows.count
                let end = run + 2 < starts.count ? starts[run + 2] : rows.count
                append(rows[starts[run]..<middle], rows[middle..<end], to: &merged, by: isBefore)
            }
            (rows, starts) = (merged, left)
        }
        return true
    }

    /// Appends two runs as one.
    private static func append(
        _ left: ArraySlice<PackedKeys.Row>, _ right: ArraySlice<PackedKeys.Row>,
        to merged: inout [PackedKeys.Row], by isBefore: (PackedKeys.Row, PackedKeys.Row) -> Bool
    ) {
        var next = left.startIndex
        for row in right {
            while next < left.endIndex, !isBefore(row, left[next]) {
                merged.append(left[next])
                next += 1
            }
            merged.append(row)
        }
        merged += left[next...]
    }
}
