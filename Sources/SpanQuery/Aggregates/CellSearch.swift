// From how many values of a group lie in each cell: which cells hold the wanted ranks, and where these are
// among the values of such cells alone.
// Cost: about 60 ns a group.

import SpanSketch

/// Which cells hold the wanted ranks of some groups.
struct CellSearch {
    /// By group: a bit for each cell whose values are wanted.
    private(set) var wanted: [UInt32] = []
    /// By group and quantile, among the values of the wanted cells.
    private(set) var positions: [QuantilePosition] = []
    private(set) var isPresent: [Bool] = []
    /// Values of all groups.
    private(set) var count = 0
    /// Values of the wanted cells.
    private(set) var keptCount = 0
    /// Places of the quantiles, the least one first.
    private let order: [Int]

    /// `counts` by worker, then by group and cell.
    init(
        _ counts: [[UInt16]], _ groups: Range<Int>, _ quantiles: [Double], _ method: QuantileMethod
    ) {
        let cellCount = MagnitudeScale.cellCount
        order = quantiles.indices.sorted { quantiles[$0] < quantiles[$1] }
        var known = QuantilePositions(quantiles, method)
        positions.reserveCapacity(groups.count * quantiles.count)
        wanted.reserveCapacity(groups.count)
        isPresent.reserveCapacity(groups.count)
        withUnsafeTemporaryAllocation(of: Int.self, capacity: cellCount + 1) { below in
            below.initialize(repeating: 0)
            for group in groups {
                Self.add(counts, first: group * cellCount, to: below)
                let count = below[cellCount]
                self.count += count
                isPresent.append(count > 0)
                let first = positions.count
                known.append(count: max(count, 1), to: &positions)
                wanted.append(count > 0 ? narrow(first, below) : 0)
            }
        }
    }

    /// Makes `below` the number of values below each cell of a group, and behind that of all.
    private static func add(
        _ counts: [[UInt16]], first: Int, to below: UnsafeMutableBufferPointer<Int>
    ) {
        for cell in below.indices { below[cell] = 0 }
        for part in counts {
            part.withUnsafeBufferPointer { part in
                for cell in 0..<below.count &- 1 {
                    below[cell &+ 1] &+= Int(part[first &+ cell])
                }
            }
        }
        for cell in 1..<below.count { below[cell] &+= below[cell &- 1] }
    }

    /// Moves the positions of a group, which lie from `first` on, to where they are among the values of the
    /// cells that hold a wanted rank; returns a bit for each of these. `below` are the values below each
    /// cell.
    private mutating func narrow(
        _ first: Int, _ below: UnsafeMutableBufferPointer<Int>
    ) -> UInt32 {
        var bits: UInt32 = 0
        var cell = 0
        // Values of wanted cells before this one.
        var kept = 0
        func size(_ cell: Int) -> Int {
            let isWanted = Int(truncatingIfNeeded: bits &>> UInt32(truncatingIfNeeded: cell) & 1)
            return (below[cell &+ 1] &- below[cell]) & (0 &- isWanted)
        }
        for place in order {
            let position = positions[first &+ place]
            while below[cell &+ 1] <= position.rank {
                kept &+= size(cell)
                cell &+= 1
            }
            // The next rank may lie behind, where the next position need not.
            var last = cell
            while below[last &+ 1] <= position.ranks.upperBound { last &+= 1 }
            bits |= 1 &<< UInt32(truncatingIfNeeded: cell) | 1 &<< UInt32(truncatingIfNeeded: last)
            positions[first &+ place].rank = kept &+ position.rank &- below[cell]
        }
        while bits &>> UInt32(truncatingIfNeeded: cell) > 0 {
            kept &+= size(cell)
            cell &+= 1
            if cell == MagnitudeScale.cellCount { break }
        }
        keptCount &+= kept
        return bits
    }
}
