// Casts between the types of columns. Numbers to integers round: doubles half to even, money and
// texts half away from zero. What does not fit or is no number throws, or is null in TRY_CAST.

import SpanColumns
import SpanModel

extension ExpressionEvaluator {
    /// The values of an operand as another type.
    func cast(
        _ operand: Operand, to target: ColumnType, isTry: Bool
    ) throws(StoreError) -> ColumnVector {
        let source = type(operand)
        switch (source.form, target.form) {
        case (.string, .string), (.identifier, .string), (.text, .string):
            var strings = StringRows(rowCount: rowCount)
            try strings.set(try vector(operand), rows) { text, out in
                out.append(contentsOf: text)
            }
            return strings.vector
        case (_, .string), (_, .identifier), (_, .text): return try formatted(operand, source)
        case (.string, _), (.identifier, _), (.text, _):
            if target == .int64 || target == .float64, let numbers = try evaluator.numbers(operand)
            {
                return try converted(numbers, target, isTry: isTry)
            }
            return try parsed(operand, target, isTry: isTry)
        case (.float, .integer): return try rounded(operand, target, isTry: isTry)
        case (_, .float): return .float(try floats(operand))
        case (.integer, .integer):
            return try converted(try integers(operand), source, target, isTry: isTry)
        }
    }

    // MARK: - Numbers

    private func converted(
        _ vector: IntegerVector, _ source: ColumnType, _ target: ColumnType, isTry: Bool
    ) throws(StoreError) -> ColumnVector {
        try values(vector.validity, target, isTry: isTry) { row in
            let value = vector.values[row]
            switch (source, target) {
            case (_, .bool): return value != 0 ? 1 : 0
            case (.money, .int64): return Self.dollars(value)
            case (.int64, .money), (.bool, .money):
                let (product, overflow) = value.multipliedReportingOverflow(by: Money.scale)
                return overflow ? nil : product
            default: return value
            }
        }
    }

    /// Whole dollars, halves away from zero.
    private static func dollars(_ picodollars: Int64) -> Int64 {
        let (quotient, remainder) = picodollars.quotientAndRemainder(dividingBy: Money.scale)
        guard remainder.magnitude * 2 >= Money.scale.magnitude else { return quotient }
        return picodollars < 0 ? quotient - 1 : quotient + 1
    }

    private func rounded(
        _ operand: Operand, _ target: ColumnType, isTry: Bool
    ) throws(StoreError) -> ColumnVector {
        let vector = try floats(operand)
        return try values(vector.validity, target, isTry: isTry) { row in
            let value = vector.values[row]
            if target == .bool { return value != 0 ? 1 : 0 }
            let scaled = target == .money ? value * Double(Money.scale) : value
            return Int64(exactly: scaled.rounded(.toNearestOrEven))
        }
    }

    private func values(
        _ validity: [UInt8]?, _ target: ColumnType, isTry: Bool,
        of what: String = "a number out of range", _ value: (Int) -> Int64?
    ) throws(StoreError) -> ColumnVector {
        var values = [Int64](repeating: 0, count: rowCount)
        var present = validity ?? Array(repeating: 1, count: rowCount)
        for row in rows where present[Int(row)] != 0 {
            if let value = value(Int(row)) {
                values[Int(row)] = value
            } else if isTry {
                present[Int(row)] = 0
            } else {
                throw .notCastable(what, target)
            }
        }
        return .integer(IntegerVector(values: values, validity: present))
    }

    // MARK: - Texts

    /// Numbers that texts stand for, as the texts themselves would be cast.
    private func converted(
        _ numbers: ColumnVector, _ target: ColumnType, isTry: Bool
    ) throws(StoreError) -> ColumnVector {
        switch (numbers, target) {
        case (.integer(let vector), .float64):
            return .float(
                FloatVector(values: vector.values.map { Double($0) }, validity: vector.validity))
        case (.float(let vector), .int64):
            return try values(vector.validity, target, isTry: isTry, of: "a text") { row in
                Int64(exactly: vector.values[row].rounded(.toNearestOrAwayFromZero))
            }
        default: return numbers
        }
    }

