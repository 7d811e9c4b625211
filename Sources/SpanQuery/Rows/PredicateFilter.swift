// Applies a predicate to the rows of a row group: selection vector in, selection vector out.
// Three-valued logic needs no third value: `select(wanted:)` returns the rows where the predicate
// is certainly true, or certainly false, and unknown rows are in neither. Cheap conditions run
// first, so that JSON and text are read only for rows that are still in question.

import SpanColumns
import SpanModel

/// A predicate bound to the types of a table. Keeps per-dictionary results between row groups, so
/// one thread at a time.
final class PredicateFilter {
    private enum Node {
        case always
        case leaf(PredicateLeaf)
        case and([PredicateFilter])
        case or([PredicateFilter])
        case not(PredicateFilter)
    }

    private let node: Node
    private let cost: Int

    /// Throws `invalidArgument` when a literal cannot be compared with its operand.
    init(_ predicate: Predicate, types: [ColumnType]) throws(StoreError) {
        switch predicate {
        case .always:
            (node, cost) = (.always, 0)
        case .and(let parts):
            let filters = try Self.sorted(parts, types)
            (node, cost) = (.and(filters), filters.last?.cost ?? 0)
        case .or(let parts):
            let filters = try Self.sorted(parts, types)
            (node, cost) = (.or(filters), filters.last?.cost ?? 0)
        case .not(let part):
            let filter = try PredicateFilter(part, types: types)
            (node, cost) = (.not(filter), filter.cost)
        case .compare, .isIn, .isNull, .isFinite, .like:
            let leaf = try PredicateLeaf(predicate, types: types)
            (node, cost) = (.leaf(leaf), leaf.operand.cost(in: types))
        }
    }

    private static func sorted(
        _ parts: [Predicate], _ types: [ColumnType]
    ) throws(StoreError) -> [PredicateFilter] {
        var filters: [PredicateFilter] = []
        for part in parts { filters.append(try PredicateFilter(part, types: types)) }
        return filters.sorted { $0.cost < $1.cost }
    }

    /// Whether every row passes.
    var isAlways: Bool {
        switch node {
        case .always: true
        case .and(let parts): parts.allSatisfy(\.isAlways)
        case .leaf, .or, .not: false
        }
    }

    /// Those of `rows` (ascending) where the predicate is true (`wanted`) or false.
    func select(
        _ rows: [UInt32], wanted: Bool = true, in evaluator: RowEvaluator
    ) throws(StoreError) -> [UInt32] {
        switch (node, wanted) {
        case (.always, true): return rows
        case (.always, false): return []
        case (.leaf(let leaf), _): return try leaf.select(rows, wanted: wanted, in: evaluator)
        case (.not(let part), _):
            return try part.select(rows, wanted: !wanted, in: evaluator)
        case (.and(let parts), true), (.or(let parts), false):
            var left = rows
            for part in parts where !left.isEmpty {
                left = try part.select(left, wanted: wanted, in: evaluator)
            }
            return left
        case (.or(let parts), true), (.and(let parts), false):
            var left = rows
            var found: [UInt32] = []
            for part in parts where !left.isEmpty {
                let hits = try part.select(left, wanted: wanted, in: evaluator)
                found.append(contentsOf: hits)
                left = SelectionVector.subtract(hits, from: left)
            }
            return found.sorted()
        }
    }
}
