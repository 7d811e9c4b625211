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

/// Quantiles of values given in any order.
package enum Quantiles {
    /// The quantiles at some positions of integers, which are permuted in place.
    package static func integers(
        _ values: UnsafeMutableBufferPointer<Int64>, at positions: [QuantilePosition]
    ) -> [Double] {
        select(values, positions)
        return positions.map {
            interpolate(
                Double(values[$0.ranks.lowerBound]), Double(values[$0.ranks.upperBound]),
                $0.fraction)
        }
    }

    /// The quantiles at some positions of doubles given as `OrderedDouble` keys, which are permuted
    /// in place. NaN is the greatest value.
    package static func doubles(
        _ keys: UnsafeMutableBufferPointer<Int64>, at positions: [QuantilePosition]
    ) -> [Double] {
        select(keys, positions)
        return positions.map {
            interpolate(
                OrderedDouble.value(keys[$0.ranks.lowerBound]),
                OrderedDouble.value(keys[$0.ranks.upperBound]), $0.fraction)
        }
    }

    private static func select(
        _ values: UnsafeMutableBufferPointer<Int64>, _ positions: [QuantilePosition]
    ) {
        var ranks: [Int] = []
        for position in positions { ranks.append(contentsOf: position.ranks) }
        Selection.select(values, ranks: ranks.sorted())
    }

    private static func interpolate(_ lower: Double, _ upper: Double, _ fraction: Double) -> Double
    {
        // Equal neighbours need no arithmetic, which keeps infinities.
        lower == upper || fraction == 0 ? lower : lower + (upper - lower) * fraction
    }
}
