// A total order of rows by several columns: nulls last in both directions unless a term says else,
// NaN after every number in both directions (or the greatest one), strings and identifiers by the
// bytes of their text.
// Cost: each column becomes integer ranks once, then one comparison sort.

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

    /// The numbers 0 ..< `count` in order of `terms`; rows equal in all terms keep their order.
    package static func sorted(count: Int, by terms: [Term]) -> [UInt32] {
        let rows = Array(0..<UInt32(count))
        let keys = terms.map { Key($0, count: count) }
        let isBefore: (UInt32, UInt32) -> Bool = { left, right in
            for key in keys {
                let (leftClass, rightClass) = (key.classes[Int(left)], key.classes[Int(right)])
                if leftClass != rightClass { return leftClass < rightClass }
                let (leftRank, rightRank) = (key.ranks[Int(left)], key.ranks[Int(right)])
                if leftRank != rightRank { return leftRank < rightRank }
            }
            return left < right
        }
        // Rows of one trace or series often come in order, and sorted groups are sorted again.
        let isSorted = rows.indices.dropFirst().allSatisfy { isBefore(rows[$0 - 1], rows[$0]) }
        return isSorted ? rows : rows.sorted(by: isBefore)
    }

    /// One term as integers: class 0 nulls that come first, 1 values, 2 NaN, 3 null; then the rank,
    /// reversed if descending.
    private struct Key {
        var ranks: [Int64]
        var classes: [UInt8]
        private static let values: UInt8 = 1
        private static let nan: UInt8 = 2
        private let null: UInt8

        init(_ term: Term, count: Int) {
            null = term.nullsFirst ? 0 : 3
            classes = Array(repeating: Self.values, count: count)
            switch term.values {
            case .null, .text:
                ranks = Array(repeating: 0, count: count)
                classes = Array(repeating: null, count: count)
            case .integer(let vector):
                ranks = vector.values
                setNulls(vector.validity)
            case .float(let vector):
                ranks = vector.values.map(OrderedDouble.key)
                for row in ranks.indices
                where !term.isNaNGreatest && ranks[row] == OrderedDouble.nan {
                    classes[row] = Self.nan
                }
                setNulls(vector.validity)
            case .string(let vector):
                let order = vector.dictionary.ranks()
                ranks = vector.codes.map {
                    $0 == StringVector.nullCode ? 0 : Int64(order[Int($0)])
                }
                for row in ranks.indices where vector.codes[row] == StringVector.nullCode {
                    classes[row] = null
                }
            case .identifier(let vector):
                ranks = vector.ranks()
                for row in ranks.indices where vector.range(row).isEmpty {
                    classes[row] = null
                }
            }
            if term.isDescending { for row in ranks.indices { ranks[row] = ~ranks[row] } }
            for row in ranks.indices where classes[row] != Self.values { ranks[row] = 0 }
        }

        private mutating func setNulls(_ validity: [UInt8]?) {
            guard let validity else { return }
            for row in validity.indices where validity[row] == 0 { classes[row] = null }
        }
    }
}

extension StringDictionary {
    /// The place of each code in the order of the strings' bytes; equal strings share one.
    func ranks() -> [UInt32] {
        bytes.withUnsafeBytes { bytes in
            let slices = (0..<UInt32(count)).map { code in
                UnsafeRawBufferPointer(rebasing: bytes[range(code)])
            }
            let order = slices.indices.sorted {
                slices[$0].lexicographicallyPrecedes(slices[$1])
            }
            var ranks = [UInt32](repeating: 0, count: slices.count)
            var rank: UInt32 = 0
            for (place, code) in order.enumerated() {
                if place > 0, !slices[order[place - 1]].elementsEqual(slices[code]) { rank += 1 }
                ranks[code] = rank
            }
            return ranks
        }
    }
}

extension IdentifierVector {
    /// The place of each row in the order of the identifiers' texts; equal ones share one.
    fileprivate func ranks() -> [Int64] {
        bytes.withUnsafeBytes { bytes in
            let slices = (0..<count).map { UnsafeRawBufferPointer(rebasing: bytes[range($0)]) }
            let order = slices.indices.sorted {
                PackedIdentifier.isLess(slices[$0], slices[$1])
            }
            var ranks = [Int64](repeating: 0, count: slices.count)
            var rank: Int64 = 0
            for (place, row) in order.enumerated() {
                if place > 0, !slices[order[place - 1]].elementsEqual(slices[row]) { rank += 1 }
                ranks[row] = rank
            }
            return ranks
        }
    }
}
