// Arithmetic on 64-bit integers (money and instants among them) and on doubles, for some rows.
// Integers that do not fit are an error, as in SQL, never a wrong number.

import SpanColumns
import SpanModel
import SpanSketch

/// Nulls of several columns.
enum Validity {
    /// 1 where both have a value; nil: everywhere.
    static func both(_ left: [UInt8]?, _ right: [UInt8]?) -> [UInt8]? {
        guard let left else { return right }
        guard let right else { return left }
        return zip(left, right).map { $0 & $1 }
    }
}

enum IntegerFunctions {
    /// `+ - * // %`.
    static func binary(
        _ function: ScalarFunction, _ left: IntegerVector, _ right: IntegerVector,
        _ rows: [UInt32]
    ) throws(StoreError) -> ColumnVector {
        switch function {
        case .add:
            return try checked(left, right, rows, "+") { $0.addingReportingOverflow($1) }
        case .subtract:
            return try checked(left, right, rows, "-") { $0.subtractingReportingOverflow($1) }
        case .multiply:
            return try checked(left, right, rows, "*") { $0.multipliedReportingOverflow(by: $1) }
        case .modulo:
            return try divided(left, right, rows) { dividend, divisor in
                (dividend.remainderReportingOverflow(dividingBy: divisor).partialValue, false)
            }
        default:
            return try divided(left, right, rows) { $0.dividedReportingOverflow(by: $1) }
        }
    }

    /// Negation, magnitude, rounding before the point; an integer is its own floor and ceiling.
    static func unary(
        _ function: ScalarFunction, _ part: IntegerVector, _ rows: [UInt32]
    ) throws(StoreError) -> ColumnVector {
        let zero = IntegerVector(values: Array(repeating: 0, count: part.values.count))
        switch function {
        case .negate:
            return try checked(zero, part, rows, "-") { $0.subtractingReportingOverflow($1) }
        case .absolute:
            return try checked(zero, part, rows, "abs") { zero, value in
                value < 0
                    ? zero.subtractingReportingOverflow(value) : (value, false)
            }
        case .round(let digits) where digits < 0:
            return try rounded(part, rows, digits: -digits)
        default: return .integer(part)
        }
    }

    /// To multiples of 10^digits, halves away from zero.
    private static func rounded(
        _ part: IntegerVector, _ rows: [UInt32], digits: Int
    ) throws(StoreError) -> ColumnVector {
        var unit: Int64 = 1
        for _ in 0..<min(digits, 18) { unit *= 10 }
        return try checked(part, part, rows, "round") { value, _ in
            if digits > 18 { return (0, false) }
            let (quotient, remainder) = value.quotientAndRemainder(dividingBy: unit)
            let away = remainder.magnitude * 2 >= unit.magnitude ? value.signum() : 0
            return (quotient + away).multipliedReportingOverflow(by: unit)
        }
    }

    /// The greatest or least of the values that are there.
    static func extreme(
        _ parts: [IntegerVector], _ rows: [UInt32], isGreatest: Bool
    ) -> ColumnVector {
        let count = parts.first?.values.count ?? 0
        var values = [Int64](repeating: 0, count: count)
        var validity = [UInt8](repeating: 0, count: count)
        for part in parts {
            for row in rows where part.validity?[Int(row)] != 0 {
                let (row, value) = (Int(row), part.values[Int(row)])
                if validity[row] == 0 || (value > values[row]) == isGreatest {
                    values[row] = value
                }
                validity[row] = 1
            }
        }
        return .integer(IntegerVector(values: values, validity: validity))
    }

    @inline(__always)
    private static func checked(
        _ left: IntegerVector, _ right: IntegerVector, _ rows: [UInt32], _ name: String,
        _ operation: (Int64, Int64) -> (partialValue: Int64, overflow: Bool)
    ) throws(StoreError) -> ColumnVector {
        var values = [Int64](repeating: 0, count: left.values.count)
        let validity = Validity.both(left.validity, right.validity)
        var overflows = false
        for row in rows where validity?[Int(row)] != 0 {
            let (value, overflow) = operation(left.values[Int(row)], right.values[Int(row)])
            values[Int(row)] = value
            overflows = overflows || overflow
        }
        guard !overflows else { throw .outOfRange(name) }
        return .integer(IntegerVector(values: values, validity: validity))
    }

