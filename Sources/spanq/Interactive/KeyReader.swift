// Bytes of a terminal in raw mode → keys. Escape sequences are those of xterm (ECMA-48 with CSI and
// SS3); one that is not known is read to its end and does nothing.

import Glibc

/// A key.
enum Key: Equatable {
    case character(Character)
    /// With its letter in lower case.
    case control(Character)
    case enter, tab, backspace, delete
    case up, down, left, right, home, end, wordLeft, wordRight
    case unknown
}

/// Reads keys from standard input.
struct KeyReader {
    private var buffer: [UInt8] = []
    private var position = 0

    /// Whether more keys are there already, as when text is pasted.
    var hasBuffered: Bool { position < buffer.count }

    /// The next key; nil at the end of input.
    mutating func next() -> Key? {
        guard let byte = nextByte() else { return nil }
        switch byte {
        case 0x0A, 0x0D: return .enter
        case 0x09: return .tab
        case 0x08, 0x7F: return .backspace
        case 0x1B: return escape()
        case 1...26: return .control(Character(Unicode.Scalar(byte + 96)))
        case ..<0x20: return .unknown
        default: return character(byte)
        }
    }

    private mutating func nextByte() -> UInt8? {
        if position == buffer.count {
            var bytes = [UInt8](repeating: 0, count: 1_024)
            var count: Int
            repeat { count = read(0, &bytes, bytes.count) } while count < 0 && errno == EINTR
            guard count > 0 else { return nil }
            buffer = Array(bytes[..<count])
            position = 0
        }
        position += 1
        return buffer[position - 1]
    }

    /// Whether the rest of a sequence came with its first byte; a key that was pressed comes alone.
    private var hasMore: Bool {
        if hasBuffered { return true }
        var input = pollfd(fd: 0, events: Int16(POLLIN), revents: 0)
        let sequenceMilliseconds: Int32 = 20
        return poll(&input, 1, sequenceMilliseconds) > 0
    }

    private mutating func escape() -> Key? {
        guard hasMore, let kind = nextByte() else { return .unknown }
        switch kind {
        case UInt8(ascii: "["), UInt8(ascii: "O"): break
        case UInt8(ascii: "b"): return .wordLeft
        case UInt8(ascii: "f"): return .wordRight
        default: return .unknown
        }
        var parameters: [UInt8] = []
        while let byte = nextByte() {
            if 0x40...0x7E ~= byte { return Self.key(byte, parameters) }
            let parametersMax = 16
            if parameters.count < parametersMax { parameters.append(byte) }
        }
        return nil
    }

    private static func key(_ final: UInt8, _ parameters: [UInt8]) -> Key {
        // "1;5" and the like: with the control key.
        let isControl = parameters.count == 3 && parameters[2] == UInt8(ascii: "5")
        switch final {
        case UInt8(ascii: "A"): return .up
        case UInt8(ascii: "B"): return .down
        case UInt8(ascii: "C"): return isControl ? .wordRight : .right
        case UInt8(ascii: "D"): return isControl ? .wordLeft : .left
        case UInt8(ascii: "H"): return .home
        case UInt8(ascii: "F"): return .end
        case UInt8(ascii: "~"):
            switch parameters.first {
            case UInt8(ascii: "1"), UInt8(ascii: "7"): return .home
            case UInt8(ascii: "4"), UInt8(ascii: "8"): return .end
            case UInt8(ascii: "3"): return .delete
            default: return .unknown
            }
        default: return .unknown
        }
    }

    private mutating func character(_ first: UInt8) -> Key? {
        var bytes = [first]
        let count = first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4
        while bytes.count < count {
            guard let byte = nextByte() else { return nil }
            bytes.append(byte)
        }
        guard let text = String(validating: bytes, as: UTF8.self), let character = text.first else {
            return .unknown
        }
        return .character(character)
    }
}
