// One description for every question: SQL, the named commands and the HTTP routes all build it.
// Without aggregates and keys a plan returns rows, with them groups.

import SpanModel

/// What to read and how to answer.
package struct Plan: Sendable {
    /// A named result column.
    package struct Output: Sendable {
        package let name: String
        package let operand: Operand

        package init(_ name: String, _ operand: Operand) {
            self.name = name
            self.operand = operand
        }
    }

    /// A result column to order by. Nulls are last either way.
    package struct Order: Sendable, Equatable {
        package let name: String
        package let isDescending: Bool

        package init(_ name: String, descending: Bool = false) {
            self.name = name
            isDescending = descending
        }
    }

    /// An operand to order rows by. NaN is the greatest number.
    package struct Sort: Sendable, Hashable {
        package let operand: Operand
        package let isDescending: Bool
        package let nullsFirst: Bool

        package init(_ operand: Operand, descending: Bool = false, nullsFirst: Bool = false) {
            self.operand = operand
            isDescending = descending
            self.nullsFirst = nullsFirst
        }
    }

    package var table: TableSchema
    package var view: View
    package var filter: Predicate
    /// Result columns of rows, or the keys of groups.
    package var outputs: [Output]
    /// Nil: the result is rows.
    package var aggregates: [Aggregate]?
    /// A condition on groups; `.column(n)` is the n-th result column.
    package var having: Predicate = .always
    /// Groups: ties are broken by all keys. Rows: ties are broken by `tieBreak`.
    package var order: [Order] = []
    /// Groups only: what will be made of the result; groups that this leaves out need not be in it.
    package var projection: Projection?
    /// Rows only: what `order` cannot name; comes before it.
    package var sort: [Sort] = []
    /// Ascending operands that make the order of rows total; arrival is always the last.
    package var tieBreak: [Operand] = []
    package var offset = 0
    package var limit: Int?
    /// Rows only: whether the result tells the arrival of its last row when the limit cuts rows off.
    package var tellsLastArrival = false

    package init(
        table: TableSchema, view: View = .dedup, filter: Predicate = .always,
        outputs: [Output], aggregates: [Aggregate]? = nil
    ) {
        self.table = table
        self.view = view
        self.filter = filter
        self.outputs = outputs
        self.aggregates = aggregates
    }
}
