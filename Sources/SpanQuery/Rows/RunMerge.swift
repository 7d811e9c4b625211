// A sort of rows that lie in order but for a few places, as rows of a few sorted segments do.
// Cost: a look at each row when they are in order; else for each doubling of the runs a copy, and a search for
// each row of every second run.

import SpanModel

/// Merges the runs in which rows lie.
enum RunMerge {
    private static let runsMax = 8

    /// Whether there were few runs; they are one then, otherwise nothing has changed. `isBefore` orders
    /// any two rows.
    @inline(__always)
    static func sort<Row: BitwiseCopyable>(
        _ rows: inout [Row], by isBefore: (Row, Row) -> Bool
    ) -> Bool {
        var starts = [0]
        for row in rows.indices.dropFirst() where isBefore(rows[row], rows[row &- 1]) {
            if starts.count == runsMax { return false }
            starts.append(row)
        }
        while starts.count > 1 {
            let bounds = starts + [rows.count, rows.count]
            rows = rows.withUnsafeBufferPointer { rows in
                [Row](unsafeUninitializedCapacity: rows.count) { out, count in
                    for run in stride(from: 0, to: starts.count, by: 2) {
                        merge(
                            rows, bounds[run]..<bounds[run + 1],
                            bounds[run + 1]..<bounds[run + 2], into: out, by: isBefore)
                    }
                    count = rows.count
                }
            }
            starts = stride(from: 0, to: starts.count, by: 2).map { starts[$0] }
        }
        return true
    }

    /// Writes two neighbouring runs as one, to the same places.
    @inline(__always)
    private static func merge<Row: BitwiseCopyable>(
        _ rows: UnsafeBufferPointer<Row>, _ left: Range<Int>, _ right: Range<Int>,
        into out: UnsafeMutableBufferPointer<Row>, by isBefore: (Row, Row) -> Bool
    ) {
        var rest = left
        var place = left.lowerBound
        func write(_ part: Range<Int>) {
            place = out[place..<place + part.count].initialize(fromContentsOf: rows[part])
        }
        for other in right {
            let end = end(of: rows, rest, notBehind: rows[other], isBefore)
            write(rest.lowerBound..<end)
            write(other..<other + 1)
            rest = end..<rest.upperBound
        }
        write(rest)
    }

    /// Where those of a run end that are not behind a row: by strides that double, then by halves.
    @inline(__always)
    private static func end<Row: BitwiseCopyable>(
        of rows: UnsafeBufferPointer<Row>, _ run: Range<Int>, notBehind row: Row,
        _ isBefore: (Row, Row) -> Bool
    ) -> Int {
        var low = run.lowerBound
        var stride = 1
        while low + stride <= run.upperBound, !isBefore(row, rows[low + stride - 1]) {
            low += stride
            stride *= 2
        }
        return (low..<min(run.upperBound, low + stride - 1)).partitionPoint {
            !isBefore(row, rows[$0])
        }
    }
}
