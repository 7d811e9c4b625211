// What expressions are made of:
//
//   primary = number | 'text' | TRUE | FALSE | NULL | ( expression ) | name { . name }
//           | INTERVAL ('1 hour …' | 'n' unit | n unit) | (TIMESTAMP | DATE) 'text'
//           | CASE [expression] WHEN … THEN … {…} [ELSE …] END
//           | (CAST | TRY_CAST) ( expression AS type ) | EXTRACT ( part FROM expression )
//           | function ( [*] | [DISTINCT] expression {, …} ) [FILTER ( WHERE condition )]

import SpanModel

extension SQLParser {
    mutating func primary() throws(StoreError) -> SQLExpression {
        let start = current.range.lowerBound
        switch current.kind {
        case .number:
            advance()
            return try make(.number(tokens[position - 1].text), start)
        case .string:
            advance()
            return try make(.string(tokens[position - 1].text), start)
        case .symbol:
            guard take(symbol: "(") else { throw unexpected("an expression") }
            let inner = try expression()
            try expect(symbol: ")")
            return inner
        case .quotedName: return try named()
        case .word: return try word()
        case .end: throw unexpected("an expression")
        }
    }

    private mutating func word() throws(StoreError) -> SQLExpression {
        let start = current.range.lowerBound
        let isCall = next.isSymbol("(")
        switch current.text.uppercased() {
        case "NULL": return try constant(.null)
        case "TRUE": return try constant(.boolean(true))
        case "FALSE": return try constant(.boolean(false))
        case "CASE": return try choice()
        case "CAST" where isCall, "TRY_CAST" where isCall: return try cast()
        case "EXTRACT" where isCall: return try extract()
        case "INTERVAL" where next.kind == .string || next.kind == .number:
            advance()
            return try make(.interval(try interval(start)), start)
        case let name where next.kind == .string:
            guard let type = SQLType.named(name), type.type == .instant else {
                throw unexpected("an expression")
            }
            advance()
            let literal = try primary()
            return try make(.cast(literal, type, isTry: false), start)
        case "CURRENT_TIMESTAMP", "CURRENT_DATE":
            let name = current.text.lowercased()
            advance()
            return try make(.call(SQLCall(name: name)), start)
        default: return isCall && isName(current) ? try call() : try named()
        }
    }

    private mutating func constant(_ node: SQLExpression.Node) throws(StoreError) -> SQLExpression {
        let start = current.range.lowerBound
        advance()
        return try make(node, start)
    }

    private mutating func named() throws(StoreError) -> SQLExpression {
        let start = current.range.lowerBound
        var parts = [try name("an expression").text]
        // After a dot even a reserved word is a name.
        while current.isSymbol("."), next.kind == .word || next.kind == .quotedName {
            advance()
            parts.append(current.text)
            advance()
        }
        return try make(.name(parts), start)
    }

    // MARK: - Calls

    private mutating func call() throws(StoreError) -> SQLExpression {
        let start = current.range.lowerBound
        var call = SQLCall(name: current.text.lowercased())
        advance()
        try expect(symbol: "(")
        if take(symbol: "*") {
            call.isStar = true
        } else if !current.isSymbol(")") {
            call.isDistinct = take("DISTINCT")
            call.arguments = try expressions()
        }
        try expect(symbol: ")")
        if take("FILTER") {
            try expect(symbol: "(")
            _ = take("WHERE")
            call.filter = try expression()
            try expect(symbol: ")")
        }
        return try make(.call(call), start)
    }

    private mutating func cast() throws(StoreError) -> SQLExpression {
        let start = current.range.lowerBound
        let isTry = current.isKeyword("TRY_CAST")
        advance()
        try expect(symbol: "(")
        let part = try expression()
        try expect("AS")
        let type = try typeName()
        try expect(symbol: ")")
        return try make(.cast(part, type, isTry: isTry), start)
    }

    private mutating func extract() throws(StoreError) -> SQLExpression {
        let start = current.range.lowerBound
        advance()
        try expect(symbol: "(")
        let partStart = current.range.lowerBound
        let field = try name("a date part").text
        let part = try make(.string(field), partStart)
        try expect("FROM")
        let instant = try expression()
        try expect(symbol: ")")
        return try make(.call(SQLCall(name: "date_part", arguments: [part, instant])), start)
    }

    private mutating func choice() throws(StoreError) -> SQLExpression {
        let start = current.range.lowerBound
        advance()
        let subject = current.isKeyword("WHEN") ? nil : try expression()
        var branches: [SQLBranch] = []
        while take("WHEN") {
            let condition = try expression()
            try expect("THEN")
            branches.append(SQLBranch(condition: condition, value: try expression()))
        }
        guard !branches.isEmpty else { throw unexpected("WHEN") }
        let otherwise = take("ELSE") ? try expression() : nil
        try expect("END")
        return try make(.choice(subject, branches, otherwise: otherwise), start)
    }

