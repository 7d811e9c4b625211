// Many values of many groups, narrowed to those around the wanted ranks before they are laid out: values are
// counted by group and cell, the same cells of magnitude for all groups, so that the counts stay in a core's
// cache; they tell which cells of a group hold a wanted rank, and only values of these are kept: for three
// percentiles of durations of spans a fifth. Nothing is read again, as cells are noted by value.
// Cost: 3 ns a value, where laying out and selecting take 10 and more once values exceed the cache.

import SpanColumns
import SpanModel
import SpanSketch

/// Narrows the collected values of several workers to those that quantiles need.
struct QuantileCells {
    /// What is left.
    let kept: [CollectedValues]
    /// By group and quantile: where the wanted ranks are among what is left; none in groups without values.
    let places: GroupedPositions

    /// Values of a group from which this pays.
    private static let valuesPerGroupMin = 32
    /// Groups whose counts stay in a core's cache: 1 MiB.
    private static let groupsMax = 1 << 14

    /// Nil where it would not pay, as with fewer than `valuesMin` values, and where a worker has more of one
    /// group and cell than it can count.
    init?(
        _ sources: [CollectedValues], groupCount: Int, _ quantiles: [Double],
        _ method: QuantileMethod, valuesMin: Int, threads: Int
    ) throws(StoreError) {
        let valueCount = sources.reduce(0) { $0 + $1.count }
        guard valueCount >= valuesMin, groupCount <= Self.groupsMax,
            valueCount / Self.valuesPerGroupMin >= groupCount,
            let scale = MagnitudeScale(sources)
        else { return nil }
        let counted = try Parallel.map(sources.count, threads: threads) {
            CellCounts(sources[$0], scale, groupCount: groupCount)
        }
        let counts = counted.map(\.counts)
        let workers = max(1, min(threads, groupCount))
        let searches = try Parallel.map(workers) { worker in
            CellSearch(
                counts, Parallel.part(worker, of: workers, in: 0..<groupCount),
                quantiles, method)
        }
        // Where the cells of a group hold nearly all of its values, nothing is won.
        guard searches.reduce(0, { $0 + $1.keptCount }) * 4 <= valueCount * 3,
            searches.reduce(0, { $0 + $1.count }) == valueCount
        else { return nil }
        places = GroupedPositions(
            searches.flatMap(\.positions), isPresent: searches.flatMap(\.isPresent),
            quantileCount: quantiles.count)
        let wanted = searches.flatMap(\.wanted)
        kept = try Parallel.map(sources.count, threads: threads) {
            sources[$0].kept(counted[$0].cells, wanted)
        }
    }
}

/// The cells of one worker's values.
private struct CellCounts {
    /// By block of values.
    let cells: [[UInt8]]
    /// By group and cell. More than fit in one are missed in the total.
    let counts: [UInt16]

    init(_ source: CollectedValues, _ scale: MagnitudeScale, groupCount: Int) {
        var counts = [UInt16](repeating: 0, count: groupCount * MagnitudeScale.cellCount)
        cells = counts.withUnsafeMutableBufferPointer { counts in
            source.blocks.map { scale.count($0.values, $0.groups, counts) }
        }
        self.counts = source.renumbered(counts, each: MagnitudeScale.cellCount)
    }
}
