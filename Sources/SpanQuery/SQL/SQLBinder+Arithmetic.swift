// Operators: `+ - * / // % ||` and the sign. Integers stay integers but for `/`, money keeps its
// decimals under + and − and times an integer, all else is doubles. Times move by intervals, and
// their difference is nanoseconds.

import SpanModel

extension SQLBinder {
    func arithmetic(
        _ left: SQLValue, _ symbol: String, _ right: SQLValue, _ range: Range<Int>
    ) throws(StoreError) -> SQLValue {
        if symbol == "||" {
            return try concatenation([left, right], skipsNulls: false, range)
        }
        if let moved = try instants(left, symbol, right, range) { return moved }
        let left = try number(left, beside: right)
        let right = try number(right, beside: left)
        let function = Self.function(symbol)
        let type = try resultType(left, function, right)
        var arguments = [try operand(left), try operand(right)]
        if type == .money, function != .multiply {
            arguments = [try coerce(left, to: .money), try coerce(right, to: .money)]
        }
        let expression = ScalarExpression(function, arguments, type: type)
        return value(try fold(expression, range), type, range)
    }

    func negate(_ part: SQLExpression, _ range: Range<Int>) throws(StoreError) -> SQLValue {
        let part = try bind(part)
        if case .interval(let interval) = part.form {
            let negated = SQLInterval(
                months: -interval.months, nanoseconds: 0 &- interval.nanoseconds)
            return SQLValue(form: .interval(negated), type: .int64, range: range)
        }
        let number = try number(part, beside: part)
        let expression = ScalarExpression(.negate, [try operand(number)], type: number.type)
        return value(try fold(expression, range), number.type, range)
    }

    /// Texts joined; other values are written as texts.
    func concatenation(
        _ values: [SQLValue], skipsNulls: Bool, _ range: Range<Int>
    ) throws(StoreError) -> SQLValue {
        var arguments: [Operand] = []
        for value in values {
            let operand = try operand(value)
            arguments.append(
                value.type.isText
                    ? operand
                    : try fold(
                        ScalarExpression(.cast(isTry: false), [operand], type: .string),
                        value.range))
        }
        let expression = ScalarExpression(
            .concatenate(skipsNulls: skipsNulls), arguments, type: .string)
        return value(try fold(expression, range), .string, range)
    }

    // MARK: - Numbers

    private static func function(_ symbol: String) -> ScalarFunction {
        switch symbol {
        case "+": .add
        case "-": .subtract
        case "*": .multiply
        case "/": .divide
        case "//": .integerDivide
        default: .modulo
        }
    }

    /// The value as a number; a literal text or null takes the other's type.
    private func number(_ part: SQLValue, beside other: SQLValue) throws(StoreError) -> SQLValue {
        let type = other.type.isNumber ? other.type : ColumnType.int64
        switch part.literal {
        case .null: return value(.constant(.null, type), type, part.range)
        case .text(let text):
            return value(.constant(try constant(text, of: type, part), type), type, part.range)
        case .number, nil: break
        }
        guard part.type.isNumber, (try? operand(part)) != nil else {
            throw text.error(
                "arithmetic needs numbers, but \(SQLText.quoted(text.piece(part.range))) is "
                    + part.type.sqlName, at: part.range.lowerBound)
        }
        return part
    }

    private func resultType(
        _ left: SQLValue, _ function: ScalarFunction, _ right: SQLValue
    ) throws(StoreError) -> ColumnType {
        let types = [left.type, right.type]
        if function == .divide { return .float64 }
        if function == .integerDivide, types != [.int64, .int64] {
            throw text.error("'//' needs integers", at: left.range.lowerBound)
        }
        guard types.contains(.money) else {
            return types.contains(.float64) ? .float64 : .int64
        }
        switch function {
        case .add, .subtract:
            // A literal with decimals is exact beside money; a double is not.
            let isExact = [left, right].allSatisfy { value in
                if case .number(let digits) = value.literal {
                    return Money.parse(digits.utf8) != nil
                }
                return value.type != .float64
            }
            return isExact ? .money : .float64
        case .multiply where types.contains(.int64): return .money
        default: return .float64
        }
    }

    // MARK: - Times

    /// Arithmetic on times; nil when neither side is one.
    private func instants(
        _ left: SQLValue, _ symbol: String, _ right: SQLValue, _ range: Range<Int>
    ) throws(StoreError) -> SQLValue? {
        switch (left.form, right.form) {
        case (.interval(let interval), .interval(let other)) where symbol == "+" || symbol == "-":
            return try sum(interval, other, isNegative: symbol == "-", range)
        case (_, .interval(let interval)) where symbol == "+" || symbol == "-":
            return try moved(left, by: interval, isNegative: symbol == "-", range)
        case (.interval(let interval), _) where symbol == "+":
            return try moved(right, by: interval, isNegative: false, range)
        default: break
        }
        guard symbol == "-", left.type == .instant || right.type == .instant else { return nil }
        let operands = [try coerce(left, to: .instant), try coerce(right, to: .instant)]
        let difference = Operand.difference(operands[0], operands[1])
        return value(
            try fold(
                difference, .int64, isConstant: operands.allSatisfy { $0.constant != nil }, range),
            .int64, range)
    }

    private func sum(
        _ left: SQLInterval, _ right: SQLInterval, isNegative: Bool, _ range: Range<Int>
    ) throws(StoreError) -> SQLValue {
        let sign = isNegative ? -1 : 1
        let (months, monthsOverflow) = left.months.addingReportingOverflow(sign * right.months)
        let added =
            isNegative
            ? left.nanoseconds.subtractingReportingOverflow(right.nanoseconds)
            : left.nanoseconds.addingReportingOverflow(right.nanoseconds)
        guard !monthsOverflow, !added.overflow else {
            throw text.error("the interval is too long", at: range.lowerBound)
        }
        let interval = SQLInterval(months: months, nanoseconds: added.partialValue)
        return SQLValue(form: .interval(interval), type: .int64, range: range)
    }

    private func moved(
        _ instant: SQLValue, by interval: SQLInterval, isNegative: Bool, _ range: Range<Int>
    ) throws(StoreError) -> SQLValue {
        if instant.type == .int64, case .operand = instant.form, let fixed = interval.fixed {
            // A difference of times is nanoseconds, and so is what is added to it.
            let nanoseconds = Operand.constant(.integer(fixed), .int64)
            let expression = ScalarExpression(
                isNegative ? .subtract : .add, [try operand(instant), nanoseconds], type: .int64)
            return value(try fold(expression, range), .int64, range)
        }
        var operand = try coerce(instant, to: .instant)
        if interval.months != 0 {
            let months = isNegative ? -interval.months : interval.months
            operand = try fold(
                ScalarExpression(.addMonths(months), [operand], type: .instant), range)
        }
        if interval.nanoseconds != 0 {
            let nanoseconds = Operand.constant(.integer(interval.nanoseconds), .int64)
            operand = try fold(
                ScalarExpression(
                    isNegative ? .subtract : .add, [operand, nanoseconds], type: .instant), range)
        }
        return value(operand, .instant, range)
    }
}
