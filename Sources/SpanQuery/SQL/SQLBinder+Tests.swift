// Conditions: comparisons, IN, BETWEEN, LIKE, IS. A comparison of a column with a constant becomes a
// condition with a literal, which kernels and zone maps understand; everything else compares
// operands.

import SpanModel

extension SQLBinder {
    /// The condition that a test, AND, OR or NOT states.
    func test(_ expression: SQLExpression) throws(StoreError) -> Predicate {
        switch expression.node {
        case .and(let parts): return .and(try conditions(parts))
        case .or(let parts): return .or(try conditions(parts))
        case .not(let part): return .not(try condition(part))
        case .comparison(let left, let comparison, let right):
            return try compare(try bind(left), comparison, try bind(right))
        case .isNull(let part): return try isNull(try bind(part))
        case .isTruth(let part, let truth):
            let condition = try condition(part)
            return .certain(truth ? condition : .not(condition))
        case .isDistinct(let left, let right):
            return try isDistinct(try bind(left), try bind(right))
        case .between(let part, let low, let high):
            let subject = try bind(part)
            return .and([
                try compare(subject, .greaterOrEqual, try bind(low)),
                try compare(subject, .lessOrEqual, try bind(high)),
            ])
        case .isIn(let part, let members): return try isIn(try bind(part), members)
        case .like(let part, let pattern, let ignoringCase):
            return try like(try bind(part), try bind(pattern), ignoringCase: ignoringCase)
        default:
            throw text.error("unexpected expression", at: expression.range.lowerBound)
        }
    }

    private func conditions(_ parts: [SQLExpression]) throws(StoreError) -> [Predicate] {
        var conditions: [Predicate] = []
        for part in parts { conditions.append(try condition(part)) }
        return conditions
    }

    // MARK: - Comparisons

    func compare(
        _ left: SQLValue, _ comparison: Comparison, _ right: SQLValue
    ) throws(StoreError) -> Predicate {
        if left.isNull || right.isNull { return .unknown }
        let right = fixed(right, against: left)
        let left = fixed(left, against: right)
        if left.constant == nil, right.constant != nil {
            return .compare(try operand(left), comparison, try comparand(right, for: left))
        }
        if right.constant == nil, left.constant != nil {
            return .compare(
                try operand(right), comparison.flipped, try comparand(left, for: right))
        }
        if left.constant != nil {
            return try constant(left, comparison, right)
        }
        guard areComparable(left.type, right.type) else { throw mismatch(left, right) }
        return .compareOperands(try operand(left), comparison, try operand(right))
    }

    /// An interval that is compared with nanoseconds, such as a difference of times.
    private func fixed(_ value: SQLValue, against other: SQLValue) -> SQLValue {
        guard case .interval(let interval) = value.form, let nanoseconds = interval.fixed,
            other.type == .int64
        else { return value }
        return self.value(.constant(.integer(nanoseconds), .int64), .int64, value.range)
    }

    private func constant(
        _ left: SQLValue, _ comparison: Comparison, _ right: SQLValue
    ) throws(StoreError) -> Predicate {
        let type = try commonType([left, right])
        let condition = Predicate.compareOperands(
            try coerce(left, to: type), comparison, try coerce(right, to: type))
        let truth = try fold(
            .computed(ScalarExpression(.truth(condition), type: .bool)), .bool, isConstant: true,
            left.range)
        return try predicate(value(truth, .bool, left.range))
    }

    private func areComparable(_ left: ColumnType, _ right: ColumnType) -> Bool {
        left == right || left.isText && right.isText || left.isNumber && right.isNumber
    }

    /// The literal by which a constant is compared with `subject`.
    private func comparand(
        _ value: SQLValue, for subject: SQLValue
    ) throws(StoreError) -> Literal {
        if case .text(let literal) = value.literal {
            return try constant(literal, of: subject.type, value)
        }
        let constant = value.constant ?? .null
        switch (subject.type, value.type) {
        case (.money, .money), (.bool, .bool), (.instant, .instant), (.instant, .int64),
            (.int64, .int64), (.int64, .float64), (.float64, .int64), (.float64, .float64),
            (.bool, .int64):
            return constant
        case (.money, .int64), (.money, .float64): return money(value, constant)
        case (.int64, .money), (.float64, .money):
            guard case .integer(let picodollars) = constant else { return constant }
            return .float(Double(picodollars) / Double(Money.scale))
        case (let left, let right) where left.isText && right.isText: return constant
        default: throw mismatch(subject, value)
        }
    }

    /// A number as picodollars: exact where it is written with at most 12 decimals.
    private func money(_ value: SQLValue, _ constant: Literal) -> Literal {
        if case .number(let digits) = value.literal, let exact = Money.parse(digits.utf8) {
            return .integer(exact)
        }
        switch constant {
        case .integer(let dollars): return .float(Double(dollars) * Double(Money.scale))
        case .float(let dollars): return .float(dollars * Double(Money.scale))
        case .string, .null: return constant
        }
    }

    // MARK: - Other tests

    private func isNull(_ value: SQLValue) throws(StoreError) -> Predicate {
        guard let constant = value.constant else { return .isNull(try operand(value)) }
        return constant == .null ? .always : .not(.always)
    }

    private func isDistinct(_ left: SQLValue, _ right: SQLValue) throws(StoreError) -> Predicate {
        let bothNull = Predicate.and([try isNull(left), try isNull(right)])
        return .not(.certain(.or([try compare(left, .equal, right), bothNull])))
    }

    private func isIn(
        _ subject: SQLValue, _ members: [SQLExpression]
    ) throws(StoreError) -> Predicate {
        var values: [SQLValue] = []
        for member in members { values.append(try bind(member)) }
        if subject.isNull { return .unknown }
        if subject.constant == nil, values.allSatisfy({ $0.constant != nil }) {
            var literals: [Literal] = []
            for value in values {
                literals.append(value.isNull ? .null : try comparand(value, for: subject))
            }
            return .isIn(try operand(subject), literals)
        }
        var tests: [Predicate] = []
        for value in values { tests.append(try compare(subject, .equal, value)) }
        return .or(tests)
    }

    private func like(
        _ subject: SQLValue, _ pattern: SQLValue, ignoringCase: Bool
    ) throws(StoreError) -> Predicate {
        guard subject.type.isText else {
            throw text.error(
                "LIKE needs text, but \(SQLText.quoted(text.piece(subject.range))) is "
                    + subject.type.sqlName, at: subject.range.lowerBound)
        }
        switch pattern.constant {
        case .string(let pattern):
            return .like(try operand(subject), pattern: pattern, ignoringCase: ignoringCase)
        case .null: return .unknown
        default:
            throw text.error("a pattern must be a quoted text", at: pattern.range.lowerBound)
        }
    }
}

extension Comparison {
    /// The comparison with its sides changed.
    var flipped: Comparison {
        switch self {
        case .equal, .notEqual: self
        case .less: .greater
        case .lessOrEqual: .greaterOrEqual
        case .greater: .less
        case .greaterOrEqual: .lessOrEqual
        }
    }
}
