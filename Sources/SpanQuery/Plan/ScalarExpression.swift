// Scalar expressions of SQL beyond what the named questions need: typed when they are made, so that
// evaluation never decides about types. Null in, null out, unless a case says otherwise.

import SpanModel

/// What an expression does with its arguments. "Numbers" are int64, money or float64; where the
/// expression's type is float64, every argument is read as a double (money in dollars).
package enum ScalarFunction: Hashable, Sendable {
    /// A constant without arguments.
    case constant(Literal)
    /// Numbers, and instants with nanoseconds. Integers throw when the result does not fit.
    case add, subtract, multiply
    /// Of doubles; by zero as IEEE 754 says.
    case divide
    /// Towards zero; null when the divisor is 0.
    case integerDivide
    /// The remainder with the dividend's sign; null when an integer divisor is 0.
    case modulo
    case negate, absolute, squareRoot, floor, ceiling
    /// To so many decimals, halves away from zero.
    case round(digits: Int)
    /// The argument as the expression's type. A text that is none throws, or is null (`isTry`).
    case cast(isTry: Bool)
    /// CASE: the argument at the place of the first condition that is true; the last one is ELSE.
    case choice([Predicate])
    /// The first argument that is not null.
    case coalesce
    /// Of the arguments that are not null.
    case greatest, least
    /// Characters of a text.
    case length
    case lower, upper, trim
    /// (text, first character from 1, count of characters or nothing).
    case substring
    /// (text, what, by what).
    case replace
    /// `||`; `concat` skips nulls.
    case concatenate(skipsNulls: Bool)
    /// A condition as a bool; unknown is null.
    case truth(Predicate)
    /// An instant moved by calendar months; the day is cut to the month's length.
    case addMonths(Int)
    /// A field of an instant in UTC.
    case datePart(DatePart)
}

/// A field of an instant.
package enum DatePart: String, Hashable, Sendable, CaseIterable {
    case year, quarter, month, day, hour, minute, second, millisecond, microsecond
    /// 0 is Sunday.
    case dow
    /// 1 is Monday, 7 Sunday.
    case isodow
    /// The day of the year from 1.
    case doy
    /// Seconds since 1970, with their fraction.
    case epoch
    case epochMilliseconds = "epoch_ms"
    case epochMicroseconds = "epoch_us"
    case epochNanoseconds = "epoch_ns"
}

/// A function, its arguments and the type of its result.
package struct ScalarExpression: Hashable, Sendable {
    package let function: ScalarFunction
    package let arguments: [Operand]
    package let type: ColumnType

    /// Texts that are computed are strings, whatever they are made from.
    package init(_ function: ScalarFunction, _ arguments: [Operand] = [], type: ColumnType) {
        self.function = function
        self.arguments = arguments
        self.type = type.isText ? .string : type
    }
}

extension Operand {
    /// A constant of a type; `.null` is a null of that type.
    package static func constant(_ literal: Literal, _ type: ColumnType) -> Operand {
        .computed(ScalarExpression(.constant(literal), type: type))
    }

    /// The value of a constant operand; nil when it is none.
    package var constant: Literal? {
        guard case .computed(let expression) = self,
            case .constant(let literal) = expression.function
        else { return nil }
        return literal
    }

    /// Whether values are made for the rows asked for only, so that they cannot be kept as a whole.
    var isComputed: Bool {
        switch self {
        case .column, .attribute: false
        case .difference(let left, let right): left.isComputed || right.isComputed
        case .sumOfPresent(let parts), .coalesce(let parts): parts.contains(where: \.isComputed)
        case .quotient(let part, _), .timeBucket(let part, _): part.isComputed
        case .computed: true
        }
    }
}
