// The obvious way to answer a plan: a row at a time, with optionals, dictionaries and sorting. Slow
// and clear; property tests compare the engine with it.

import SpanColumns
import SpanModel
import SpanQuery
import SpanSketch
import SpanTesting

/// Answers plans over a `MemoryTable` naively.
struct NaiveQuery {
    let batch: ColumnBatch
    let rows: [Int]

    init(_ table: MemoryTable, view: View) {
        batch = table.batch
        rows = view == .raw ? Array(0..<table.batch.rowCount) : table.liveRows().map(Int.init)
    }

    func value(_ operand: Operand, _ row: Int) -> Cell {
        switch operand {
        case .column(let column): return Cell(batch.columns[column], row)
        case .difference(let left, let right):
            guard let left = value(left, row).integer, let right = value(right, row).integer
            else { return .null }
            return .integer(left - right)
        case .sumOfPresent(let parts):
            let present = parts.compactMap { value($0, row).integer }
            return present.isEmpty ? .null : .integer(present.reduce(0, +))
        case .coalesce(let parts):
            return parts.map { value($0, row) }.first { !$0.isNull } ?? .null
        case .quotient(let part, let divisor):
            return value(part, row).integer.map { .float(Double($0) / divisor) } ?? .null
        case .attribute, .timeBucket, .computed: return .null
        }
    }

    /// True, false, or nil for unknown.
    func test(_ predicate: Predicate, _ row: Int) -> Bool? {
        switch predicate {
        case .always: return true
        case .isNull(let operand): return value(operand, row).isNull
        case .isFinite(let operand):
            switch value(operand, row) {
            case .null: return nil
            case .float(let value): return value.isFinite
            case .integer, .string: return true
            }
        case .compare(let operand, let comparison, let literal):
            return compare(value(operand, row), literal).map { holds(comparison, $0) }
        case .isIn(let operand, let literals):
            let cell = value(operand, row)
            if cell.isNull { return nil }
            let orders = literals.map { compare(cell, $0) }
            if orders.contains(0) { return true }
            return orders.contains(nil) ? nil : false
        case .like, .contains, .compareOperands, .certain: return nil
        case .and(let parts):
            let verdicts = parts.map { test($0, row) }
            if verdicts.contains(false) { return false }
            return verdicts.contains(nil) ? nil : true
        case .or(let parts):
            let verdicts = parts.map { test($0, row) }
            if verdicts.contains(true) { return true }
            return verdicts.contains(nil) ? nil : false
        case .not(let part): return test(part, row).map { !$0 }
        }
    }

    private func compare(_ cell: Cell, _ literal: Literal) -> Int? {
        switch (cell, literal) {
        case (.null, _), (_, .null): nil
        case (.integer(let left), .integer(let right)): left < right ? -1 : left > right ? 1 : 0
        case (.integer(let left), .float(let right)): order(Double(left), right)
        case (.float(let left), .integer(let right)): order(left, Double(right))
        case (.float(let left), .float(let right)): order(left, right)
        case (.string(let left), .string(let right)):
            left == right ? 0 : left.utf8.lexicographicallyPrecedes(right.utf8) ? -1 : 1
        default: nil
        }
    }

    private func order(_ left: Double, _ right: Double) -> Int {
        if left.isNaN || right.isNaN { return left.isNaN ? (right.isNaN ? 0 : 1) : -1 }
        return left < right ? -1 : left > right ? 1 : 0
    }

    private func holds(_ comparison: Comparison, _ order: Int) -> Bool {
        switch comparison {
        case .equal: order == 0
        case .notEqual: order != 0
        case .less: order < 0
        case .lessOrEqual: order <= 0
        case .greater: order > 0
        case .greaterOrEqual: order >= 0
        }
    }

    /// The groups of a plan: key cells → rows, arrival order.
    func groups(_ plan: Plan) -> [[Cell]: [Int]] {
        var groups: [[Cell]: [Int]] = plan.outputs.isEmpty ? [[]: []] : [:]
        for row in rows where test(plan.filter, row) == true {
            groups[plan.outputs.map { value($0.operand, row) }, default: []].append(row)
        }
        return groups
    }

    /// The results of an aggregate over rows.
    func results(_ aggregate: Aggregate, _ rows: [Int]) -> [Cell] {
        let rows = rows.filter { test(aggregate.filter, $0) == true }
        func present(_ operand: Operand) -> [Cell] {
            rows.map { value(operand, $0) }.filter { !$0.isNull }
        }
        func integers(_ operand: Operand) -> [Int64] { present(operand).compactMap(\.integer) }
        switch aggregate.function {
        case .count: return [.integer(Int64(rows.count))]
        case .countValues(let operand): return [.integer(Int64(present(operand).count))]
        case .countDistinct(let operands):
            let tuples = rows.map { row in operands.map { value($0, row) } }
            return [.integer(Int64(Set(tuples.filter { !$0.contains(.null) }).count))]
        case .sum(let operand):
            let values = integers(operand)
            return [values.isEmpty ? .null : .integer(values.reduce(0, +))]
        case .mean(let operand):
            let values = integers(operand)
            return [
                values.isEmpty
                    ? .null : .float(Double(values.reduce(0, +)) / Double(values.count))
            ]
        case .minimum(let operand), .maximum(let operand):
            let cells = present(operand).sorted { compare($0, $1) < 0 }
            if case .minimum = aggregate.function { return [cells.first ?? .null] }
            return [cells.last ?? .null]
        case .quantiles(let operand, let at, .index):
            let values = integers(operand).sorted()
            return at.map { quantile in
                values.isEmpty
                    ? .null
                    : .float(
                        Double(
                            values[min(values.count - 1, Int(Double(values.count) * quantile))]))
            }
        case .first(let values, let by):
            let ordered = rows.filter { !value(by[0], $0).isNull }.sorted { left, right in
                for operand in by {
                    let order = compare(value(operand, left), value(operand, right))
                    if order != 0 { return order < 0 }
                }
                return false
            }
            return values.map { value in ordered.first.map { self.value(value, $0) } ?? .null }
        case .distinctList(let operand):
            let texts = Set(present(operand).compactMap(\.string)).sorted {
                $0.utf8.lexicographicallyPrecedes($1.utf8)
            }
            return [.string("[" + texts.map { "\"\($0)\"" }.joined(separator: ",") + "]")]
        case .standardDeviation, .variance, .quantiles, .discreteQuantile, .last, .highestRanked,
            .pooledMean, .pooledDeviation:
            return []
        }
    }

    private func compare(_ left: Cell, _ right: Cell) -> Int {
        switch (left, right) {
        case (.null, .null): 0
        case (.null, _): 1
        case (_, .null): -1
        case (.integer(let left), .integer(let right)): left < right ? -1 : left > right ? 1 : 0
        case (.float(let left), .float(let right)): order(left, right)
        case (.string(let left), .string(let right)):
            left == right ? 0 : left.utf8.lexicographicallyPrecedes(right.utf8) ? -1 : 1
        default: 0
        }
    }
}
