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
        case comparison(OperandComparison)
        case and([PredicateFilter])
        case or([PredicateFilter])
        case not(PredicateFilter)
        case certain(PredicateFilter)
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
        case .certain(let part):
            let filter = try PredicateFilter(part, types: types)
            (node, cost) = (.certain(filter), filter.cost)
        case .compareOperands(let left, let comparison, let right):
            node = .comparison(
                OperandComparison(left: left, comparison: comparison, right: right))
            cost = max(left.cost(in: types), right.cost(in: types))
        case .compare, .isIn, .isNull, .isFinite, .like, .contains:
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
        case .leaf, .comparison, .or, .not, .certain: false
        }
    }

    /// An evaluator of just `rows` of another one, which are where the predicate is true: columns that it
    /// leaves one string need not be read.
    func narrowed(
        _ evaluator: RowEvaluator, to rows: [UInt32]
    ) throws(StoreError) -> RowEvaluator {
        let part = evaluator.narrowed(to: rows)
        if part !== evaluator { try setConstants(of: part, in: evaluator) }
        return part
    }

    private func setConstants(
        of part: RowEvaluator, in whole: RowEvaluator
    ) throws(StoreError) {
        switch node {
        case .leaf(let leaf):
            guard let (column, string) = try leaf.constant(in: whole) else { return }
            part.set(column, string)
        case .and(let parts):
            for filter in parts { try filter.setConstants(of: part, in: whole) }
        case .always, .comparison, .or, .not, .certain: return
        }
    }

    /// The rows where the predicate is true; nil: all of them, as bounds and dictionaries tell.
    func matches(in evaluator: RowEvaluator) throws(StoreError) -> [UInt32]? {
        switch node {
        case .always: return nil
        case .leaf(let leaf):
            guard let isAll = try leaf.verdict(wanted: true, in: evaluator) else {
                return try tested(leaf, evaluator.allRows, wanted: true, evaluator)
            }
            return isAll ? nil : []
        case .and(let parts):
            var left: [UInt32]?
            for part in parts where left?.isEmpty != true {
                if let rows = left {
                    left = try part.select(rows, in: evaluator)
                } else {
                    left = try part.matches(in: evaluator)
                }
            }
            return left
        case .comparison, .or, .not, .certain:
            return try select(evaluator.allRows, in: evaluator)
        }
    }

    /// Those of `rows` (ascending) where the predicate is true (`wanted`) or false.
    func select(
        _ rows: [UInt32], wanted: Bool = true, in evaluator: RowEvaluator
    ) throws(StoreError) -> [UInt32] {
        switch (node, wanted) {
        case (.always, true): return rows
        case (.always, false): return []
        case (.leaf(let leaf), _):
            if let isAll = try leaf.verdict(wanted: wanted, in: evaluator) {
                return isAll ? rows : []
            }
            return try tested(leaf, rows, wanted: wanted, evaluator)
        case (.comparison(let comparison), _):
            return try inPieces(rows, true) { (rows) throws(StoreError) in
                try comparison.select(rows, wanted: wanted, in: evaluator)
            }
        case (.certain(let part), true): return try part.select(rows, in: evaluator)
        case (.certain(let part), false):
            return SelectionVector.subtract(try part.select(rows, in: evaluator), from: rows)
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

    /// What a look at the values of `rows` selects.
    private func tested(
        _ leaf: PredicateLeaf, _ rows: [UInt32], wanted: Bool, _ evaluator: RowEvaluator
    ) throws(StoreError) -> [UInt32] {
        let isKept = try isKept(leaf.operand, evaluator)
        return try inPieces(rows, leaf.operand.isComputed && !isKept) {
            (rows) throws(StoreError) in
            try leaf.tested(rows, wanted: wanted, in: evaluator)
        }
    }

    /// Whether an operand is numbers that storage keeps, so that no text is made for it.
    private func isKept(
        _ operand: Operand, _ evaluator: RowEvaluator
    ) throws(StoreError) -> Bool {
        guard let key = operand.castKey else { return false }
        return try evaluator.numbers(key) != nil
    }

    /// Texts that are made by functions are made for some thousand rows at a time, so that a
    /// condition on them holds no more of them in memory.
    private func inPieces(
        _ rows: [UInt32], _ isComputed: Bool,
        _ select: ([UInt32]) throws(StoreError) -> [UInt32]
    ) throws(StoreError) -> [UInt32] {
        guard isComputed, cost >= Operand.textCost, rows.count > Self.pieceRows else {
            return try select(rows)
        }
        var hits: [UInt32] = []
        for start in stride(from: 0, to: rows.count, by: Self.pieceRows) {
            hits += try select(Array(rows[start..<min(start + Self.pieceRows, rows.count)]))
        }
        return hits
    }

    private static let pieceRows = 4_096
}
