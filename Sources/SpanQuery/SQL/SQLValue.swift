// An expression whose names and types are known: an operand of a plan, a condition, or a span of
// time that is no value by itself. Constants stay recognisable, so that they become literals of
// conditions, which prune.

import SpanColumns
import SpanModel

/// A bound expression.
struct SQLValue {
    enum Form {
        case operand(Operand)
        case condition(Predicate)
        case interval(SQLInterval)
    }

    /// A constant as it is written; it takes the type of what it meets.
    enum Literal {
        case null
        case text(String)
        case number(String)
    }

    var form: Form
    var type: ColumnType
    var literal: Literal?
    /// Bytes of the text.
    var range: Range<Int>

    /// The value where it is constant.
    var constant: SpanQuery.Literal? {
        guard case .operand(let operand) = form else { return nil }
        return operand.constant
    }

    var isNull: Bool { constant == .null }
}

extension SQLBinder {
    /// The value as an operand.
    func operand(_ value: SQLValue) throws(StoreError) -> Operand {
        switch value.form {
        case .operand(let operand): return operand
        case .condition(let predicate):
            return .computed(ScalarExpression(.truth(predicate), type: .bool))
        case .interval:
            throw text.error(
                "an interval can only be added to a time or compared with a difference of times",
                at: value.range.lowerBound)
        }
    }

    /// The value as something to order, group or compare by: long texts become strings.
    func key(_ value: SQLValue) throws(StoreError) -> (operand: Operand, type: ColumnType) {
        let operand = try operand(value)
        guard value.type.form == .text else { return (operand, value.type) }
        return (asString(operand), .string)
    }

    func asString(_ operand: Operand) -> Operand {
        .computed(ScalarExpression(.cast(isTry: false), [operand], type: .string))
    }

    /// The value as a condition.
    func predicate(_ value: SQLValue) throws(StoreError) -> Predicate {
        if case .condition(let predicate) = value.form { return predicate }
        guard value.type == .bool || value.isNull else {
            throw text.error(
                "\(SQLText.quoted(text.piece(value.range))) is \(value.type.sqlName), no condition",
                at: value.range.lowerBound)
        }
        switch value.constant {
        case .null: return .unknown
        case .integer(let truth): return truth != 0 ? .always : .not(.always)
        default: return .compare(try operand(value), .equal, .integer(1))
        }
    }

    // MARK: - Types that meet

    /// The value as one of another type. Literals are read as it; integers become money or doubles,
    /// money becomes doubles, texts of any kind strings.
    func coerce(_ value: SQLValue, to type: ColumnType) throws(StoreError) -> Operand {
        switch value.literal {
        case .null: return .constant(.null, type)
        case .text(let text) where !type.isText:
            return .constant(try constant(text, of: type, value), type)
        case .number(let digits) where type == .money:
            return .constant(try constant(digits, of: type, value), type)
        case .text, .number, nil: break
        }
        let operand = try operand(value)
        if value.type == type { return operand }
        switch (value.type, type) {
        case (.int64, .float64), (.int64, .money), (.money, .float64):
            return try fold(
                ScalarExpression(.cast(isTry: false), [operand], type: type), value.range)
        case (let source, .string) where source.isText:
            return source.form == .string ? operand : asString(operand)
        default:
            throw text.error(
                "\(SQLText.quoted(text.piece(value.range))) is \(value.type.sqlName), not "
                    + type.sqlName, at: value.range.lowerBound, hint: "use CAST")
        }
    }

    /// What a literal says as a type.
    func constant(
        _ literal: String, of type: ColumnType, _ value: SQLValue
    ) throws(StoreError) -> SpanQuery.Literal {
        guard let constant = LiteralText.value(literal, of: type) else {
            throw text.error(
                "\(SQLText.quoted(literal)) is no \(type.sqlName)", at: value.range.lowerBound)
        }
        return constant
    }

    /// The type that all values can have.
    func commonType(_ values: [SQLValue]) throws(StoreError) -> ColumnType {
        var common: SQLValue?
        for value in values where !value.isNull {
            guard let known = common else {
                common = value
                continue
            }
            common = try widened(known, value)
        }
        guard let common else { return .string }
        return common.type.isText ? .string : common.type
    }

    private func widened(_ left: SQLValue, _ right: SQLValue) throws(StoreError) -> SQLValue {
        if left.type == right.type { return left.literal == nil ? left : right }
        if case .text = left.literal { return right }
        if case .text = right.literal { return left }
        if left.type.isText, right.type.isText { return left }
        guard left.type.isNumber, right.type.isNumber else {
            throw mismatch(left, right)
        }
        // A decimal literal is as exact as the money that it meets.
        if left.type == .money, case .number = right.literal { return left }
        if right.type == .money, case .number = left.literal { return right }
        if left.type == .float64 { return left }
        if right.type == .float64 { return right }
        return left.type == .money ? left : right
    }

    func mismatch(_ left: SQLValue, _ right: SQLValue) -> StoreError {
        text.error(
            "\(SQLText.quoted(text.piece(right.range))) is \(right.type.sqlName) and "
                + "\(SQLText.quoted(text.piece(left.range))) is \(left.type.sqlName)",
            at: right.range.lowerBound, hint: "use CAST")
    }

    // MARK: - Constants

    /// A computed operand; its value where all arguments are constant.
    func fold(
        _ expression: ScalarExpression, _ range: Range<Int>
    ) throws(StoreError) -> Operand {
        try fold(
            .computed(expression), expression.type,
            isConstant: expression.arguments.allSatisfy { $0.constant != nil }, range)
    }

    func fold(
        _ operand: Operand, _ type: ColumnType, isConstant: Bool, _ range: Range<Int>
    ) throws(StoreError) -> Operand {
        guard isConstant else { return operand }
        do throws(StoreError) {
            return .constant(try ConstantRow.value(of: operand), type)
        } catch {
            throw text.error(error, at: range.lowerBound)
        }
    }
}

extension Predicate {
    /// Neither true nor false for any row.
    static let unknown = Predicate.compare(.constant(.null, .bool), .equal, .integer(1))
}

/// One row without columns, over which constant expressions are evaluated.
struct ConstantRow: RowGroup {
    var rowCount: Int { 1 }
    func selection() throws(StoreError) -> [UInt32]? { nil }
    func zone(_ column: Int) -> ZoneMap? { nil }
    func vector(_ column: Int, rows: Range<Int>) throws(StoreError) -> ColumnVector {
        .null(count: rows.count)
    }

    /// The value of an operand that names no column.
    static func value(of operand: Operand) throws(StoreError) -> Literal {
        let evaluator = RowEvaluator(group: ConstantRow(), index: 0, types: [])
        switch try evaluator.vector(operand, rows: [0]) {
        case .integer(let vector):
            return vector.validity?[0] == 0 ? .null : .integer(vector.values[0])
        case .float(let vector):
            return vector.validity?[0] == 0 ? .null : .float(vector.values[0])
        case .string(let vector):
            return vector.codes[0] == StringVector.nullCode
                ? .null : .string(vector.dictionary.string(vector.codes[0]))
        case .null, .identifier, .text: return .null
        }
    }
}
