// Statements of SQL:
//
//   statement = select | DESCRIBE table | SHOW TABLES
//   select    = SELECT [DISTINCT] item {, item} FROM table [[AS] alias] [WHERE condition]
//               [GROUP BY ALL | expression {, expression}] [HAVING condition]
//               [ORDER BY expression [ASC|DESC] [NULLS FIRST|LAST] {, …}]
//               [LIMIT count] [OFFSET count]
//   item      = * | expression [[AS] alias]
//
// Expressions are in SQLParser+Expression.swift. Errors name the token and its place.

import SpanModel

/// Parses SQL. Order of calls: `statement` or `condition`, once.
struct SQLParser {
    let text: SQLText
    let tokens: [SQLToken]
    var position = 0
    var depth = 0

    init(_ text: SQLText) throws(StoreError) {
        self.text = text
        tokens = try SQLLexer.tokens(text)
    }

    /// The whole text as a statement.
    static func statement(_ text: SQLText) throws(StoreError) -> SQLStatement {
        var parser = try SQLParser(text)
        let statement = try parser.statement()
        _ = parser.take(symbol: ";")
        guard parser.current.kind == .end else { throw parser.unexpected(nil) }
        return statement
    }

    /// The whole text as a condition.
    static func condition(_ text: SQLText) throws(StoreError) -> SQLExpression {
        var parser = try SQLParser(text)
        let condition = try parser.expression()
        guard parser.current.kind == .end else { throw parser.unexpected(nil) }
        return condition
    }

    // MARK: - Tokens

    var current: SQLToken { tokens[position] }

    var next: SQLToken { tokens[min(position + 1, tokens.count - 1)] }

    /// Where the token before the current one ends.
    var end: Int { position == 0 ? 0 : tokens[position - 1].range.upperBound }

    mutating func advance() { position = min(position + 1, tokens.count - 1) }

    mutating func take(_ keyword: String) -> Bool {
        guard current.isKeyword(keyword) else { return false }
        advance()
        return true
    }

    mutating func take(symbol: String) -> Bool {
        guard current.isSymbol(symbol) else { return false }
        advance()
        return true
    }

    mutating func expect(_ keyword: String) throws(StoreError) {
        guard take(keyword) else { throw unexpected(keyword) }
    }

    mutating func expect(symbol: String) throws(StoreError) {
        guard take(symbol: symbol) else { throw unexpected("'\(symbol)'") }
    }

    func unexpected(_ wanted: String?) -> StoreError {
        let found = current.kind == .end ? "the end" : SQLText.quoted(current.text)
        let hint = wanted.map { " (expected \($0))" } ?? ""
        return text.error("unexpected \(found)\(hint)", at: current.range.lowerBound)
    }

    /// A table's, column's or alias's name.
    mutating func name(_ wanted: String) throws(StoreError) -> SQLName {
        guard isName(current) else { throw unexpected(wanted) }
        let name = SQLName(text: current.text, offset: current.range.lowerBound)
        advance()
        return name
    }

    func isName(_ token: SQLToken) -> Bool {
        token.kind == .quotedName
            || token.kind == .word && !Self.reserved.contains(token.text.uppercased())
    }

    /// Words that name nothing unless they are quoted.
    static let reserved: Set<String> = [
        "ALL", "AND", "AS", "ASC", "BETWEEN", "BY", "CASE", "CAST", "CROSS", "DESC", "DISTINCT",
        "ELSE", "END", "EXCEPT", "FALSE", "FILTER", "FROM", "FULL", "GROUP", "HAVING", "ILIKE",
        "IN", "INNER", "INTERSECT", "IS", "JOIN", "LEFT", "LIKE", "LIMIT", "NATURAL", "NOT",
        "NULL", "OFFSET", "ON", "OR", "ORDER", "OVER", "QUALIFY", "RIGHT", "SELECT", "THEN",
        "TRUE", "TRY_CAST", "UNION", "USING", "WHEN", "WHERE", "WINDOW", "WITH",
    ]

    // MARK: - Statements

    private mutating func statement() throws(StoreError) -> SQLStatement {
        if take("SELECT") { return .select(try select()) }
        if take("DESCRIBE") || take("DESC") { return .describe(try name("a table")) }
        if take("SHOW") {
            try expect("TABLES")
            return .showTables
        }
        throw unexpected("SELECT, DESCRIBE or SHOW TABLES")
    }

    private mutating func select() throws(StoreError) -> SQLSelect {
        var select = SQLSelect()
        select.isDistinct = take("DISTINCT")
        if !select.isDistinct { _ = take("ALL") }
        repeat { select.items.append(try item()) } while take(symbol: ",")
        try expect("FROM")
        select.table = try name("a table")
        select.alias = try alias()
        if take("WHERE") { select.filter = try expression() }
        if take("GROUP") {
            try expect("BY")
            select.grouping = take("ALL") ? .all : .expressions(try expressions())
        }
        if take("HAVING") { select.having = try expression() }
        if take("ORDER") {
            try expect("BY")
            repeat { select.order.append(try order()) } while take(symbol: ",")
        }
        try page(&select)
        return select
    }

    private mutating func item() throws(StoreError) -> SQLSelect.Item {
        if current.isSymbol("*") {
            let offset = current.range.lowerBound
            advance()
            return .star(at: offset)
        }
        let expression = try expression()
        return .expression(expression, alias: try alias())
    }

    private mutating func alias() throws(StoreError) -> String? {
        if take("AS") {
            // After AS even a reserved word is a name.
            guard current.kind == .word || current.kind == .quotedName else {
                throw unexpected("a name")
            }
            let name = current.text
            advance()
            return name
        }
        return isName(current) ? try name("a name").text : nil
    }

    private mutating func order() throws(StoreError) -> SQLSelect.Order {
        let expression = try expression()
        let isDescending = take("DESC")
        if !isDescending { _ = take("ASC") }
        var nullsFirst = false
        if take("NULLS") {
            nullsFirst = take("FIRST")
            if !nullsFirst { try expect("LAST") }
        }
        return SQLSelect.Order(
            expression: expression, isDescending: isDescending, nullsFirst: nullsFirst)
    }

    /// LIMIT and OFFSET, in either order.
    private mutating func page(_ select: inout SQLSelect) throws(StoreError) {
        var (hasLimit, hasOffset) = (false, false)
        while true {
            if !hasLimit, take("LIMIT") {
                hasLimit = true
                if !take("ALL") { select.limit = try count() }
            } else if !hasOffset, take("OFFSET") {
                hasOffset = true
                select.offset = try count()
            } else {
                return
            }
        }
    }

    private mutating func count() throws(StoreError) -> Int {
        guard current.kind == .number, let count = Int(current.text) else {
            throw unexpected("a count")
        }
        advance()
        return count
    }
}
