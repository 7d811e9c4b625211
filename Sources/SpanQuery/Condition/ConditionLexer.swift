// Tokens of a condition: names, numbers, 'strings' and symbols, each with its position for errors.

import SpanModel

/// A token of a condition.
struct ConditionToken: Equatable {
    enum Kind: Equatable {
        /// A bare word or "quoted name"; dots belong to it.
        case name(isQuoted: Bool)
        case number
        case string
        case symbol
        case end
    }

    let kind: Kind
    /// The content: without quotes, escapes resolved.
    let text: String
    /// Counts bytes from 1.
    let position: Int

    /// Whether this is the keyword `word` (upper case).
    func isKeyword(_ word: String) -> Bool {
        kind == .name(isQuoted: false) && text.uppercased() == word
    }

    func isSymbol(_ symbol: String) -> Bool { kind == .symbol && text == symbol }
}

/// Splits a condition into tokens.
struct ConditionLexer {
    private let bytes: [UInt8]
    private var position = 0
    private static let symbols = [
        "<=", ">=", "<>", "!=", "=", "<", ">", "(", ")", ",", "[", "]", "-",
    ]

    /// The tokens of `text`, the last one `end`. Throws `invalidArgument` naming the position.
    static func tokens(_ text: String) throws(StoreError) -> [ConditionToken] {
        guard text.utf8.count <= Limits.queryTextBytesMax else {
            throw .limitExceeded(
                limit: "condition bytes", value: text.utf8.count,
                maximum: Limits.queryTextBytesMax)
        }
        var lexer = ConditionLexer(bytes: Array(text.utf8))
        var tokens: [ConditionToken] = []
        repeat { tokens.append(try lexer.next()) } while tokens.last?.kind != .end
        return tokens
    }

    private init(bytes: [UInt8]) { self.bytes = bytes }

    private mutating func next() throws(StoreError) -> ConditionToken {
        while position < bytes.count, [9, 10, 13, 32].contains(bytes[position]) { position += 1 }
        let start = position
        guard position < bytes.count else { return token(.end, [], start) }
        switch bytes[position] {
        case UInt8(ascii: "'"): return token(.string, try quoted(), start)
        case UInt8(ascii: "\""): return token(.name(isQuoted: true), try quoted(), start)
        case 48...57: return token(.number, take(Self.isNumber), start)
        case let byte where Self.isName(byte):
            return token(.name(isQuoted: false), take(Self.isName), start)
        default:
            for symbol in Self.symbols where bytes[start...].starts(with: symbol.utf8) {
                position += symbol.utf8.count
                return token(.symbol, Array(symbol.utf8), start)
            }
            throw .invalidArgument(
                name: "where", reason: "unexpected character at position \(start + 1)")
        }
    }

    private func token(
        _ kind: ConditionToken.Kind, _ content: [UInt8], _ start: Int
    ) -> ConditionToken {
        ConditionToken(
            kind: kind, text: String(decoding: content, as: UTF8.self), position: start + 1)
    }

    /// Content up to the closing quote; a doubled quote stands for itself.
    private mutating func quoted() throws(StoreError) -> [UInt8] {
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
                return content
            }
        }
        throw .invalidArgument(
            name: "where", reason: "the quote at position \(start + 1) is never closed")
    }

    private mutating func take(_ belongs: (UInt8) -> Bool) -> [UInt8] {
        let start = position
        while position < bytes.count, belongs(bytes[position]) {
            let isExponent = bytes[position] | 32 == UInt8(ascii: "e")
            position += 1
            // A sign belongs to a number only after its exponent mark.
            if isExponent, 48...57 ~= bytes[start], position < bytes.count,
                bytes[position] == UInt8(ascii: "-") || bytes[position] == UInt8(ascii: "+")
            {
                position += 1
            }
        }
        return Array(bytes[start..<position])
    }

    private static func isNumber(_ byte: UInt8) -> Bool {
        48...57 ~= byte || byte == UInt8(ascii: ".") || byte | 32 == UInt8(ascii: "e")
    }

    private static func isName(_ byte: UInt8) -> Bool {
        48...57 ~= byte || 97...122 ~= byte | 32 || byte == UInt8(ascii: "_")
            || byte == UInt8(ascii: ".") || byte >= 0x80
    }
}
