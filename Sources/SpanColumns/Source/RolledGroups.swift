// A source's rollup of whole groups: entries that stand for all rows of their group, what an earlier
// moment of the table found out about others that have not changed since, entries that together stand
// for theirs, and the rows of the groups that are left.
// Order of calls: add up `addable`, work out each part of `rest`, then `keep` all results once.

import SpanModel

/// The groups of a table with entries in place of the rows of most.
package struct RolledGroups: Sendable {
    /// Row groups of `RollupSchema.table`.
    package let entries: [any RowGroup]
    /// Entries that count.
    package let entryCount: Int
    /// Groups that no entry stands for and whose results are known: the columns of the rollup. Nil: none
    /// are.
    package let known: ResultTable?
    /// Entries that are to be added up by group.
    package let addable: AddableGroups
    /// The rows of the groups that are left, as sources to be worked out one after the other: no group
    /// has rows in two of them.
    package let rest: [any ColumnSource]
    private let keeper: @Sendable (ResultTable) -> Void

    package init(
        entries: [any RowGroup], known: ResultTable?, addable: AddableGroups,
        rest: [any ColumnSource], keeper: @escaping @Sendable (ResultTable) -> Void
    ) throws(StoreError) {
        self.entries = entries
        self.known = known
        self.addable = addable
        self.rest = rest
        self.keeper = keeper
        entryCount = try entries.selectedCount()
    }

    /// Keeps the results of all groups that no entry stands for, those of `known` first, for later
    /// questions and moments.
    package func keep(_ results: ResultTable) { keeper(results) }
}

/// Entries of which those of one group together stand for all its rows.
package struct AddableGroups: Sendable {
    /// Row groups of `RollupSchema.table`.
    package let entries: [any RowGroup]
    /// The rows of those parts of groups (`GroupAddition`) that several entries have, a source for each
    /// place that has an entry.
    package let shared: [any ColumnSource]

    package init(entries: [any RowGroup], shared: [any ColumnSource]) {
        self.entries = entries
        self.shared = shared
    }
}
