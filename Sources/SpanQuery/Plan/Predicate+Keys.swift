// What conditions on `attributes['key']` say of the key's values, for pruning: tests of the text, of the
// text cast to a number, and of null.

import SpanColumns
import SpanModel
import SpanSketch

extension Operand {
    /// The key whose text this casts to an integer or a double; nil when it is anything else.
    var castKey: Operand? {
        guard case .computed(let expression) = self, case .cast = expression.function,
            expression.type == .int64 || expression.type == .float64,
            case .attribute? = expression.arguments.first
        else { return nil }
        return expression.arguments.first
    }
}

extension Predicate {
    /// The bound that a single condition on a key states; nil when it states none.
    func keyBound(in columns: [ColumnType]) -> ColumnBound? {
        switch self {
        // A cast may be null where the text is not.
        case .isNull(let operand) where operand.castKey == nil:
            return Self.bound(operand, .isNull)
        case .not(.isNull(let operand)): return Self.bound(operand, .isPresent)
        case .compare(let operand, let comparison, let literal):
            return Self.bound(
                operand, Self.condition(operand, comparison, [literal], in: columns))
        case .isIn(let operand, let literals):
            return Self.bound(operand, Self.condition(operand, .equal, literals, in: columns))
        default: return nil
        }
    }

    private static func bound(_ operand: Operand, _ condition: KeyCondition) -> ColumnBound? {
        guard case .attribute(let column, let key) = operand.castKey ?? operand else { return nil }
        return .key(column: column, key: key, condition)
    }

    /// What holds where the operand compares so with one of the literals.
    private static func condition(
        _ operand: Operand, _ comparison: Comparison, _ literals: [Literal],
        in columns: [ColumnType]
    ) -> KeyCondition {
        if operand.castKey == nil {
            let texts = literals.compactMap { if case .string(let text) = $0 { text } else { nil } }
            return comparison == .equal ? .textIn(texts) : .isPresent
        }
        let isDouble = operand.type(in: columns) == .float64
        var ranges: [ClosedRange<Int64>] = []
        for literal in literals where literal != .null {
            let test = isDouble ? doubleTest(comparison, literal) : IntegerTest(comparison, literal)
            guard let test, !test.isNegated else { return .isPresent }
            if let range = test.range { ranges.append(range) }
        }
        return isDouble ? .doubleIn(ranges) : .integerIn(ranges)
    }

    /// A comparison of doubles as one of their keys.
    private static func doubleTest(_ comparison: Comparison, _ literal: Literal) -> IntegerTest? {
        switch literal {
        case .integer(let value): IntegerTest(comparison, OrderedDouble.key(Double(value)))
        case .float(let value): IntegerTest(comparison, OrderedDouble.key(value))
        case .string, .null: nil
        }
    }
}
