// Selection without a full sort: introselect over several ranks at once, on 64-bit integers.
// Doubles are selected through `OrderedDouble` keys. The partition is branch-free (every element
// is swapped, only the boundary's step depends on the comparison), which on unpredictable data
// costs a third of a branching one.
// Cost: about 2n comparisons for one rank, O(n log n) in the worst case.

/// Puts values at given ranks where a full sort would put them.
package enum Selection {
    private static let sortedRunMax = 16

    /// Permutes `values` so that each of `ranks` (ascending, in range) holds the value that a sort
    /// would put there.
    package static func select(_ values: UnsafeMutableBufferPointer<Int64>, ranks: [Int]) {
        ranks.withUnsafeBufferPointer { select(values, ranks: $0) }
    }

    /// The same with ranks that lie anywhere.
    static func select(
        _ values: UnsafeMutableBufferPointer<Int64>, ranks: UnsafeBufferPointer<Int>
    ) {
        let depth = 2 * (Int.bitWidth - values.count.leadingZeroBitCount)
        select(values, 0..<values.count, ranks, ranks.indices, depth: depth)
    }

    /// `wanted` are the places of the ranks that lie in `bounds`.
    private static func select(
        _ values: UnsafeMutableBufferPointer<Int64>, _ bounds: Range<Int>,
        _ ranks: UnsafeBufferPointer<Int>, _ wanted: Range<Int>, depth: Int
    ) {
        var range = bounds
        var wanted = wanted
        var depth = depth
        while !wanted.isEmpty {
            if range.count <= sortedRunMax {
                return insertionSort(UnsafeMutableBufferPointer(rebasing: values[range]))
            }
            if depth == 0 {
                values[range].sort()
                return
            }
            depth -= 1
            let pivot = medianOfThree(values, range)
            let middle = partition(values, range, below: pivot)
            if middle == range.lowerBound {
                // The pivot is the least value: set all its equals aside.
                let next =
                    pivot == .max
                    ? range.upperBound : partition(values, range, below: pivot &+ 1)
                wanted = first(of: wanted, in: ranks, from: next)..<wanted.upperBound
                range = next..<range.upperBound
                continue
            }
            let upper = first(of: wanted, in: ranks, from: middle)
            select(
                values, range.lowerBound..<middle, ranks, wanted.lowerBound..<upper, depth: depth)
            wanted = upper..<wanted.upperBound
            range = middle..<range.upperBound
        }
    }

    /// The first of the places whose rank is not below `least`; the end of them if none is.
    @inline(__always)
    private static func first(
        of places: Range<Int>, in ranks: UnsafeBufferPointer<Int>, from least: Int
    ) -> Int {
        var place = places.lowerBound
        while place < places.upperBound, ranks[place] < least { place &+= 1 }
        return place
    }

    /// Sorts a few values: each next one goes past all sorted ones, and at every place the greater of the two
    /// goes on. That is twice as many steps as stopping where it belongs, but none depends on a branch.
    static func insertionSort(_ values: UnsafeMutableBufferPointer<Int64>) {
        let count = values.count
        guard count > 1, let values = values.baseAddress else { return }
        for next in 1..<count {
            var value = values[next]
            for place in 0..<next {
                let other = values[place]
                values[place] = min(other, value)
                value = max(other, value)
            }
            values[next] = value
        }
    }

    /// Moves values below `pivot` to the front; returns where the others begin.
    @inline(__always)
    private static func partition(
        _ values: UnsafeMutableBufferPointer<Int64>, _ range: Range<Int>, below pivot: Int64
    ) -> Int {
        var boundary = range.lowerBound
        for index in range {
            let value = values[index]
            values[index] = values[boundary]
            values[boundary] = value
            boundary &+= Int(truncatingIfNeeded: unsafeBitCast(value < pivot, to: UInt8.self))
        }
        return boundary
    }

    private static func medianOfThree(
        _ values: UnsafeMutableBufferPointer<Int64>, _ range: Range<Int>
    ) -> Int64 {
        let first = values[range.lowerBound]
        let middle = values[range.lowerBound + range.count / 2]
        let last = values[range.upperBound - 1]
        return max(min(first, middle), min(max(first, middle), last))
    }
}

/// Doubles as integers of the same order, so that one kernel serves both.
package enum OrderedDouble {
    /// The key of NaN: after +Inf.
    package static let nan = Int64.max

    /// An integer that orders as the double does; −0 equals 0, every NaN is `nan`.
    @inlinable
    package static func key(_ value: Double) -> Int64 {
        if value.isNaN { return nan }
        let bits = Int64(bitPattern: (value + 0.0).bitPattern)
        return bits ^ ((bits >> 63) & Int64.max)
    }

    /// The double of a key.
    @inlinable
    package static func value(_ key: Int64) -> Double {
        Double(bitPattern: UInt64(bitPattern: key ^ ((key >> 63) & Int64.max)))
    }
}
