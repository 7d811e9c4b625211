// From how many values of a group lie in each cell: which cells hold the wanted ranks, and where these are
// among the values of such cells alone.
// Cost: about 0.1 µs a group.

import SpanSketch

/// Which cells hold the wanted ranks of some groups.
struct CellSearch {
    /// By group: a bit for each cell whose values are wanted.
    private(set) var wanted: [UInt32] = []
    /// By group and quantile, among the values of the wanted cells.
    private(set) var positions: [QuantilePosition] = []
    private(set) var isPresent: [Bool] = []
    /// Values of the wanted cells.
    private(set) var keptCount = 0

    /// `counts` by worker, then by group and cell.
    init(
        _ counts: [[UInt32]], _ groups: Range<Int>, _ quantiles: [Double], _ method: QuantileMethod
    ) {
        let cellCount = MagnitudeScale.cellCount
        var known = QuantilePositions(quantiles, method)
        let none = QuantilePosition(0, count: 1, method: method)
        positions.reserveCapacity(groups.count * quantiles.count)
        wanted.reserveCapacity(groups.count)
        isPresent.reserveCapacity(groups.count)
        withUnsafeTemporaryAllocation(of: Int.self, capacity: 2 * cellCount + 1) { room in
            room.initialize(repeating: 0)
            let below = UnsafeMutableBufferPointer(rebasing: room[...cellCount])
            let leftOut = UnsafeMutableBufferPointer(rebasing: room[(cellCount + 1)...])
            for group in groups {
                for cell in 0..<cellCount { below[cell + 1] = 0 }
                for part in counts {
                    part.withUnsafeBufferPointer { part in
                        let first = group &* cellCount
                        for cell in 0..<cellCount { below[cell &+ 1] &+= Int(part[first &+ cell]) }
                    }
                }
                for cell in 0..<cellCount { below[cell &+ 1] &+= below[cell] }
                isPresent.append(below[cellCount] > 0)
                guard below[cellCount] > 0 else {
                    positions += repeatElement(none, count: quantiles.count)
                    wanted.append(0)
                    continue
                }
                append(known.of(count: below[cellCount]), below, leftOut)
            }
        }
    }

    /// Appends a group whose values below each cell are `below`; `leftOut` is room for as many numbers.
    private mutating func append(
        _ wantedPositions: [QuantilePosition], _ below: UnsafeMutableBufferPointer<Int>,
        _ leftOut: UnsafeMutableBufferPointer<Int>
    ) {
        var bits: UInt32 = 0
        var cell = 0
        let first = positions.count
        for position in wantedPositions {
            for rank in position.ranks {
                // Ranks mostly ascend.
                if below[cell] > rank { cell = 0 }
                while below[cell &+ 1] <= rank { cell &+= 1 }
                bits |= 1 &<< UInt32(truncatingIfNeeded: cell)
            }
        }
        var left = 0
        for cell in leftOut.indices {
            leftOut[cell] = left
            let isWanted = Int(truncatingIfNeeded: bits &>> UInt32(truncatingIfNeeded: cell) & 1)
            left &+= (below[cell &+ 1] &- below[cell]) & (isWanted &- 1)
        }
        keptCount += below[below.count - 1] - left
        wanted.append(bits)
        positions += wantedPositions
        // A wanted rank goes down by the values below it that are left out.
        cell = 0
        for place in first..<positions.count {
            let rank = positions[place].rank
            if below[cell] > rank { cell = 0 }
            while below[cell &+ 1] <= rank { cell &+= 1 }
            positions[place].rank = rank - leftOut[cell]
        }
    }
}
