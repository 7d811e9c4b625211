// A comparison of two operands, row by row. Doubles compare by their ordered keys (NaN equals NaN
// and is greater than every number), texts by their bytes.

import SpanColumns
import SpanModel
import SpanSketch

/// A bound comparison of two operands.
struct OperandComparison {
    let left: Operand
    let comparison: Comparison
    let right: Operand

    /// Those of `rows` where the comparison is true (`wanted`) or false; a null is in neither.
    func select(
        _ rows: [UInt32], wanted: Bool, in evaluator: RowEvaluator
    ) throws(StoreError) -> [UInt32] {
        let leftType = left.type(in: evaluator.types)
        let rightType = right.type(in: evaluator.types)
        let expressions = ExpressionEvaluator(evaluator: evaluator, rows: rows)
        switch (leftType.form, rightType.form) {
        case (.integer, .integer):
            if leftType == rightType || (leftType != .money && rightType != .money) {
                return select(
                    try expressions.integers(left), try expressions.integers(right), rows, wanted)
            }
            return try selectFloats(expressions, wanted)
        case (.integer, .float), (.float, .integer), (.float, .float):
            return try selectFloats(expressions, wanted)
        case (.integer, _), (.float, _), (_, .integer), (_, .float):
            throw .invalidArgument(
                name: "sql",
                reason: "\(leftType.sqlName) does not compare with \(rightType.sqlName)")
        default: return try selectTexts(expressions, wanted)
        }
    }

    private func selectFloats(
        _ expressions: ExpressionEvaluator, _ wanted: Bool
    ) throws(StoreError) -> [UInt32] {
        let keys = [try expressions.floats(left), try expressions.floats(right)].map {
            IntegerVector(values: $0.values.map(OrderedDouble.key), validity: $0.validity)
        }
        return select(keys[0], keys[1], expressions.rows, wanted)
    }

    private func select(
        _ left: IntegerVector, _ right: IntegerVector, _ rows: [UInt32], _ wanted: Bool
    ) -> [UInt32] {
        let comparison = comparison
        let validity = Validity.both(left.validity, right.validity)
        return rows.filter { row in
            guard validity?[Int(row)] != 0 else { return false }
            let (first, second) = (left.values[Int(row)], right.values[Int(row)])
            return comparison.holds(first < second ? -1 : first > second ? 1 : 0) == wanted
        }
    }

    private func selectTexts(
        _ expressions: ExpressionEvaluator, _ wanted: Bool
    ) throws(StoreError) -> [UInt32] {
        let rows = expressions.rows
        var texts = [[UInt8]?](repeating: nil, count: expressions.rowCount)
        var byteCount = 0
        try TextRows.forEach(try expressions.vector(right), rows, { Array($0) }) {
            (row, text) throws(StoreError) in
            byteCount += text.count
            guard byteCount <= Limits.expressionBytesMax else {
                throw .limitExceeded(
                    limit: "bytes of compared text", value: byteCount,
                    maximum: Limits.expressionBytesMax)
            }
            texts[row] = text
        }
        var hits: [UInt32] = []
        try TextRows.forEach(try expressions.vector(left), rows, { Array($0) }) { row, text in
            guard let other = texts[row] else { return }
            let order = text.withUnsafeBytes { BytesOrder.compare($0, other) }
            if comparison.holds(order) == wanted { hits.append(UInt32(row)) }
        }
        return hits
    }
}
