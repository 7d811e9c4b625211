// A total order of rows by several columns: nulls last in both directions, NaN after every number
// in both directions, strings and identifiers by the bytes of their text.
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

        package init(_ values: ColumnVector, descending: Bool = false) {
            self.values = values
            isDescending = descending
        }
    }

    /// The numbers 0 ..< `count` in order of `terms`; rows equal in all terms keep their order.
    package static func sorted(count: Int, by terms: [Term]) -> [UInt32] {
        let rows = Array(0..<UInt32(count))
        let keys = terms.map { Key($0, count: count) }
        guard let first = keys.first else { return rows }
        if keys.count == 1, first.isSorted { return rows }
        return rows.sorted { left, right in
            for key in keys {
                let (leftClass, rightClass) = (key.classes[Int(left)], key.classes[Int(right)])
                if leftClass != rightClass { return leftClass < rightClass }
                let (leftRank, rightRank) = (key.ranks[Int(left)], key.ranks[Int(right)])
                if leftRank != rightRank { return leftRank < rightRank }
            }
            return left < right
        }
    }

    /// One term as integers: class 0 values, 1 NaN, 2 null; then the rank, reversed if descending.
    private struct Key {
        var ranks: [Int64]
        var classes: [UInt8]

        init(_ term: Term, count: Int) {
            classes = Array(repeating: 0, count: count)
            switch term.values {
            case .null, .text:
                ranks = Array(repeating: 0, count: count)
                classes = Array(repeating: 2, count: count)
            case .integer(let vector):
                ranks = vector.values
                setNulls(vector.validity)
            case .float(let vector):
                ranks = vector.values.map(OrderedDouble.key)
                for row in ranks.indices where ranks[row] == OrderedDouble.nan { classes[row] = 1 }
                setNulls(vector.validity)
            case .string(let vector):
                let order = vector.dictionary.ranks()
                ranks = vector.codes.map {
                    $0 == StringVector.nullCode ? 0 : Int64(order[Int($0)])
                }
                for row in ranks.indices where vector.codes[row] == StringVector.nullCode {
                    classes[row] = 2
                }
            case .identifier(let vector):
                ranks = vector.ranks()
                for row in ranks.indices where vector.range(row).isEmpty { classes[row] = 2 }
            }
            if term.isDescending { for row in ranks.indices { ranks[row] = ~ranks[row] } }
            for row in ranks.indices where classes[row] != 0 { ranks[row] = 0 }
        }

        var isSorted: Bool {
            for row in ranks.indices.dropFirst() {
                if (classes[row - 1], ranks[row - 1]) > (classes[row], ranks[row]) { return false }
            }
            return true
        }

        private mutating func setNulls(_ validity: [UInt8]?) {
            guard let validity else { return }
            for row in validity.indices where validity[row] == 0 { classes[row] = 2 }
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
