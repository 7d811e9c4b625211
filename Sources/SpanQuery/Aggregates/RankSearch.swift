// From the counts of several sets of rank codes: which codes hold the values of wanted ranks. The sets
// part the values at different boundaries, so a rank is first put between two boundaries of the
// fullest set; then every set gives all codes that reach into that interval.
// Cost: about 0.2 µs per set and group.

import SpanColumns
import SpanModel

/// Searches the counts of several sets.
struct RankSearch {
    private let tables: [RankCounts]
    /// Tables, from this one on, whose values are all at hand.
    private let keptFrom: Int
    /// By table, then by cut: codes that lie wholly below it, and codes that reach below it. Cuts
    /// are the boundaries of the fullest table, with one before all values and one behind.
    private let whole: [[Int]]
    private let partial: [[Int]]
    private let cutCount: Int

    /// A search in `tables`, of which there must be some.
    init(_ tables: [RankCounts], keptFrom: Int) {
        self.tables = tables
        self.keptFrom = keptFrom
        let cuts = Self.fullest(tables).values
        cutCount = cuts.count + 2
        whole = tables.map { table in
            let positions = Self.positions(of: cuts, in: table.bounds.values) { $0 <= $1 }
            return [0] + positions + [table.bounds.values.count + 1]
        }
        partial = tables.map { table in
            let positions = Self.positions(of: cuts, in: table.bounds.values) { $0 < $1 }
            return [0] + positions.map { $0 + 1 } + [table.bounds.values.count + 1]
        }
    }

    /// The bounds of the table with the most values.
    static func fullest(_ tables: [RankCounts]) -> RankBounds {
        let counts = tables.map(\.valueCount)
        return tables[counts.firstIndex(of: counts.max() ?? 0) ?? 0].bounds
    }

    /// For each cut, the number of boundaries that are before it.
    private static func positions(
        of cuts: [Int64], in bounds: [Int64], where isBefore: (Int64, Int64) -> Bool
    ) -> [Int] {
        var place = 0
        return cuts.map { cut in
            while place < bounds.count, isBefore(bounds[place], cut) { place += 1 }
            return place
        }
    }

    /// The counts of a group, ready to be searched.
    func group(_ group: Int) -> Group {
        Group(search: self, below: tables.map { $0.below(of: group) })
    }

    /// Where the value of a rank is.
    struct Found {
        /// By table, the codes that hold the value and whatever lies near it: values of lower codes
        /// are below it, values of higher codes above.
        let codes: [Range<Int>]
        /// The value's rank among the values of all codes found and all that are at hand.
        let rank: Int
    }

    /// One group's counts.
    struct Group {
        fileprivate let search: RankSearch
        /// By table and code.
        fileprivate let below: [[Int]]

        /// Values of the group.
        var count: Int { below.reduce(0) { $0 + $1[$1.count - 1] } }

        /// Where some ranks are, which ascend and lie below the count.
        func find(_ ranks: [Int]) -> [Found] {
            var found: [Found] = []
            for rank in ranks {
                let codes = codes(holding: rank)
                let missing = (0..<search.keptFrom).reduce(0) {
                    $0 + valuesMissing(table: $1, below: codes[$1].lowerBound, found)
                }
                found.append(Found(codes: codes, rank: rank - missing))
            }
            return found
        }

        private func codes(holding rank: Int) -> [Range<Int>] {
            // The last cut that is surely not above the value, and the first that is above it.
            let low = search.firstCut { sum(search.partial, $0) > rank } - 1
            let high = search.firstCut { sum(search.whole, $0) > rank }
            return below.indices.map { table in
                let start = search.whole[table][low]
                return start..<max(start, search.partial[table][high])
            }
        }

        private func sum(_ codes: [[Int]], _ cut: Int) -> Int {
            below.indices.reduce(0) { $0 + below[$1][codes[$1][cut]] }
        }

        /// Values of codes below `end` that are not among the codes found before.
        private func valuesMissing(table: Int, below end: Int, _ found: [Found]) -> Int {
            let below = below[table]
            var missing = below[end]
            var next = 0
            for range in found.lazy.map({ $0.codes[table] }) {
                let part = max(next, range.lowerBound)..<max(next, range.upperBound)
                missing -= below[min(part.upperBound, end)] - below[min(part.lowerBound, end)]
                next = part.upperBound
            }
            return missing
        }
    }

    /// The first cut for which a test, once true always true, is true; the last one at most.
    private func firstCut(where isReached: (Int) -> Bool) -> Int {
        (0..<max(0, cutCount - 1)).partitionPoint { !isReached($0) }
    }
}
