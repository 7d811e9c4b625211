// Rows of a segment that an index says may match: ascending ranges that do not touch. Ranges close
// to each other are joined, because passing over a few rows costs less than starting again.

import SpanModel

/// Row numbers of a segment.
struct RowRanges: Equatable {
    private(set) var ranges: [Range<Int>] = []

    /// Rows between two wanted ones that are read along with them.
    private static let gapMax = 1_024

    /// The union of ranges in any order.
    init(_ parts: [Range<Int>]) {
        for part in parts.sorted(by: { $0.lowerBound < $1.lowerBound }) where !part.isEmpty {
            if let last = ranges.last, part.lowerBound - last.upperBound <= Self.gapMax {
                ranges[ranges.count - 1] =
                    last.lowerBound..<max(last.upperBound, part.upperBound)
            } else {
                ranges.append(part)
            }
        }
    }

    /// Rows in all ranges.
    var rowCount: Int { ranges.reduce(0) { $0 + $1.count } }

    /// The parts of the ranges that lie in `rows`.
    func within(_ rows: Range<Int>) -> [Range<Int>] {
        let first = ranges.indices.partitionPoint { ranges[$0].upperBound <= rows.lowerBound }
        return ranges[first...].prefix { $0.lowerBound < rows.upperBound }
            .map { $0.clamped(to: rows) }
    }
}
