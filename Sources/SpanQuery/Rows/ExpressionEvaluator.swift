// Scalar expressions over the rows of an evaluator. A result has a place for each of its rows, but
// only those of `rows` are computed, and only they can fail: a cast that no selected row needs
// is never tried.
// Cost: one typed loop a function; texts that repeat are worked on once per dictionary entry.

import SpanColumns
import SpanModel

/// Evaluates expressions for some rows.
struct ExpressionEvaluator {
    let evaluator: RowEvaluator
    /// Ascending.
    let rows: [UInt32]

    /// Rows of results.
    var rowCount: Int { evaluator.rowCount }

    /// The values of an expression.
    func vector(_ expression: ScalarExpression) throws(StoreError) -> ColumnVector {
        let arguments = expression.arguments
        let isFloat = expression.type.form == .float
        switch expression.function {
        case .constant(let literal): return constant(literal, expression.type)
        case .add, .subtract, .multiply, .divide, .integerDivide, .modulo:
            return isFloat
                ? try FloatFunctions.binary(
                    expression.function, try floats(arguments[0]), try floats(arguments[1]), rows)
                : try IntegerFunctions.binary(
                    expression.function, try integers(arguments[0]), try integers(arguments[1]),
                    rows)
        case .negate, .absolute, .squareRoot, .floor, .ceiling, .round:
            return isFloat
                ? FloatFunctions.unary(expression.function, try floats(arguments[0]), rows)
                : try IntegerFunctions.unary(
                    expression.function, try integers(arguments[0]), rows)
        case .cast(let isTry):
            return try cast(arguments[0], to: expression.type, isTry: isTry)
        case .choice(let conditions): return try choice(conditions, expression)
        case .coalesce: return try coalesce(expression)
        case .greatest, .least: return try extreme(expression)
        case .length, .lower, .upper, .trim, .substring, .replace, .concatenate:
            return try text(expression)
        case .truth(let predicate): return try truth(predicate)
        case .addMonths(let months):
            return try CalendarFunctions.addMonths(months, try integers(arguments[0]), rows)
        case .datePart(let part):
            return CalendarFunctions.part(part, try integers(arguments[0]), rows)
        }
    }

    // MARK: - Arguments

    func vector(_ operand: Operand) throws(StoreError) -> ColumnVector {
        try evaluator.vector(operand, rows: rows)
    }

    func type(_ operand: Operand) -> ColumnType { operand.type(in: evaluator.types) }

    /// An argument of integer form; nulls where it has another.
    func integers(_ operand: Operand) throws(StoreError) -> IntegerVector {
        if case .integer(let vector) = try vector(operand) { return vector }
        return IntegerVector(
            values: Array(repeating: 0, count: rowCount),
            validity: Array(repeating: 0, count: rowCount))
    }

    /// A number as doubles, money in dollars.
    func floats(_ operand: Operand) throws(StoreError) -> FloatVector {
        switch try vector(operand) {
        case .float(let vector): return vector
        case .integer(let vector):
            let scale = type(operand) == .money ? Double(Money.scale) : 1
            return FloatVector(
                values: vector.values.map { Double($0) / scale }, validity: vector.validity)
        case .null, .identifier, .string, .text:
            return FloatVector(
                values: Array(repeating: 0, count: rowCount),
                validity: Array(repeating: 0, count: rowCount))
        }
    }

    // MARK: - Constants and conditions

    private func constant(_ literal: Literal, _ type: ColumnType) -> ColumnVector {
        switch literal {
        case .null: return .null(count: rowCount)
        case .integer(let value):
            return .integer(IntegerVector(values: Array(repeating: value, count: rowCount)))
        case .float(let value):
            return .float(FloatVector(values: Array(repeating: value, count: rowCount)))
        case .string(let text):
            let bytes = Array(text.utf8)
            return .string(
                StringVector(
                    codes: Array(repeating: 0, count: rowCount),
                    dictionary: StringDictionary(ends: [UInt32(bytes.count)], bytes: bytes)))
        }
    }