    @inline(__always)
    private static func divided(
        _ left: IntegerVector, _ right: IntegerVector, _ rows: [UInt32],
        _ operation: (Int64, Int64) -> (partialValue: Int64, overflow: Bool)
    ) throws(StoreError) -> ColumnVector {
        var values = [Int64](repeating: 0, count: left.values.count)
        var validity =
            Validity.both(left.validity, right.validity)
            ?? [UInt8](repeating: 1, count: left.values.count)
        for row in rows where validity[Int(row)] != 0 {
            let divisor = right.values[Int(row)]
            guard divisor != 0 else {
                validity[Int(row)] = 0
                continue
            }
            let (value, overflow) = operation(left.values[Int(row)], divisor)
            if overflow { throw .outOfRange("//") }
            values[Int(row)] = value
        }
        return .integer(IntegerVector(values: values, validity: validity))
    }
}

enum FloatFunctions {
    /// `+ - * / // %`.
    static func binary(
        _ function: ScalarFunction, _ left: FloatVector, _ right: FloatVector, _ rows: [UInt32]
    ) throws(StoreError) -> ColumnVector {
        switch function {
        case .add: return map(left, right, rows) { $0 + $1 }
        case .subtract: return map(left, right, rows) { $0 - $1 }
        case .multiply: return map(left, right, rows) { $0 * $1 }
        case .divide: return map(left, right, rows) { $0 / $1 }
        case .modulo:
            return map(left, right, rows) { $0.truncatingRemainder(dividingBy: $1) }
        default: return map(left, right, rows) { ($0 / $1).rounded(.down) }
        }
    }

    static func unary(
        _ function: ScalarFunction, _ part: FloatVector, _ rows: [UInt32]
    ) -> ColumnVector {
        switch function {
        case .negate: return map(part, part, rows) { value, _ in -value }
        case .absolute: return map(part, part, rows) { value, _ in abs(value) }
        case .squareRoot: return map(part, part, rows) { value, _ in value.squareRoot() }
        case .floor: return map(part, part, rows) { value, _ in value.rounded(.down) }
        case .ceiling: return map(part, part, rows) { value, _ in value.rounded(.up) }
        case .round(let digits):
            var scale = 1.0
            for _ in 0..<abs(digits) { scale *= 10 }
            return map(part, part, rows) { value, _ in rounded(value, digits, scale) }
        default: return .float(part)
        }
    }

    private static func rounded(_ value: Double, _ digits: Int, _ scale: Double) -> Double {
        let result =
            digits < 0
            ? (value / scale).rounded(.toNearestOrAwayFromZero) * scale
            : (value * scale).rounded(.toNearestOrAwayFromZero) / scale
        // Where the scaled value is out of range there are no decimals to round.
        return result.isFinite ? result : value
    }

    /// The greatest or least of the values that are there; NaN is greater than every number.
    static func extreme(
        _ parts: [FloatVector], _ rows: [UInt32], isGreatest: Bool
    ) -> ColumnVector {
        let keys = parts.map {
            IntegerVector(values: $0.values.map(OrderedDouble.key), validity: $0.validity)
        }
        guard case .integer(let best) = IntegerFunctions.extreme(keys, rows, isGreatest: isGreatest)
        else { return .null(count: parts.first?.values.count ?? 0) }
        return .float(
            FloatVector(values: best.values.map(OrderedDouble.value), validity: best.validity))
    }

    @inline(__always)
    private static func map(
        _ left: FloatVector, _ right: FloatVector, _ rows: [UInt32],
        _ operation: (Double, Double) -> Double
    ) -> ColumnVector {
        var values = [Double](repeating: 0, count: left.values.count)
        let validity = Validity.both(left.validity, right.validity)
        for row in rows where validity?[Int(row)] != 0 {
            values[Int(row)] = operation(left.values[Int(row)], right.values[Int(row)])
        }
        return .float(FloatVector(values: values, validity: validity))
    }
}

extension StoreError {
    /// An integer result that 64 bits cannot hold.
    static func outOfRange(_ operation: String) -> StoreError {
        .invalidArgument(name: "sql", reason: "the result of '\(operation)' is out of range")
    }
}
