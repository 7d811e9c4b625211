// Expressions of SQL, the loosest operators first:
//
//   expression  = conjunction { OR conjunction }      conjunction = negation { AND negation }
//   negation    = NOT negation | comparison
//   comparison  = joined { (= | == | <> | != | < | <= | > | >=) joined | IS [NOT] (NULL | TRUE |
//                 FALSE | DISTINCT FROM joined) | [NOT] IN ( list ) | [NOT] [I]LIKE joined
//                 | [NOT] BETWEEN joined AND joined }
//   joined      = sum { || sum }     sum = product { (+ | -) product }
//   product     = sign { (* | / | // | %) sign }      sign = - sign | + sign | postfix
//   postfix     = primary { :: type | [ 'key' ] }
//
// Primaries are in SQLParser+Primary.swift.

import SpanModel

extension SQLParser {
    mutating func expression() throws(StoreError) -> SQLExpression {
        depth += 1
        defer { depth -= 1 }
        let start = current.range.lowerBound
        try checkDepth(depth, at: start)
        var parts = [try conjunction()]
        while take("OR") { parts.append(try conjunction()) }
        return try parts.count == 1 ? parts[0] : make(.or(parts), start)
    }

    mutating func expressions() throws(StoreError) -> [SQLExpression] {
        var expressions = [try expression()]
        while take(symbol: ",") { expressions.append(try expression()) }
        return expressions
    }

    /// An expression of the text since `start`. Throws beyond the depth that later walks may
    /// recurse to, and beyond the size that they may visit.
    func make(_ node: SQLExpression.Node, _ start: Int) throws(StoreError) -> SQLExpression {
        let range = start..<max(start, end)
        let parts = SQLExpression(node: node, range: range, depth: 0, weight: 0)
        let depth = 1 + parts.parts.reduce(0) { max($0, $1.depth) }
        try checkDepth(depth, at: start)
        let repeated = (parts.parts.first?.weight ?? 0) * (parts.repeats - 1)
        let weight = parts.parts.reduce(1 + repeated) { $0 + $1.weight }
        guard weight <= Limits.expressionWeightMax else {
            throw text.error("the expression is too large", at: start)
        }
        return SQLExpression(node: node, range: range, depth: depth, weight: weight)
    }

    func checkDepth(_ depth: Int, at offset: Int) throws(StoreError) {
        guard depth <= Limits.expressionDepthMax else {
            throw text.error(
                "more than \(Limits.expressionDepthMax) expressions lie within each other",
                at: offset)
        }
    }

    private mutating func conjunction() throws(StoreError) -> SQLExpression {
        let start = current.range.lowerBound
        var parts = [try negation()]
        while take("AND") { parts.append(try negation()) }
        return try parts.count == 1 ? parts[0] : make(.and(parts), start)
    }

    private mutating func negation() throws(StoreError) -> SQLExpression {
        guard current.isKeyword("NOT") else { return try comparison() }
        let start = current.range.lowerBound
        advance()
        depth += 1
        defer { depth -= 1 }
        try checkDepth(depth, at: start)
        let part = try negation()
        return try make(.not(part), start)
    }

    // MARK: - Tests

    private mutating func comparison() throws(StoreError) -> SQLExpression {
        let start = current.range.lowerBound
        var left = try joined()
        while true {
            if let comparison = comparisonSymbol() {
                advance()
                let right = try joined()
                left = try make(.comparison(left, comparison, right), start)
            } else if take("IS") {
                left = try isTest(of: left, start)
            } else if let test = try wordTest(of: left, start) {
                left = test
            } else {
                return left
            }
        }
    }

    private func comparisonSymbol() -> Comparison? {
        guard current.kind == .symbol else { return nil }
        switch current.text {
        case "=", "==": return .equal
        case "<>", "!=": return .notEqual
        case "<": return .less
        case "<=": return .lessOrEqual
        case ">": return .greater
        case ">=": return .greaterOrEqual
        default: return nil
        }
    }

