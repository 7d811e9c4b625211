// Words that may stand before the cursor: keywords, functions, tables, and the columns of the tables
// that the statement names (of all tables while it names none). Names come from SHOW TABLES and
// DESCRIBE, asked once, at the first completion.

/// Completes words of SQL.
struct Completion {
    private static let keywords = [
        "AND", "AS", "ASC", "BETWEEN", "BY", "CASE", "CAST", "DESC", "DESCRIBE", "DISTINCT", "ELSE",
        "END", "FALSE", "FILTER", "FROM", "GROUP", "HAVING",
        "ILIKE", "IN", "INTERVAL", "IS", "LIKE", "LIMIT", "NOT", "NULL", "NULLS", "OFFSET", "OR",
        "ORDER", "SELECT", "SHOW", "TABLES", "THEN", "TRUE", "WHEN", "WHERE",
    ]
    private static let functions = [
        "approx_quantile", "arg_max", "arg_min", "avg", "coalesce", "contains", "count",
        "date_trunc", "length", "lower", "max", "min", "now", "quantile_cont", "quantile_disc",
        "stddev_pop", "sum", "time_bucket", "var_pop",
    ]
    private static let commands = ["\\?", "\\d", "\\format", "\\q", "\\timing"]

    /// Asks and gives the first column of the answer; nil when that fails.
    typealias Ask = (_ statement: String) -> [String]?

    private var tables: [String]?
    private var columns: [String: [String]] = [:]

    /// The words that begin like the one that ends `text`, and how many characters of it are there.
    mutating func candidates(
        _ text: String, ask: Ask
    ) -> (words: [String], typedCount: Int) {
        let typed = String(text.reversed().prefix(while: Self.isWord).reversed())
        if text.hasPrefix("\\"), !text.contains(where: \.isWhitespace) {
            return (Self.commands.filter { $0.hasPrefix(text) }, text.count)
        }
        guard !typed.isEmpty else { return ([], 0) }
        let words = names(in: text, ask) + Self.functions + Self.keywords
        let wanted = typed.lowercased()
        var seen: Set<String> = []
        return (
            words.filter { $0.lowercased().hasPrefix(wanted) && seen.insert($0).inserted }.sorted(),
            typed.count
        )
    }

    private mutating func names(in text: String, _ ask: Ask) -> [String] {
        if tables == nil { tables = ask("SHOW TABLES") }
        let tables = tables ?? []
        let words = text.split { !Self.isWord($0) }.map(String.init)
        let named = tables.filter(words.contains)
        return tables + (named.isEmpty ? tables : named).flatMap { columns(of: $0, ask) }
    }

    private mutating func columns(of table: String, _ ask: Ask) -> [String] {
        if let known = columns[table] { return known }
        guard let names = ask("DESCRIBE \(table)") else { return [] }
        columns[table] = names
        return names
    }

    private static func isWord(_ character: Character) -> Bool {
        character.isLetter || character.isNumber || character == "_"
    }
}
