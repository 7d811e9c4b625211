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

/// Quantiles of values given in any order.
package enum Quantiles {
    /// Quantiles (each 0…1) of integers, permuted in place. Empty when there are no values.
    package static func integers(
        _ values: UnsafeMutableBufferPointer<Int64>, at quantiles: [Double],
        method: QuantileMethod
    ) -> [Double] {
        neighbours(values, at: quantiles, method: method).map {
            interpolate(Double($0.lower), Double($0.upper), $0.fraction)
        }
    }

    /// Quantiles of doubles given as `OrderedDouble` keys, permuted in place. NaN is the greatest
    /// value. Empty when there are no values.
    package static func doubles(
        _ keys: UnsafeMutableBufferPointer<Int64>, at quantiles: [Double], method: QuantileMethod
    ) -> [Double] {
        neighbours(keys, at: quantiles, method: method).map {
            interpolate(
                OrderedDouble.value($0.lower), OrderedDouble.value($0.upper), $0.fraction)
        }
    }

    private struct Neighbours {
        var lower: Int64
        var upper: Int64
        var fraction: Double
    }

    private static func neighbours(
        _ values: UnsafeMutableBufferPointer<Int64>, at quantiles: [Double],
        method: QuantileMethod
    ) -> [Neighbours] {
        let count = values.count
        guard count > 0 else { return [] }
        let positions = quantiles.map { position($0, count: count, method: method) }
        var ranks: [Int] = []
        for position in positions {
            ranks.append(position.rank)
            if position.fraction > 0 { ranks.append(position.rank + 1) }
        }
        Selection.select(values, ranks: ranks.sorted())
        return positions.map { position in
            Neighbours(
                lower: values[position.rank],
                upper: values[position.fraction > 0 ? position.rank + 1 : position.rank],
                fraction: position.fraction)
        }
    }

    private static func position(
        _ quantile: Double, count: Int, method: QuantileMethod
    ) -> (rank: Int, fraction: Double) {
        let clamped = min(max(quantile, 0), 1)
        switch method {
        case .index:
            return (min(count - 1, Int(Double(count) * clamped)), 0)
        case .interpolated:
            let exact = Double(count - 1) * clamped
            let rank = min(count - 1, Int(exact))
            let fraction = rank == count - 1 ? 0 : exact - Double(rank)
            return (rank, fraction)
        }
    }

    private static func interpolate(_ lower: Double, _ upper: Double, _ fraction: Double) -> Double
    {
        // Equal neighbours need no arithmetic, which keeps infinities.
        lower == upper || fraction == 0 ? lower : lower + (upper - lower) * fraction
    }
}
