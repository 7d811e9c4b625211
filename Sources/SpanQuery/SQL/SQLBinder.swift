// Expressions of a text → operands and conditions of a plan. Names are looked up, literals take the
// type of what they meet, constants are computed once. Below GROUP BY an expression is either a key,
// an aggregate, or made of these: `groups` then knows both.
// Cost: one walk; the depth is bounded by the parser.

import SpanModel

/// Binds expressions. Errors name the expression and its place.
struct SQLBinder {
    let text: SQLText
    let scope: SQLScope
    /// What `now()` is, in nanoseconds since the epoch.
    let now: Int64
    /// Names of the select list, lower case, that stand for their expressions.
    var aliases: [String: SQLExpression] = [:]
    /// Set while expressions are about groups.
    var groups: SQLGroups?

    /// The condition that an expression states.
    func condition(_ expression: SQLExpression) throws(StoreError) -> Predicate {
        try predicate(try bind(expression))
    }

    func bind(_ expression: SQLExpression) throws(StoreError) -> SQLValue {
        if let groups {
            if let value = try groups.key(expression, binder: self) { return value }
            if case .call(let call) = expression.node, SQLAggregates.names.contains(call.name) {
                return try SQLAggregates.bind(call, expression.range, groups, self)
            }
        }
        switch expression.node {
        case .number(let digits): return number(digits, expression.range)
        case .string(let content):
            return SQLValue(
                form: .operand(.constant(.string(content), .string)), type: .string,
                literal: .text(content), range: expression.range)
        case .boolean(let truth):
            return value(.constant(.integer(truth ? 1 : 0), .bool), .bool, expression.range)
        case .null:
            return SQLValue(
                form: .operand(.constant(.null, .string)), type: .string, literal: .null,
                range: expression.range)
        case .interval(let interval):
            return SQLValue(form: .interval(interval), type: .int64, range: expression.range)
        case .name(let parts): return try name(parts, expression.range)
        case .element(let base, let key): return try element(base, key, expression.range)
        case .negate(let part): return try negate(part, expression.range)
        case .arithmetic(let left, let symbol, let right):
            return try arithmetic(try bind(left), symbol, try bind(right), expression.range)
        case .choice(let subject, let branches, let otherwise):
            return try choice(subject, branches, otherwise, expression.range)
        case .cast(let part, let type, let isTry):
            return try cast(try bind(part), type, isTry: isTry, expression.range)
        case .call(let call): return try self.call(call, expression.range)
        default:
            return SQLValue(
                form: .condition(try test(expression)), type: .bool, range: expression.range)
        }
    }

    func value(_ operand: Operand, _ type: ColumnType, _ range: Range<Int>) -> SQLValue {
        SQLValue(form: .operand(operand), type: type, range: range)
    }

    private func number(_ digits: String, _ range: Range<Int>) -> SQLValue {
        let integer = Int64(digits)
        let literal = integer.map { Literal.integer($0) } ?? .float(Double(digits) ?? .nan)
        let type: ColumnType = integer == nil ? .float64 : .int64
        return SQLValue(
            form: .operand(.constant(literal, type)), type: type, literal: .number(digits),
            range: range)
    }

    // MARK: - Names

    private func name(_ parts: [String], _ range: Range<Int>) throws(StoreError) -> SQLValue {
        if groups == nil, let found = scope.operand(parts) {
            return value(found.operand, found.type, range)
        }
        if parts.count == 1, let expression = aliases[parts[0].lowercased()] {
            // An alias's own expression sees no aliases, so that none can stand for itself.
            scope.expandedWeight += expression.weight
            guard scope.expandedWeight <= Limits.expressionWeightMax else {
                throw text.error("the expression is too large", at: range.lowerBound)
            }
            var inner = self
            inner.aliases = [:]
            var value = try inner.bind(expression)
            value.range = range
            return value
        }
        let name = parts.joined(separator: ".")
        if groups != nil, scope.operand(parts) != nil {
            throw text.error(
                "column \(SQLText.quoted(name)) must be in GROUP BY or inside an aggregate",
                at: range.lowerBound)
        }
        throw text.unknown("column", name, among: scope.names, at: range.lowerBound)
    }

    private func element(
        _ base: SQLExpression, _ key: String, _ range: Range<Int>
    ) throws(StoreError) -> SQLValue {
        let object = try bind(base)
        guard case .operand(.column(let column)) = object.form, object.type == .json,
            groups == nil
        else {
            throw text.error(
                "\(SQLText.quoted(text.piece(base.range))) is no column with keys",
                at: base.range.lowerBound)
        }
        guard (1...Limits.attributeKeyBytesMax).contains(key.utf8.count) else {
            throw text.error(
                "a key has 1 to \(Limits.attributeKeyBytesMax) bytes", at: range.lowerBound)
        }
        return value(.attribute(column: column, key: key), .string, range)
    }

    // MARK: - Choices and casts

    private func choice(
        _ subject: SQLExpression?, _ branches: [SQLBranch], _ otherwise: SQLExpression?,
        _ range: Range<Int>
    ) throws(StoreError) -> SQLValue {
        let subject = try subject.map { (subject) throws(StoreError) in try bind(subject) }
        var conditions: [Predicate] = []
        var values: [SQLValue] = []
        for branch in branches {
            let condition = try bind(branch.condition)
            if let subject {
                conditions.append(try compare(subject, .equal, condition))
            } else {
                conditions.append(try predicate(condition))
            }
            values.append(try bind(branch.value))
        }
        if let otherwise { values.append(try bind(otherwise)) }
        let type = try commonType(values)
        var arguments: [Operand] = []
        for value in values { arguments.append(try coerce(value, to: type)) }
        if otherwise == nil { arguments.append(.constant(.null, type)) }
        let expression = ScalarExpression(.choice(conditions), arguments, type: type)
        return value(.computed(expression), type, range)
    }

    private func cast(
        _ part: SQLValue, _ target: SQLType, isTry: Bool, _ range: Range<Int>
    ) throws(StoreError) -> SQLValue {
        var operand = try castOperand(part, target, isTry: isTry, range)
        if target.isDate {
            operand = try fold(
                .timeBucket(operand, TimeBucket(width: .days(1))), .instant,
                isConstant: operand.constant != nil, range)
        } else if let scale = target.scale, scale < 12 {
            operand = try fold(
                ScalarExpression(.round(digits: scale - 12), [operand], type: .money), range)
        }
        return value(operand, target.type, range)
    }

    private func castOperand(
        _ part: SQLValue, _ target: SQLType, isTry: Bool, _ range: Range<Int>
    ) throws(StoreError) -> Operand {
        if part.isNull { return .constant(.null, target.type) }
        if case .number(let digits) = part.literal,
            target.type == .money || target.type == .int64
        {
            return .constant(try constant(digits, of: target.type, part), target.type)
        }
        if case .text(let literal) = part.literal, !target.type.isText {
            if isTry {
                let found = LiteralText.value(literal, of: target.type) ?? .null
                return .constant(found, target.type)
            }
            return .constant(try constant(literal, of: target.type, part), target.type)
        }
        let isTime = part.type == .instant || target.type == .instant
        guard !isTime || part.type == target.type || part.type.isText || target.type.isText else {
            throw text.error(
                "\(part.type.sqlName) does not cast to \(target.type.sqlName)",
                at: range.lowerBound, hint: "epoch_ns() and make_timestamp_ns() convert")
        }
        let operand = try operand(part)
        if part.type == target.type { return operand }
        return try fold(
            ScalarExpression(.cast(isTry: isTry), [operand], type: target.type), range)
    }
}
