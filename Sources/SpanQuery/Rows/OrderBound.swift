// A place in the order of a query, between its rows, and which rows lie between two such places: what a part of
// many ordered rows is. Terms are looked at until one tells a row from the place.
// Cost: about 3 ns a row and place where the first term is a number.

import SpanColumns
import SpanModel

/// The place of one row.
struct OrderBound {
    private let terms: [OrderTerm]
    /// By term: the row's value, in a vector of its own.
    private let values: [ColumnVector]

    init(_ terms: [OrderTerm], _ values: [ColumnVector]) {
        self.terms = terms
        self.values = values
    }

    /// By row of `evaluator`: −1 before the place, 0 at it, 1 behind it.
    fileprivate func orders(_ evaluator: RowEvaluator) throws(StoreError) -> [Int8] {
        var orders = [Int8](repeating: 0, count: evaluator.rowCount)
        var tied = evaluator.allRows
        for (term, value) in zip(terms, values) {
            let vector = try evaluator.narrowed(to: tied).vector(term.operand)
            let (rows, bound) = Self.ordered(vector, value)
            let keys = OrderKey(term.rowOrder(rows), count: tied.count)
            let key = OrderKey(term.rowOrder(bound), count: 1)
            var rest: [UInt32] = []
            for (place, row) in tied.enumerated() {
                let order = keys.order(of: place, to: key)
                orders[Int(row)] = order
                if order == 0 { rest.append(row) }
            }
            if rest.isEmpty { break }
            tied = rest
        }
        return orders
    }

    /// Vectors that order as some values and one other do: of texts and identifiers, how they lie to it.
    private static func ordered(
        _ values: ColumnVector, _ bound: ColumnVector
    ) -> (values: ColumnVector, bound: ColumnVector) {
        switch values {
        case .string(let vector):
            guard let text = bound.bytes else { return (values.presence, bound.presence) }
            let orders = vector.codes.map { code in
                code == StringVector.nullCode
                    ? nil : vector.dictionary.withBytes(code) { BytesOrder.compare($0, text) }
            }
            return (integers(orders), integers([0]))
        case .identifier(let vector):
            guard let packed = bound.bytes else { return (values.presence, bound.presence) }
            let orders = (0..<vector.count).map { row in
                vector.withBytes(row) {
                    $0.isEmpty ? nil : BytesOrder.compareIdentifiers($0, packed)
                }
            }
            return (integers(orders), integers([0]))
        case .null, .integer, .float, .text: return (values, bound)
        }
    }

    /// A range that the first term's values of rows from one place to another lie in, where these are integers
    /// of a column.
    static func range(_ lower: OrderBound, _ upper: OrderBound) -> ColumnBound? {
        guard let term = lower.terms.first, case .column(let column) = term.operand,
            let first = lower.firstInteger, let last = upper.firstInteger
        else { return nil }
        return .integerRange(column: column, min(first, last)...max(first, last))
    }

    private var firstInteger: Int64? {
        guard case .integer(let vector)? = values.first, vector.validity?[0] != 0 else {
            return nil
        }
        return vector.values[0]
    }

    fileprivate static func integers(_ values: [Int?]) -> ColumnVector {
        .integer(
            IntegerVector(
                values: values.map { Int64($0 ?? 0) },
                validity: values.map { $0 == nil ? 0 : 1 }.asValidity))
    }
}

/// The rows from one place of an order to before another; nil: the first rows, or the last.
struct OrderWindow {
    let lower: OrderBound?
    let upper: OrderBound?

    /// What a scan may leave out row groups by.
    var columnBound: ColumnBound? {
        guard let lower, let upper else { return nil }
        return OrderBound.range(lower, upper)
    }

    /// The part of an evaluator's rows that lies in the window.
    func rows(_ evaluator: RowEvaluator) throws(StoreError) -> [UInt32] {
        var rows = evaluator.allRows
        if let lower {
            let orders = try lower.orders(evaluator)
            rows = rows.filter { orders[Int($0)] >= 0 }
        }
        if let upper, !rows.isEmpty {
            let orders = try upper.orders(evaluator.narrowed(to: rows))
            rows = zip(rows, orders).filter { $1 < 0 }.map(\.0)
        }
        return rows
    }
}

extension ColumnVector {
    /// The bytes of the only row; nil: null.
    fileprivate var bytes: [UInt8]? {
        switch self {
        case .string(let vector):
            let code = vector.codes[0]
            return code == StringVector.nullCode
                ? nil : Array(vector.dictionary.bytes[vector.dictionary.range(code)])
        case .identifier(let vector): return vector.bytes.isEmpty ? nil : vector.bytes
        case .null, .integer, .float, .text: return nil
        }
    }

    /// 0 where there is a value, else null.
    fileprivate var presence: ColumnVector {
        switch self {
        case .string(let vector):
            OrderBound.integers(vector.codes.map { $0 == StringVector.nullCode ? nil : 0 })
        case .identifier(let vector):
            OrderBound.integers((0..<vector.count).map { vector.range($0).isEmpty ? nil : 0 })
        case .null, .integer, .float, .text: self
        }
    }
}
