// Conditions in SQL's words:
//
//   condition = conjunction { OR conjunction }        conjunction = negation { AND negation }
//   negation  = NOT negation | ( condition ) | operand test
//   test      = (= | <> | != | < | <= | > | >=) literal | IS [NOT] NULL | [NOT] IN ( literal, … )
//             | [NOT] LIKE 'p' | [NOT] ILIKE 'p' | [NOT] BETWEEN literal AND literal
//   operand   = a column, duration_ms, attributes['key']     literal = number | 'text' | TRUE …
//
// A literal is read as the operand's type: money exactly from its decimal text, instants from
// RFC 3339 text. Errors name the token and its position.

import SpanModel

/// What a name in a condition stands for.
package struct NamedOperand: Sendable {
    package let operand: Operand
    package let type: ColumnType

    package init(_ operand: Operand, type: ColumnType) {
        self.operand = operand
        self.type = type
    }
}

/// Parses conditions.
package struct ConditionParser {
    package typealias Resolver = (String) throws(StoreError) -> NamedOperand

    private let tokens: [ConditionToken]
    private let resolve: Resolver
    private var position = 0
    private var depth = 0

    /// The predicate that `text` states about a table.
    package static func parse(
        _ text: String, table: TableSchema
    ) throws(StoreError) -> Predicate {
        let types = table.columns.map(\.type)
        return try parse(text) { (name) throws(StoreError) in
            let operand = try ColumnNames.operand(name, in: table)
            return NamedOperand(operand, type: operand.type(in: types))
        }
    }

    /// The predicate that `text` states, its names resolved by `resolve`. Throws `invalidArgument`
    /// naming the token and position, or what `resolve` throws.
    package static func parse(
        _ text: String, resolve: @escaping Resolver
    ) throws(StoreError) -> Predicate {
        var parser = ConditionParser(tokens: try ConditionLexer.tokens(text), resolve: resolve)
        let predicate = try parser.condition()
        guard parser.current.kind == .end else { throw parser.unexpected() }
        return predicate
    }

    private init(tokens: [ConditionToken], resolve: @escaping Resolver) {
        self.tokens = tokens
        self.resolve = resolve
    }

    private var current: ConditionToken { tokens[position] }

    private mutating func advance() { position = min(position + 1, tokens.count - 1) }

    private mutating func take(keyword: String) -> Bool {
        guard current.isKeyword(keyword) else { return false }
        advance()
        return true
    }

    private mutating func take(symbol: String) -> Bool {
        guard current.isSymbol(symbol) else { return false }
        advance()
        return true
    }

    private mutating func expect(symbol: String) throws(StoreError) {
        guard take(symbol: symbol) else { throw unexpected("'\(symbol)'") }
    }

    private func unexpected(_ wanted: String? = nil) -> StoreError {
        let found = current.kind == .end ? "the end" : "'\(current.text)'"
        let hint = wanted.map { ", expected \($0)" } ?? ""
        return .invalidArgument(
            name: "where", reason: "unexpected \(found) at position \(current.position)\(hint)")
    }

    private mutating func condition() throws(StoreError) -> Predicate {
        var parts = [try conjunction()]
        while take(keyword: "OR") { parts.append(try conjunction()) }
        return parts.count == 1 ? parts[0] : .or(parts)
    }

    private mutating func conjunction() throws(StoreError) -> Predicate {
        var parts = [try negation()]
        while take(keyword: "AND") { parts.append(try negation()) }
        return parts.count == 1 ? parts[0] : .and(parts)
    }

    private mutating func negation() throws(StoreError) -> Predicate {
        depth += 1
        defer { depth -= 1 }
        guard depth <= Limits.nestingDepthMax else {
            throw .limitExceeded(
                limit: "condition nesting", value: depth, maximum: Limits.nestingDepthMax)
        }
        if take(keyword: "NOT") { return .not(try negation()) }
        if take(symbol: "(") {
            let inner = try condition()
            try expect(symbol: ")")
            return inner
        }
        return try test(of: try operand())
    }

    private mutating func operand() throws(StoreError) -> NamedOperand {
        guard case .name = current.kind else { throw unexpected("a column") }
        var name = current.text
        advance()
        if take(symbol: "[") {
            guard current.kind == .string else { throw unexpected("a quoted key") }
            name += "['\(current.text)']"
            advance()
            try expect(symbol: "]")
        }
        return try resolve(name)
    }

    private mutating func test(of named: NamedOperand) throws(StoreError) -> Predicate {
        if take(keyword: "IS") {
            let isNegated = take(keyword: "NOT")
            guard take(keyword: "NULL") else { throw unexpected("NULL") }
            return isNegated ? .not(.isNull(named.operand)) : .isNull(named.operand)
        }
        if let comparison = comparison() {
            advance()
            return .compare(named.operand, comparison, try literal(named.type))
        }
        let isNegated = take(keyword: "NOT")
        let predicate = try wordTest(of: named)
        return isNegated ? .not(predicate) : predicate
    }

    private func comparison() -> Comparison? {
        guard current.kind == .symbol else { return nil }
        switch current.text {
        case "=": return .equal
        case "<>", "!=": return .notEqual
        case "<": return .less
        case "<=": return .lessOrEqual
        case ">": return .greater
        case ">=": return .greaterOrEqual
        default: return nil
        }
    }

    /// IN, BETWEEN, LIKE or ILIKE.
    private mutating func wordTest(of named: NamedOperand) throws(StoreError) -> Predicate {
        if take(keyword: "IN") {
            try expect(symbol: "(")
            var literals = [try literal(named.type)]
            while take(symbol: ",") { literals.append(try literal(named.type)) }
            try expect(symbol: ")")
            return .isIn(named.operand, literals)
        }
        if take(keyword: "BETWEEN") {
            let low = try literal(named.type)
            guard take(keyword: "AND") else { throw unexpected("AND") }
            return .and([
                .compare(named.operand, .greaterOrEqual, low),
                .compare(named.operand, .lessOrEqual, try literal(named.type)),
            ])
        }
        let ignoringCase = current.isKeyword("ILIKE")
        guard ignoringCase || current.isKeyword("LIKE") else { throw unexpected("a comparison") }
        advance()
        guard current.kind == .string else { throw unexpected("a quoted pattern") }
        guard named.type.form != .integer, named.type.form != .float else {
            throw unexpected("a comparison: LIKE needs text")
        }
        let pattern = current.text
        advance()
        return .like(named.operand, pattern: pattern, ignoringCase: ignoringCase)
    }

    /// A literal of the type it is compared with.
    private mutating func literal(_ type: ColumnType) throws(StoreError) -> Literal {
        if take(keyword: "NULL") { return .null }
        let sign = take(symbol: "-") ? "-" : ""
        guard let literal = Self.literal(current, sign: sign, type) else {
            throw unexpected("a literal for \(type)")
        }
        advance()
        return literal
    }

    private static func literal(
        _ token: ConditionToken, sign: String, _ type: ColumnType
    ) -> Literal? {
        let text = sign + token.text
        switch (token.kind, type) {
        case (.number, .money): return Money.parse(text.utf8).map { .integer($0) }
        case (.number, .int64), (.number, .float64), (.number, .bool), (.number, .instant):
            return Int64(text).map { .integer($0) } ?? Double(text).map { .float($0) }
        case (.string, .instant): return Instant.parse(token.text).map { .integer($0) }
        case (.string, .string), (.string, .identifier), (.string, .text), (.string, .json):
            return sign.isEmpty ? .string(token.text) : nil
        case (.name(isQuoted: false), .bool):
            return token.isKeyword("TRUE")
                ? .integer(1) : token.isKeyword("FALSE") ? .integer(0) : nil
        default: return nil
        }
    }
}
