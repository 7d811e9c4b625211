// Rows → group numbers 0, 1, 2 … in order of first appearance. While rows come in order of their keys, as
// sorted tables have them, groups are told by where keys change (`OrderedGroups`); from the first rows on that
// do not, they are looked up (`HashedGroups`), which gives the groups so far the numbers they have.

import SpanColumns
import SpanModel

/// Numbers the groups of a query.
struct Grouping {
    private let operands: [Operand]
    /// In use until rows come out of order; nil from then on, and where no key can ascend.
    private var ordered: OrderedGroups?
    private var hashed: HashedGroups
    private let lookedUpMax: Int

    /// `lookedUpMax`: groups told by their order that may be looked up from some row on.
    init(_ operands: [Operand], types: [ColumnType], lookedUpMax: Int = .max) {
        self.operands = operands
        self.lookedUpMax = lookedUpMax
        ordered = OrderedGroups(operands, types: types)
        hashed = HashedGroups(operands, types: types)
    }

    /// Groups so far. Without keys there is one group even when there is no row.
    var count: Int { ordered?.count ?? hashed.count }

    /// Bytes that all of it takes.
    var heldBytes: Int { ordered?.heldBytes ?? hashed.heldBytes }

    /// The groups of an evaluator's rows. Throws `limitExceeded` beyond `groupsMax` groups, or for too much
    /// memory.
    mutating func groups(
        in evaluator: RowEvaluator, groupsMax: Int
    ) throws(StoreError) -> [UInt32] {
        if ordered != nil {
            if let groups = try ordered?.groups(in: evaluator) {
                try checkLimits(groupsMax)
                return groups
            }
            try lookUp()
        }
        var keys: [ColumnVector] = []
        for operand in operands { keys.append(try evaluator.vector(operand)) }
        let groups = hashed.groups(keys, rowCount: evaluator.rowCount)
        try checkLimits(groupsMax)
        return groups
    }

    /// The groups of rows by their keys, a vector for each. Throws `limitExceeded` beyond `groupsMax`
    /// groups.
    mutating func groups(
        _ keys: [ColumnVector], rowCount: Int, groupsMax: Int
    ) throws(StoreError) -> [UInt32] {
        try lookUp()
        let groups = hashed.groups(keys, rowCount: rowCount)
        try checkLimits(groupsMax)
        return groups
    }

    /// Takes in all groups of another grouping by the same keys; returns this one's groups by the
    /// other's. Throws `limitExceeded` beyond `groupsMax` groups.
    mutating func merge(_ other: Grouping, groupsMax: Int) throws(StoreError) -> [UInt32] {
        let merged = try merged(other)
        try checkLimits(groupsMax)
        return merged
    }

    private mutating func merged(_ other: Grouping) throws(StoreError) -> [UInt32] {
        guard let theirs = other.ordered else {
            try lookUp()
            return hashed.merge(other.hashed)
        }
        if ordered != nil, let groups = ordered?.merge(theirs) { return groups }
        try lookUp()
        try checkLookedUp(theirs)
        return hashed.groups(theirs.keys(), rowCount: theirs.count)
    }

    /// Gives up on the order. Groups are distinct, so that looked up in turn they keep their numbers.
    private mutating func lookUp() throws(StoreError) {
        guard let known = ordered else { return }
        try checkLookedUp(known)
        ordered = nil
        if known.count > 0 { _ = hashed.groups(known.keys(), rowCount: known.count) }
    }

    /// Throws `limitExceeded` where looking groups up would take too much memory.
    private func checkLookedUp(_ groups: OrderedGroups) throws(StoreError) {
        guard groups.count <= lookedUpMax else {
            throw .limitExceeded(
                limit: QueryMemory.limit, value: groups.count, maximum: lookedUpMax)
        }
    }

    private func checkLimits(_ groupsMax: Int) throws(StoreError) {
        guard count <= groupsMax else {
            throw .limitExceeded(limit: "groups", value: count, maximum: groupsMax)
        }
    }

    /// The key columns of all groups, in group order.
    func keys() -> [ColumnVector] { ordered?.keys() ?? hashed.keys() }

    /// All groups in ascending order of their keys, as runs of group numbers; nil when that is not known
    /// without sorting them.
    func runsInOrder() -> [Range<Int>]? { ordered?.runsInOrder() }
}