    // MARK: - Types and intervals

    mutating func typeName() throws(StoreError) -> SQLType {
        guard current.kind == .word, var type = SQLType.named(current.text.uppercased()) else {
            throw unexpected("a type")
        }
        advance()
        _ = take("PRECISION")
        if take(symbol: "(") {
            let numbers = try typeNumbers()
            if type.type == .money { type.scale = numbers.count > 1 ? numbers[1] : 0 }
        }
        if current.isKeyword("WITH") || current.isKeyword("WITHOUT"), next.isKeyword("TIME") {
            advance()
            advance()
            try expect("ZONE")
        }
        return type
    }

    private mutating func typeNumbers() throws(StoreError) -> [Int] {
        var numbers: [Int] = []
        repeat {
            guard current.kind == .number, let number = Int(current.text), number <= 38 else {
                throw unexpected("a number of digits")
            }
            numbers.append(number)
            advance()
        } while take(symbol: ",") && numbers.count < 2
        try expect(symbol: ")")
        return numbers
    }

    private mutating func interval(_ start: Int) throws(StoreError) -> SQLInterval {
        let token = current
        advance()
        if token.kind == .string, let interval = SQLInterval(token.text) { return interval }
        guard current.kind == .word,
            let interval = SQLInterval("\(token.text) \(current.text)")
        else {
            throw text.error(
                "\(SQLText.quoted(token.text)) is no interval such as '1 hour' or '7 days'",
                at: token.range.lowerBound)
        }
        advance()
        return interval
    }
}

extension SQLInterval {
    /// `1 hour 30 minutes`, `-7 days`, `15m`. Nil when the text is no interval.
    init?(_ text: String) {
        self.init()
        var bytes = Array(text.utf8)[...]
        var count = 0
        while true {
            Self.skipSpaces(&bytes)
            guard !bytes.isEmpty else { break }
            let number = Self.take(&bytes) { 48...57 ~= $0 || [43, 45, 46].contains($0) }
            Self.skipSpaces(&bytes)
            let unit = Self.take(&bytes) { 97...122 ~= $0 | 32 }
            guard add(number, unit.lowercased()) else { return nil }
            count += 1
        }
        if count == 0 { return nil }
    }

    private static func skipSpaces(_ bytes: inout ArraySlice<UInt8>) {
        while bytes.first == UInt8(ascii: " ") { bytes.removeFirst() }
    }

    private static func take(
        _ bytes: inout ArraySlice<UInt8>, _ belongs: (UInt8) -> Bool
    ) -> String {
        let taken = bytes.prefix(while: belongs)
        bytes = bytes.dropFirst(taken.count)
        return String(decoding: taken, as: UTF8.self)
    }

    /// Adds so many units; false when that is no interval or does not fit.
    private mutating func add(_ number: String, _ unit: String) -> Bool {
        if let months = Self.months(in: unit) {
            guard let count = Int(number), abs(count) <= 120_000 else { return false }
            self.months += count * months
            return true
        }
        guard let length = Self.nanoseconds(in: unit), let count = Double(number) else {
            return false
        }
        // Whole numbers are exact; a fraction is of the unit.
        let product: Int64?
        if let whole = Int64(number) {
            let (value, overflow) = whole.multipliedReportingOverflow(by: length)
            product = overflow ? nil : value
        } else {
            product = Int64(exactly: (count * Double(length)).rounded())
        }
        guard let product else { return false }
        let (sum, overflow) = nanoseconds.addingReportingOverflow(product)
        nanoseconds = sum
        return !overflow
    }

    private static func months(in unit: String) -> Int? {
        switch unit {
        case "month", "months", "mon", "mons", "mo": 1
        case "quarter", "quarters": 3
        case "year", "years", "yr", "yrs", "y": 12
        default: nil
        }
    }

    private static func nanoseconds(in unit: String) -> Int64? {
        switch unit {
        case "nanosecond", "nanoseconds", "ns": 1
        case "microsecond", "microseconds", "us": 1_000
        case "millisecond", "milliseconds", "msec", "ms": 1_000_000
        case "second", "seconds", "sec", "secs", "s": 1_000_000_000
        case "minute", "minutes", "min", "mins", "m": 60_000_000_000
        case "hour", "hours", "hr", "hrs", "h": 3_600_000_000_000
        case "day", "days", "d": 86_400_000_000_000
        case "week", "weeks", "w": 604_800_000_000_000
        default: nil
        }
    }
}