    private func parsed(
        _ operand: Operand, _ target: ColumnType, isTry: Bool
    ) throws(StoreError) -> ColumnVector {
        var integers = [Int64](repeating: 0, count: target.form == .integer ? rowCount : 0)
        var floats = [Double](repeating: 0, count: target.form == .float ? rowCount : 0)
        var validity = [UInt8](repeating: 0, count: rowCount)
        try TextRows.forEach(
            try vector(operand), rows,
            { (bytes) -> Literal? in
                LiteralText.value(String(decoding: bytes, as: UTF8.self), of: target)
            },
            { (row, literal) throws(StoreError) in
                validity[row] = 1
                switch literal {
                case .integer(let value): integers[row] = value
                case .float(let value): floats[row] = value
                case .string, .null, nil:
                    validity[row] = 0
                    // The text itself may be payload and stays out of messages.
                    guard isTry else { throw .notCastable("a text", target) }
                }
            })
        return target.form == .float
            ? .float(FloatVector(values: floats, validity: validity))
            : .integer(IntegerVector(values: integers, validity: validity))
    }

    private func formatted(
        _ operand: Operand, _ source: ColumnType
    ) throws(StoreError) -> ColumnVector {
        var strings = StringRows(rowCount: rowCount)
        switch try vector(operand) {
        case .integer(let vector):
            for row in rows where vector.validity?[Int(row)] != 0 {
                try strings.set(
                    Int(row), Array(LiteralText.format(vector.values[Int(row)], source).utf8))
            }
        case .float(let vector):
            for row in rows where vector.validity?[Int(row)] != 0 {
                try strings.set(Int(row), Array(vector.values[Int(row)].description.utf8))
            }
        case .null, .identifier, .string, .text: break
        }
        return strings.vector
    }
}

/// Text ↔ single values of a type, as casts and literals read and write them.
enum LiteralText {
    /// The value that `text` states; nil when it is none of the type.
    static func value(_ text: String, of type: ColumnType) -> Literal? {
        let text = TextFunctions.trimmed(text)
        switch type {
        case .int64: return integer(text).map { .integer($0) }
        case .float64: return double(text).map { .float($0) }
        case .money: return Money.parse(text.utf8).map { .integer($0) }
        case .bool:
            switch text.lowercased() {
            case "true", "t", "1", "yes", "y": return .integer(1)
            case "false", "f", "0", "no", "n": return .integer(0)
            default: return nil
            }
        case .instant: return instant(text).map { .integer($0) }
        case .identifier, .string, .text, .json: return .string(text)
        }
    }

    /// `42`, or a decimal that is rounded.
    private static func integer(_ text: String) -> Int64? {
        if let value = Int64(text) { return value }
        return double(text).flatMap { Int64(exactly: $0.rounded(.toNearestOrAwayFromZero)) }
    }

    /// A decimal number, `inf` or `nan`; Swift's hexadecimal forms are not SQL's.
    static func double(_ text: String) -> Double? {
        let isHexadecimal = text.utf8.contains { $0 | 32 == UInt8(ascii: "x") }
        return isHexadecimal ? nil : Double(text)
    }

    /// RFC 3339, or less of it: a date alone is its midnight, a missing zone UTC, seconds and the
    /// minutes of an offset may be left out.
    static func instant(_ text: String) -> Int64? {
        var text = TextFunctions.trimmed(text)
        if text.utf8.count == 10 { text += "T00:00" }
        var bytes = Array(text.utf8)
        guard bytes.count >= 16 else { return nil }
        if bytes.count == 16 || bytes[16] != UInt8(ascii: ":") {
            bytes.insert(contentsOf: ":00".utf8, at: 16)
        }
        let time = bytes[19...]
        if let sign = time.lastIndex(where: { [UInt8(ascii: "+"), UInt8(ascii: "-")].contains($0) })
        {
            if bytes.count - sign == 3 { bytes.append(contentsOf: ":00".utf8) }
        } else if let last = time.last, last | 32 == UInt8(ascii: "z") {
            return Instant.parse(String(decoding: bytes, as: UTF8.self))
        } else {
            bytes.append(UInt8(ascii: "Z"))
        }
        return Instant.parse(String(decoding: bytes, as: UTF8.self))
    }

    /// The text of an integer-form value.
    static func format(_ value: Int64, _ type: ColumnType) -> String {
        switch type {
        case .bool: value != 0 ? "true" : "false"
        case .instant: Instant.format(value)
        case .money: Money.format(Int128(value))
        default: "\(value)"
        }
    }
}

extension StoreError {
    static func notCastable(_ what: String, _ type: ColumnType) -> StoreError {
        .invalidArgument(
            name: "sql",
            reason: "\(what) is no \(type.sqlName); TRY_CAST makes such values null")
    }
}