    private func truth(_ predicate: Predicate) throws(StoreError) -> ColumnVector {
        let filter = try PredicateFilter(predicate, types: evaluator.types)
        var values = [Int64](repeating: 0, count: rowCount)
        var validity = [UInt8](repeating: 0, count: rowCount)
        for row in try filter.select(rows, in: evaluator) {
            values[Int(row)] = 1
            validity[Int(row)] = 1
        }
        for row in try filter.select(rows, wanted: false, in: evaluator) {
            validity[Int(row)] = 1
        }
        return .integer(IntegerVector(values: values, validity: validity))
    }

    // MARK: - Choices

    private func choice(
        _ conditions: [Predicate], _ expression: ScalarExpression
    ) throws(StoreError) -> ColumnVector {
        var merge = RowMerge(type: expression.type, rowCount: rowCount)
        var left = rows
        for (condition, value) in zip(conditions, expression.arguments) {
            let filter = try PredicateFilter(condition, types: evaluator.types)
            let hits = try filter.select(left, in: evaluator)
            try merge.set(hits, try evaluator.vector(value, rows: hits))
            left = SelectionVector.subtract(hits, from: left)
        }
        if let other = expression.arguments.last, !left.isEmpty {
            try merge.set(left, try evaluator.vector(other, rows: left))
        }
        return merge.finish()
    }

    private func coalesce(_ expression: ScalarExpression) throws(StoreError) -> ColumnVector {
        var merge = RowMerge(type: expression.type, rowCount: rowCount)
        var left = rows
        for argument in expression.arguments where !left.isEmpty {
            let isNull = try PredicateFilter(.isNull(argument), types: evaluator.types)
            let nulls = try isNull.select(left, in: evaluator)
            let present = SelectionVector.subtract(nulls, from: left)
            try merge.set(present, try evaluator.vector(argument, rows: present))
            left = nulls
        }
        return merge.finish()
    }

    private func extreme(_ expression: ScalarExpression) throws(StoreError) -> ColumnVector {
        let isGreatest = expression.function == .greatest
        if expression.type.form == .float {
            var parts: [FloatVector] = []
            for argument in expression.arguments { parts.append(try floats(argument)) }
            return FloatFunctions.extreme(parts, rows, isGreatest: isGreatest)
        }
        var parts: [IntegerVector] = []
        for argument in expression.arguments { parts.append(try integers(argument)) }
        return IntegerFunctions.extreme(parts, rows, isGreatest: isGreatest)
    }
}

/// Puts rows of several vectors into one.
private struct RowMerge {
    private let form: PhysicalForm
    private var integers: [Int64] = []
    private var floats: [Double] = []
    private var validity: [UInt8]
    private var strings: StringRows

    init(type: ColumnType, rowCount: Int) {
        form = type.form
        validity = Array(repeating: 0, count: rowCount)
        strings = StringRows(rowCount: 0)
        switch form {
        case .integer: integers = Array(repeating: 0, count: rowCount)
        case .float: floats = Array(repeating: 0, count: rowCount)
        case .string, .identifier, .text: strings = StringRows(rowCount: rowCount)
        }
    }

    /// Takes the values at `rows`.
    mutating func set(_ rows: [UInt32], _ vector: ColumnVector) throws(StoreError) {
        switch vector {
        case .null: return
        case .integer(let source):
            for row in rows where source.validity?[Int(row)] != 0 {
                integers[Int(row)] = source.values[Int(row)]
                validity[Int(row)] = 1
            }
        case .float(let source):
            for row in rows where source.validity?[Int(row)] != 0 {
                floats[Int(row)] = source.values[Int(row)]
                validity[Int(row)] = 1
            }
        case .string, .identifier, .text:
            try strings.set(vector, rows) { (text, out) in out.append(contentsOf: text) }
        }
    }

    func finish() -> ColumnVector {
        switch form {
        case .integer: .integer(IntegerVector(values: integers, validity: validity))
        case .float: .float(FloatVector(values: floats, validity: validity))
        case .string, .identifier, .text: strings.vector
        }
    }
}
