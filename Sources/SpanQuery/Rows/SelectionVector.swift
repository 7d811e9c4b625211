// Row numbers in ascending order. As many of them as a vector has rows are all of its rows, which
// is how kernels know that they need no list.

import SpanModel

/// Lists of rows.
enum SelectionVector {
    private static let first = Array(0..<UInt32(Limits.pageRowsMax))
    /// The list that is asked for all the time.
    private static let morsel = Array(first[..<Limits.morselRows])

    /// All numbers below `count`.
    static func all(_ count: Int) -> [UInt32] {
        if count == first.count { return first }
        if count == morsel.count { return morsel }
        return count < first.count ? Array(first[..<count]) : Array(0..<UInt32(count))
    }

    /// The numbers of `rows`, counted from their first, that are not among `excluded`, which ascend and
    /// are counted as `rows` are; nil: all of them.
    static func all(_ rows: Range<Int>, without excluded: [UInt32]) -> [UInt32]? {
        let start = position(of: UInt32(rows.lowerBound), in: excluded[...])
        let end = position(of: UInt32(rows.upperBound), in: excluded[start...])
        if start == end { return nil }
        return [UInt32](unsafeUninitializedCapacity: rows.count) { out, kept in
            var next = 0
            var row = 0
            for index in start...end {
                let stop = index < end ? Int(excluded[index]) - rows.lowerBound : rows.count
                for place in 0..<stop - row {
                    out[next &+ place] = UInt32(truncatingIfNeeded: row &+ place)
                }
                next += stop - row
                row = stop + 1
            }
            kept = next
        }
    }

    /// Whether every one of `rows` is in `all`.
    static func contains(_ all: [UInt32], _ rows: [UInt32]) -> Bool {
        if all.count == rows.count { return all == rows }
        guard rows.count < all.count else { return false }
        var next = 0
        for row in rows {
            while next < all.count, all[next] < row { next += 1 }
            guard next < all.count, all[next] == row else { return false }
        }
        return true
    }

    /// Rows of `all` that are not in `rows`.
    static func subtract(_ rows: [UInt32], from all: [UInt32]) -> [UInt32] {
        if rows.isEmpty { return all }
        var next = 0
        return all.filter { row in
            guard next < rows.count, rows[next] == row else { return true }
            next += 1
            return false
        }
    }

    /// Where a row is in `rows`, or would be; so of any values that ascend.
    static func position<Value: Comparable>(of row: Value, in rows: ArraySlice<Value>) -> Int {
        rows.indices.partitionPoint { rows[$0] < row }
    }

    /// Where each of `rows` is in `all`, which holds them.
    static func positions(of rows: [UInt32], in all: [UInt32]) -> [UInt32] {
        var next = 0
        return rows.map { row in
            while all[next] != row { next += 1 }
            return UInt32(next)
        }
    }
}
