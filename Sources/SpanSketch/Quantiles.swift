// Exact quantiles under a named definition. The result depends on the multiset of values alone,
// never on their order or on how rows were split.
// Cost: one selection pass for all quantiles together.

/// How a quantile between two values is defined.
package enum QuantileMethod: String, Sendable, CaseIterable {
    /// SQL's PERCENTILE_CONT: position (n−1)·q, linear between neighbours.
    case interpolated
    /// sorted[min(n−1, ⌊n·q⌋)]: always a value that occurs.
    case index
}

/// Where a quantile lies among sorted values: at a rank, or between it and the next one.
package struct QuantilePosition: Sendable, Equatable {
    /// The place in sorted order, from 0.
    package var rank: Int
    /// How far towards the next value, 0 ..< 1.
    package let fraction: Double

    /// The position of `quantile`, clamped to 0…1, among `count` values, of which there must be some.
    package init(_ quantile: Double, count: Int, method: QuantileMethod) {
        let clamped = min(max(quantile, 0), 1)
        switch method {
        case .index:
            rank = min(count - 1, Int(Double(count) * clamped))
            fraction = 0
        case .interpolated:
            let exact = Double(count - 1) * clamped
            let rank = min(count - 1, Int(exact))
            self.rank = rank
            fraction = rank == count - 1 ? 0 : exact - Double(rank)
        }
    }

    /// The ranks whose values the quantile is made of.
    package var ranks: ClosedRange<Int> { rank...(fraction > 0 ? rank + 1 : rank) }
}

extension QuantilePosition {
    /// The quantile at this position among values, of which those at `ranks` are in their places;
    /// doubles are `OrderedDouble` keys, among which NaN is the greatest.
    package func value(
        among values: UnsafeBufferPointer<Int64>, areDoubles: Bool
    ) -> Double {
        let (lower, upper) = (values[ranks.lowerBound], values[ranks.upperBound])
        return areDoubles
            ? interpolate(OrderedDouble.value(lower), OrderedDouble.value(upper))
            : interpolate(Double(lower), Double(upper))
    }

    private func interpolate(_ lower: Double, _ upper: Double) -> Double {
        // Equal neighbours need no arithmetic, which keeps infinities.
        lower == upper || fraction == 0 ? lower : lower + (upper - lower) * fraction
    }
}

/// Quantiles of values given in any order.
package enum Quantiles {
    /// Values up to which sorting them all is cheaper.
    private static let sortedMax = 24

    /// Permutes `values` so that those at the ranks of `positions` are in their places.
    package static func select(
        _ values: UnsafeMutableBufferPointer<Int64>,
        _ positions: UnsafeBufferPointer<QuantilePosition>
    ) {
        if values.count <= sortedMax { return Selection.insertionSort(values) }
        // There may be many groups, none of which should cost an allocation.
        withUnsafeTemporaryAllocation(of: Int.self, capacity: 2 * positions.count) { ranks in
            var count = 0
            for position in positions {
                for rank in position.ranks {
                    // Most often they come in order.
                    var place = count
                    while place > 0, ranks[place - 1] > rank {
                        ranks.initializeElement(at: place, to: ranks[place - 1])
                        place -= 1
                    }
                    ranks.initializeElement(at: place, to: rank)
                    count += 1
                }
            }
            Selection.select(values, ranks: UnsafeBufferPointer(rebasing: ranks[..<count]))
        }
    }
}
