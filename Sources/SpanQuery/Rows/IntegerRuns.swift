// Rows ordered by integers that lie in a few runs which are in order already, as those of one series do:
// no key is made for them.
// Cost: about 1 ns a row, and a search for each row of every second run.

import SpanColumns

/// Ascending integer terms without nulls.
struct IntegerRuns {
    private let first: [Int64]
    private let others: [[Int64]]

    /// Nil when a term is anything else.
    init?(_ terms: [RowOrder.Term]) {
        var columns: [[Int64]] = []
        for term in terms {
            guard case .integer(let vector) = term.values, vector.validity == nil,
                !term.isDescending
            else { return nil }
            columns.append(vector.values)
        }
        guard let first = columns.first else { return nil }
        self.first = first
        others = Array(columns.dropFirst())
    }

    /// The numbers 0 ..< `count` in order, equal ones in theirs; nil when they lie in many runs.
    func sorted(_ count: Int) -> [UInt32]? {
        var rows = SelectionVector.all(count)
        let areFewRuns = first.withUnsafeBufferPointer { first in
            RunMerge.sort(&rows) { left, right in
                let (one, other) = (first[Int(left)], first[Int(right)])
                return one != other ? one < other : isBefore(left, right)
            }
        }
        return areFewRuns ? rows : nil
    }

    /// Whether no term tells two rows apart.
    func areEqual(_ left: UInt32, _ right: UInt32) -> Bool {
        first[Int(left)] == first[Int(right)]
            && others.allSatisfy { $0[Int(left)] == $0[Int(right)] }
    }

    /// The order of two rows that are equal in the first term.
    private func isBefore(_ left: UInt32, _ right: UInt32) -> Bool {
        for column in others where column[Int(left)] != column[Int(right)] {
            return column[Int(left)] < column[Int(right)]
        }
        return left < right
    }
}