    private mutating func isTest(
        of left: SQLExpression, _ start: Int
    ) throws(StoreError) -> SQLExpression {
        let isNegated = take("NOT")
        let test: SQLExpression
        if take("NULL") {
            test = try make(.isNull(left), start)
        } else if take("TRUE") {
            test = try make(.isTruth(left, true), start)
        } else if take("FALSE") {
            test = try make(.isTruth(left, false), start)
        } else {
            guard take("DISTINCT") else { throw unexpected("NULL, TRUE, FALSE or DISTINCT") }
            try expect("FROM")
            let right = try joined()
            test = try make(.isDistinct(left, right), start)
        }
        return try isNegated ? make(.not(test), start) : test
    }

    /// IN, BETWEEN, LIKE or ILIKE; nil when none of them follows.
    private mutating func wordTest(
        of left: SQLExpression, _ start: Int
    ) throws(StoreError) -> SQLExpression? {
        let isNegated = current.isKeyword("NOT")
        let word = isNegated ? next : current
        guard ["IN", "BETWEEN", "LIKE", "ILIKE"].contains(where: word.isKeyword) else {
            return nil
        }
        if isNegated { advance() }
        advance()
        let test: SQLExpression
        if word.isKeyword("IN") {
            try expect(symbol: "(")
            let members = try expressions()
            try expect(symbol: ")")
            test = try make(.isIn(left, members), start)
        } else if word.isKeyword("BETWEEN") {
            let low = try joined()
            try expect("AND")
            let high = try joined()
            test = try make(.between(left, low, high), start)
        } else {
            let pattern = try joined()
            test = try make(.like(left, pattern, ignoringCase: word.isKeyword("ILIKE")), start)
        }
        return try isNegated ? make(.not(test), start) : test
    }

    // MARK: - Arithmetic

    private mutating func joined() throws(StoreError) -> SQLExpression {
        try chain(["||"]) { (parser) throws(StoreError) in
            try parser.chain(["+", "-"]) { (parser) throws(StoreError) in
                try parser.chain(["*", "/", "//", "%"]) { (parser) throws(StoreError) in
                    try parser.sign()
                }
            }
        }
    }

    /// Operands with left-associative operators between them.
    private mutating func chain(
        _ symbols: [String], _ operand: (inout SQLParser) throws(StoreError) -> SQLExpression
    ) throws(StoreError) -> SQLExpression {
        let start = current.range.lowerBound
        var left = try operand(&self)
        while current.kind == .symbol, symbols.contains(current.text) {
            let symbol = current.text
            advance()
            let right = try operand(&self)
            left = try make(.arithmetic(left, symbol, right), start)
        }
        return left
    }

    private mutating func sign() throws(StoreError) -> SQLExpression {
        let start = current.range.lowerBound
        guard current.isSymbol("-") || current.isSymbol("+") else { return try postfix() }
        let isNegative = current.isSymbol("-")
        advance()
        depth += 1
        defer { depth -= 1 }
        try checkDepth(depth, at: start)
        let part = try sign()
        guard isNegative else { return part }
        // The least integer is written as the negation of one that does not fit.
        if case .number(let digits) = part.node, !digits.hasPrefix("-") {
            return try make(.number("-" + digits), start)
        }
        return try make(.negate(part), start)
    }

    private mutating func postfix() throws(StoreError) -> SQLExpression {
        let start = current.range.lowerBound
        var base = try primary()
        while true {
            if take(symbol: "::") {
                base = try make(.cast(base, try typeName(), isTry: false), start)
            } else if take(symbol: "[") {
                guard current.kind == .string else { throw unexpected("a quoted key") }
                let key = current.text
                advance()
                try expect(symbol: "]")
                base = try make(.element(base, key: key), start)
            } else {
                return base
            }
        }
    }
}
