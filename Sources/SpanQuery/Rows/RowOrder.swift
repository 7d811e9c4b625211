// A total order of rows by several columns: nulls last in both directions unless a term says else,
// NaN after every number in both directions (or the greatest one), strings and identifiers by the
// bytes of their text.
// Cost: each column becomes integer ranks once, then one sort, mostly of single integers by their
// digits: 2 ns a row and 11 bits; the first few rows of many are selected in about 10 ns a row.

import SpanColumns
import SpanModel
import SpanSketch

/// Sorts row numbers by columns of equal length.
package enum RowOrder {
    /// A column to order by.
    package struct Term {
        package let values: ColumnVector
        package let isDescending: Bool
        package let nullsFirst: Bool
        /// NaN is the greatest number, as SQL has it, instead of last in both directions.
        package let isNaNGreatest: Bool

        package init(_ values: ColumnVector, descending: Bool = false) {
            self.values = values
            isDescending = descending
            nullsFirst = false
            isNaNGreatest = false
        }

        /// The order that SQL states.
        init(_ values: ColumnVector, _ sort: Plan.Sort) {
            self.values = values
            isDescending = sort.isDescending
            nullsFirst = sort.nullsFirst
            isNaNGreatest = true
        }
    }

    /// The numbers 0 ..< `count` in order of `terms`, or only the `first` of them; rows equal in all
    /// terms keep their order.
    package static func sorted(
        count: Int, by terms: [Term], first: Int? = nil
    ) -> [UInt32] {
        let wanted = min(count, first ?? count)
        if wanted <= 0 { return [] }
        let keys = terms.map { OrderKey($0, count: count) }
        let packed = PackedKeys(keys, count: count)
        if wanted == count, let runs = packed.runsInOrder() {
            return runs.flatMap { UInt32($0.lowerBound)..<UInt32($0.upperBound) }
        }
        return ordered(keys, packed, first: wanted).prefix(wanted).map(\.number)
    }

    /// Rows in order, and which of them no term tells apart.
    struct Leaders {
        fileprivate(set) var rows: [UInt32] = []
        /// Runs of `rows` that are equal in all terms.
        fileprivate(set) var ties: [Range<Int>] = []
    }

    /// The `first` of the numbers 0 ..< `count` in order of `terms`, with all that equal the last of
    /// them.
    static func leaders(count: Int, by terms: [Term], first: Int) -> Leaders {
        let wanted = min(count, first)
        if wanted <= 0 { return Leaders() }
        // Of many rows, the first few are rather selected.
        if wanted >= count / 4, let runs = IntegerRuns(terms), let rows = runs.sorted(count) {
            let (end, ties) = ties(count: count, wanted) { runs.areEqual(rows[$0 - 1], rows[$0]) }
            return Leaders(rows: end == count ? rows : Array(rows[..<end]), ties: ties)
        }
        let keys = terms.map { OrderKey($0, count: count) }
        let packed = PackedKeys(keys, count: count)
        let rows = ordered(keys, packed, first: wanted)
        let (end, ties) = ties(count: rows.count, wanted) { place in
            let (left, right) = (rows[place - 1], rows[place])
            guard left.key == right.key else { return false }
            return packed.isWhole || Self.comparison(left.number, right.number, keys) == 0
        }
        return Leaders(rows: rows[..<end].map(\.number), ties: ties)
    }

    /// The runs of tied rows among the `wanted` first of `count` ordered ones, and where those end that
    /// are not behind the last of these. `isTied` tells whether a place ties with the one before.
    @inline(__always)
    private static func ties(
        count: Int, _ wanted: Int, _ isTied: (Int) -> Bool
    ) -> (end: Int, ties: [Range<Int>]) {
        var ties: [Range<Int>] = []
        var start = 0
        for place in 1...count where place == count || !isTied(place) {
            if place - start > 1 { ties.append(start..<place) }
            start = place
            if place >= wanted { break }
        }
        return (start, ties)
    }

    /// The `first` rows in order, and maybe some behind them.
    private static func ordered(
        _ keys: [OrderKey], _ packed: PackedKeys, first: Int
    ) -> [PackedKeys.Row] {
        var rows = packed.candidates(first: first)
        // Rows of one trace or series often come in order, or in one order for each segment.
        if packed.isWhole {
            let areFewRuns = RunMerge.sort(&rows) { left, right in
                left.key != right.key ? left.key < right.key : left.number < right.number
            }
            if !areFewRuns { DigitSort.sort(&rows, bits: packed.bits) }
            return rows
        }
        let isBefore: (PackedKeys.Row, PackedKeys.Row) -> Bool = { left, right in
            if left.key != right.key { return left.key < right.key }
            let order = Self.comparison(left.number, right.number, keys)
            return order == 0 ? left.number < right.number : order < 0
        }
        if !RunMerge.sort(&rows, by: isBefore) { rows.sort(by: isBefore) }
        return rows
    }

    /// Below 0: left comes first; 0: no term tells them apart.
    private static func comparison(_ left: UInt32, _ right: UInt32, _ keys: [OrderKey]) -> Int {
        for key in keys {
            let (leftClass, rightClass) = (key.classes[Int(left)], key.classes[Int(right)])
            if leftClass != rightClass { return leftClass < rightClass ? -1 : 1 }
            let (leftRank, rightRank) = (key.ranks[Int(left)], key.ranks[Int(right)])
            if leftRank != rightRank { return leftRank < rightRank ? -1 : 1 }
        }
        return 0
    }
}
