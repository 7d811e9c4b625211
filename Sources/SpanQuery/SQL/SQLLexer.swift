// SQL text → tokens: words, "quoted names", numbers, 'strings' and symbols. Doubled quotes stand for
// themselves; comments are `-- …` to the end of the line and nested /* … */.
// Cost: one pass; the last token is always `end`.

import SpanModel

/// A token and where it lies in the text.
struct SQLToken: Equatable {
    enum Kind: Equatable {
        case word, quotedName, number, string, symbol, end
    }

    let kind: Kind
    /// The content: without quotes, doubled ones resolved.
    let text: String
    /// Bytes of the token in the text, quotes included.
    let range: Range<Int>

    /// Whether this is the keyword `word` (upper case).
    func isKeyword(_ word: String) -> Bool { kind == .word && text.uppercased() == word }

    func isSymbol(_ symbol: String) -> Bool { kind == .symbol && text == symbol }
}

/// Splits a text into tokens.
struct SQLLexer {
    private let text: SQLText
    private var bytes: [UInt8] { text.bytes }
    private var position = 0
    private static let symbols = [
        "<=", ">=", "<>", "!=", "==", "//", "||", "::", "=", "<", ">", "(", ")", ",", ".", ";",
        "[", "]", "+", "-", "*", "/", "%",
    ]

    /// The tokens of `text`. Throws `invalidArgument` naming the place.
    static func tokens(_ text: SQLText) throws(StoreError) -> [SQLToken] {
        var lexer = SQLLexer(text: text)
        var tokens: [SQLToken] = []
        repeat { tokens.append(try lexer.next()) } while tokens.last?.kind != .end
        return tokens
    }

    private init(text: SQLText) { self.text = text }

    private mutating func next() throws(StoreError) -> SQLToken {
        try skipSpace()
        let start = position
        guard position < bytes.count else { return token(.end, "", start) }
        let (kind, content) = try content()
        return token(kind, content, start)
    }

    private mutating func content() throws(StoreError) -> (SQLToken.Kind, String) {
        let start = position
        switch bytes[position] {
        case UInt8(ascii: "'"): return (.string, try quoted())
        case UInt8(ascii: "\""): return (.quotedName, try quoted())
        case 48...57: return (.number, number())
        case UInt8(ascii: ".") where isDigit(position + 1): return (.number, number())
        case let byte where Self.isWord(byte):
            while position < bytes.count, Self.isWord(bytes[position]) { position += 1 }
            return (.word, text.piece(start..<position))
        default:
            for symbol in Self.symbols where bytes[start...].starts(with: symbol.utf8) {
                position += symbol.utf8.count
                return (.symbol, symbol)
            }
            throw text.error("unexpected character", at: start)
        }
    }

    private func token(_ kind: SQLToken.Kind, _ content: String, _ start: Int) -> SQLToken {
        SQLToken(kind: kind, text: content, range: start..<position)
    }

    private mutating func skipSpace() throws(StoreError) {
        while position < bytes.count {
            if [9, 10, 11, 12, 13, 32].contains(bytes[position]) {
                position += 1
            } else if isNext("--") {
                while position < bytes.count, bytes[position] != 0x0A { position += 1 }
            } else if isNext("/*") {
                try skipComment()
            } else {
                return
            }
        }
    }

    private mutating func skipComment() throws(StoreError) {
        let start = position
        var depth = 0
        repeat {
            if isNext("/*") {
                (depth, position) = (depth + 1, position + 2)
            } else if isNext("*/") {
                (depth, position) = (depth - 1, position + 2)
            } else {
                position += 1
            }
            guard position < bytes.count || depth == 0 else {
                throw text.error("the comment that begins here is never closed", at: start)
            }
        } while depth > 0
    }

    /// Content up to the closing quote; a doubled quote stands for itself.
    private mutating func quoted() throws(StoreError) -> String {
        let start = position
        let quote = bytes[position]
        var content: [UInt8] = []
        position += 1
        while position < bytes.count {
            let byte = bytes[position]
            position += 1
            if byte != quote {
                content.append(byte)
            } else if position < bytes.count, bytes[position] == quote {
                content.append(quote)
                position += 1
            } else {
                return String(decoding: content, as: UTF8.self)
            }
        }
        throw text.error("the quote is never closed that begins", at: start)
    }

    /// Digits, a fraction, an exponent.
    private mutating func number() -> String {
        let start = position
        while isDigit(position) { position += 1 }
        if isNext(".") {
            position += 1
            while isDigit(position) { position += 1 }
        }
        if position < bytes.count, bytes[position] | 32 == UInt8(ascii: "e") {
            let sign = position + 1
            let isSigned =
                sign < bytes.count
                && (bytes[sign] == UInt8(ascii: "+") || bytes[sign] == UInt8(ascii: "-"))
            let digits = isSigned ? sign + 1 : sign
            if isDigit(digits) {
                position = digits
                while isDigit(position) { position += 1 }
            }
        }
        return text.piece(start..<position)
    }

    private func isNext(_ symbol: String) -> Bool { bytes[position...].starts(with: symbol.utf8) }

    private func isDigit(_ position: Int) -> Bool {
        position < bytes.count && 48...57 ~= bytes[position]
    }

    private static func isWord(_ byte: UInt8) -> Bool {
        48...57 ~= byte || 97...122 ~= byte | 32 || byte == UInt8(ascii: "_") || byte >= 0x80
    }
}
