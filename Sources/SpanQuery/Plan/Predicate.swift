// Conditions with SQL's three-valued logic: a comparison with null is neither true nor false, and
// a row is selected only where the whole condition is true.

import SpanColumns
import SpanModel

/// How a comparison orders its two sides.
package enum Comparison: Hashable, Sendable {
    case equal, notEqual, less, lessOrEqual, greater, greaterOrEqual
}

/// A constant of a condition. Instants are integers in nanoseconds, money in picodollars,
/// identifiers are strings as people write them.
package enum Literal: Hashable, Sendable {
    case integer(Int64)
    case float(Double)
    case string(String)
    case null
}

/// A condition on a row.
package indirect enum Predicate: Hashable, Sendable {
    case always
    case compare(Operand, Comparison, Literal)
    /// Two operands: both numbers, both bool, both instants or both texts of any kind.
    case compareOperands(Operand, Comparison, Operand)
    /// Equal to one of the literals; a null among them never matches and makes "not in" unknown.
    case isIn(Operand, [Literal])
    case isNull(Operand)
    /// A double that is neither NaN nor infinite.
    case isFinite(Operand)
    /// SQL's LIKE: `%` any run, `_` any character.
    case like(Operand, pattern: String, ignoringCase: Bool)
    /// A text that holds another.
    case contains(Operand, String)
    /// True where the condition is true, else false: IS TRUE.
    case certain(Predicate)
    case and([Predicate])
    case or([Predicate])
    case not(Predicate)

    /// From `start` to before `end`; a nil side is open.
    package static func window(_ operand: Operand, from start: Int64?, to end: Int64?) -> Predicate
    {
        var parts: [Predicate] = []
        if let start { parts.append(.compare(operand, .greaterOrEqual, .integer(start))) }
        if let end { parts.append(.compare(operand, .less, .integer(end))) }
        return .and(parts)
    }

    /// Whether every row is selected, as far as the form tells.
    package var isTrivial: Bool {
        switch self {
        case .always: true
        case .and(let parts): parts.allSatisfy(\.isTrivial)
        default: false
        }
    }

    /// The bounds that every selected row satisfies, for `ColumnSource.rowGroups`.
    package func bounds(in columns: [ColumnType]) -> [ColumnBound] {
        switch self {
        case .and(let parts): parts.flatMap { $0.bounds(in: columns) }
        case .compare(.column(let column), let comparison, let literal):
            Self.bound(column, columns[column], comparison, [literal]).map { [$0] } ?? []
        case .isIn(.column(let column), let literals):
            Self.bound(column, columns[column], .equal, literals).map { [$0] } ?? []
        default: keyBound(in: columns).map { [$0] } ?? []
        }
    }

    /// The same where a row that satisfies all bounds is surely selected; nil when that takes more.
    package func exactBounds(in columns: [ColumnType]) -> [ColumnBound]? {
        switch self {
        case .always: return []
        case .and(let parts):
            var bounds: [ColumnBound] = []
            for part in parts {
                guard let more = part.exactBounds(in: columns) else { return nil }
                bounds += more
            }
            return bounds
        case .compare(.column(let column), _, _), .isIn(.column(let column), _):
            let form = columns[column].form
            let bounds = bounds(in: columns)
            return form == .integer || form == .string ? bounds.isEmpty ? nil : bounds : nil
        default: return nil
        }
    }

    private static func bound(
        _ column: Int, _ type: ColumnType, _ comparison: Comparison, _ literals: [Literal]
    ) -> ColumnBound? {
        switch type.form {
        case .integer:
            guard literals.count == 1,
                let range = IntegerTest(comparison, literals[0])?.hull
            else { return nil }
            return .integerRange(column: column, range)
        case .string:
            let texts = literals.compactMap { if case .string(let text) = $0 { text } else { nil } }
            return comparison == .equal && texts.count == literals.count
                ? .stringIn(column: column, texts) : nil
        case .identifier:
            guard comparison == .equal, literals.count == 1, case .string(let text) = literals[0],
                let packed = PackedIdentifier.pack(text)
            else { return nil }
            return .identifierEquals(column: column, packed: packed)
        case .float, .text: return nil
        }
    }
}

/// A comparison of integers as "inside a closed range" or its negation.
struct IntegerTest {
    /// Nil: no value.
    var range: ClosedRange<Int64>?
    var isNegated = false

    /// The range that surely holds every match; nil when unbounded or empty.
    var hull: ClosedRange<Int64>? { isNegated ? nil : range }

    /// Nil when the literal is no number, so that nothing compares with it.
    init?(_ comparison: Comparison, _ literal: Literal) {
        switch literal {
        case .integer(let value): self.init(comparison, value)
        case .float(let value): self.init(comparison, value)
        case .string, .null: return nil
        }
    }

    init(_ comparison: Comparison, _ value: Int64) {
        switch comparison {
        case .equal: range = value...value
        case .notEqual: (range, isNegated) = (value...value, true)
        case .less: range = value == .min ? nil : .min...(value - 1)
        case .lessOrEqual: range = .min...value
        case .greater: range = value == .max ? nil : (value + 1)...(.max)
        case .greaterOrEqual: range = value...(.max)
        }
    }

    /// Against a double: 2.5 bounds integers by its neighbours, NaN is greater than every integer.
    init(_ comparison: Comparison, _ value: Double) {
        if let exact = Int64(exactly: value) {
            self.init(comparison, exact)
            return
        }
        // The greatest integer below the value; nil when all are above it.
        let floor: Int64? =
            value.isNaN || value >= 0x1p63
            ? .max : value < -0x1p63 ? nil : Int64(value.rounded(.down))
        let isBelow = comparison == .less || comparison == .lessOrEqual
        switch comparison {
        case .equal: self.init(range: nil)
        case .notEqual: self.init(range: nil, isNegated: true)
        case .less, .lessOrEqual, .greater, .greaterOrEqual:
            if let floor {
                self.init(isBelow ? .lessOrEqual : .greater, floor)
            } else {
                self.init(range: isBelow ? nil : .min...(.max))
            }
        }
    }

    private init(range: ClosedRange<Int64>?, isNegated: Bool = false) {
        self.range = range
        self.isNegated = isNegated
    }
}
