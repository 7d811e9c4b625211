// Where the quantiles of many groups lie, in arrays without one for each group.

import SpanSketch

extension QuantilePosition {
    /// The positions of quantiles among so many values; none among none.
    static func of(
        _ quantiles: [Double], count: Int, _ method: QuantileMethod
    ) -> [QuantilePosition] {
        count == 0 ? [] : quantiles.map { QuantilePosition($0, count: count, method: method) }
    }
}

/// Positions of quantiles; those of small counts, which many groups share, are computed once.
struct QuantilePositions {
    private let quantiles: [Double]
    private let method: QuantileMethod
    /// By count and quantile.
    private var known: [QuantilePosition]
    /// By count.
    private var isKnown: [Bool]

    private static let knownMax = 256

    init(_ quantiles: [Double], _ method: QuantileMethod) {
        self.quantiles = quantiles
        self.method = method
        isKnown = Array(repeating: false, count: Self.knownMax)
        known = Array(
            repeating: QuantilePosition(0, count: 1, method: method),
            count: Self.knownMax * quantiles.count)
    }

    /// Appends the positions among so many values, of which there must be some.
    mutating func append(count: Int, to positions: inout [QuantilePosition]) {
        guard count < Self.knownMax else {
            positions += QuantilePosition.of(quantiles, count: count, method)
            return
        }
        let first = count * quantiles.count
        if !isKnown[count] {
            for (place, quantile) in quantiles.enumerated() {
                known[first + place] = QuantilePosition(quantile, count: count, method: method)
            }
            isKnown[count] = true
        }
        for place in first..<first + quantiles.count { positions.append(known[place]) }
    }
}

/// Positions of the quantiles of groups.
struct GroupedPositions {
    private let quantileCount: Int
    private let positions: [QuantilePosition]
    /// By group: whether it has values.
    private let isPresent: [Bool]

    /// `positions` by group and quantile; those of a group without values mean nothing.
    init(_ positions: [QuantilePosition], isPresent: [Bool], quantileCount: Int) {
        self.positions = positions
        self.isPresent = isPresent
        self.quantileCount = quantileCount
    }

    /// Those of some groups, which are counted from the first of these, in memory of their own.
    subscript(groups: Range<Int>) -> GroupedPositions {
        let places = groups.lowerBound * quantileCount..<groups.upperBound * quantileCount
        return GroupedPositions(
            Array(positions[places]), isPresent: Array(isPresent[groups]),
            quantileCount: quantileCount)
    }

    /// Appends the positions of a group; none without values.
    func append(_ group: Int, to found: inout [QuantilePosition]) {
        guard isPresent[group] else { return }
        for place in group * quantileCount..<(group + 1) * quantileCount {
            found.append(positions[place])
        }
    }
}
