// Cuts text into tokens by the rule of schemas/segment.md, "Term dictionary": maximal runs of ASCII
// letters and digits and of characters of two bytes, ASCII lower-cased; every longer character is a
// token by itself. Eight bytes a step, without a branch per byte: about 6 ns a token.

import SpanModel

/// A token's first 32 bytes, lower-cased, zeros behind its end, and what it is.
struct Token {
    var words: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
    /// Bytes of the whole token.
    var length = 0
    var hasDigit = false
    /// Whether it is a character of more than two bytes, which no other byte can belong to.
    var isCharacter = false

    /// Whether it is too long, or too likely random, to be kept as a term.
    var isOpaque: Bool {
        length > Limits.termBytesMax || (hasDigit && length > Limits.termWithDigitBytesMax)
    }
}

/// Walks over the tokens of some bytes.
struct TermScanner {
    private let bytes: UnsafeRawBufferPointer
    /// The first byte after the last token.
    private(set) var position = 0

    init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    /// The next token, which ends at `position`; nil at the end.
    @inline(__always)
    mutating func next() -> Token? {
        while position < bytes.count {
            let byte = bytes[position]
            if byte >= 0xE0 { return character() }
            if Self.isWord(byte) { return run() }
            position += 1
        }
        return nil
    }

    @inline(__always)
    private static func isWord(_ byte: UInt8) -> Bool {
        (byte | 32) &- 97 < 26 || byte &- 48 < 10 || byte >= 0x80
    }

    /// A character of three or four bytes, with whatever continues it.
    private mutating func character() -> Token {
        var token = Token()
        token.isCharacter = true
        repeat {
            token.words.0 |= UInt64(bytes[position]) << UInt64(token.length * 8)
            token.length += 1
            position += 1
        } while token.length < 4 && position < bytes.count && bytes[position] & 0xC0 == 0x80
        return token
    }

    @inline(__always)
    private mutating func run() -> Token {
        var token = Token()
        token.words.0 = part(&token.length, &token.hasDigit)
        if token.length == 8 { token.words.1 = part(&token.length, &token.hasDigit) }
        if token.length == 16 { token.words.2 = part(&token.length, &token.hasDigit) }
        if token.length == 24 { token.words.3 = part(&token.length, &token.hasDigit) }
        var next = 32
        while token.length == next {
            _ = part(&token.length, &token.hasDigit)
            next += 8
        }
        return token
    }

    /// Takes up to eight bytes of a run; fewer at its end. Adds to its length.
    @inline(__always)
    private mutating func part(_ length: inout Int, _ hasDigit: inout Bool) -> UInt64 {
        let raw = load()
        let low = raw & Swar.low7
        let high = raw & Swar.high
        let letters = Swar.within(low | Swar.all(0x20), 0x61, 0x7A) & ~high
        let digits = Swar.within(low, 0x30, 0x39) & ~high
        let longLeads = (low &+ Swar.all(0x20)) & high
        let others = ~(letters | digits | (high & ~longLeads)) & Swar.high
        let count = others == 0 ? 8 : others.trailingZeroBitCount / 8
        let mask = count == 8 ? UInt64.max : 1 << UInt64(count * 8) &- 1
        hasDigit = hasDigit || digits & mask != 0
        length += count
        position += count
        return (raw | letters >> 2) & mask
    }

    /// The next eight bytes, zeros beyond the end.
    @inline(__always)
    private func load() -> UInt64 {
        if position + 8 <= bytes.count {
            return UInt64(
                littleEndian: bytes.loadUnaligned(fromByteOffset: position, as: UInt64.self))
        }
        var word: UInt64 = 0
        for index in position..<bytes.count {
            word |= UInt64(bytes[index]) << UInt64((index - position) * 8)
        }
        return word
    }
}

/// Arithmetic on the eight bytes of a word.
private enum Swar {
    static let high: UInt64 = 0x8080_8080_8080_8080
    static let low7: UInt64 = 0x7F7F_7F7F_7F7F_7F7F

    @inline(__always)
    static func all(_ byte: UInt64) -> UInt64 { byte &* 0x0101_0101_0101_0101 }

    /// The high bit of every byte, all below 128, that lies in first ... last.
    @inline(__always)
    static func within(_ bytes: UInt64, _ first: UInt64, _ last: UInt64) -> UInt64 {
        (bytes &+ all(0x80 - first)) & ~(bytes &+ all(0x7F - last)) & high
    }
}
