// What a second scan collects for quantiles: the values of those rank codes that hold a wanted rank.

import SpanColumns

/// Which values a second scan collects.
struct QuantileRefinement: Sendable {
    let bounds: [RankBounds]
    let wanted: [WantedCodes]

    /// The same for groups by other numbers; `groups` says which of these they are.
    func renumbered(_ groups: [UInt32]) -> QuantileRefinement {
        QuantileRefinement(bounds: bounds, wanted: wanted.map { $0.renumbered(groups) })
    }

    /// The codes of a set of bounds whose values are wanted; nil: none are.
    func wanted(_ bounds: RankBounds) -> WantedCodes? {
        self.bounds.firstIndex { $0 === bounds }.map { wanted[$0] }
    }
}
