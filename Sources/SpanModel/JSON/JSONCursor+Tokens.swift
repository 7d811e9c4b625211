// Strings, numbers, literals and whole values: the parts of the tokenizer that look at every byte.

extension JSONCursor {
    /// Takes a string; the cursor stands at what should be its quote.
    mutating func takeString() throws(JSONError) -> JSONString {
        guard try current() == UInt8(ascii: "\"") else { throw fault(.unexpectedCharacter) }
        position &+= 1
        let start = position
        var hasEscapes = false
        while true {
            skipPlainBytes()
            guard position < bytes.count else { throw fault(.unterminatedString) }
            let byte = bytes[position]
            if byte == UInt8(ascii: "\"") { break }
            guard byte == UInt8(ascii: "\\") else { throw fault(.controlCharacter) }
            hasEscapes = true
            try takeEscape()
        }
        let raw = slice(from: start)
        position &+= 1
        return JSONString(raw: raw, hasEscapes: hasEscapes)
    }

    /// Moves to the next quote, backslash or control character, eight bytes at a time.
    @inline(__always)
    private mutating func skipPlainBytes() {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let highs: UInt64 = 0x8080_8080_8080_8080
        while bytes.count &- position >= 8 {
            let word = UInt64(
                littleEndian: bytes.loadUnaligned(fromByteOffset: position, as: UInt64.self))
            let quote = word ^ (ones &* 0x22)
            let backslash = word ^ (ones &* 0x5C)
            // A byte's high bit is set where the byte is zero, or (last term) below 0x20.
            let found =
                ((quote &- ones) & ~quote | (backslash &- ones) & ~backslash
                    | (word &- ones &* 0x20) & ~word) & highs
            if found != 0 {
                position &+= found.trailingZeroBitCount >> 3
                return
            }
            position &+= 8
        }
        while position < bytes.count {
            let byte = bytes[position]
            if byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { return }
            position &+= 1
        }
    }

    private mutating func takeEscape() throws(JSONError) {
        guard position + 1 < bytes.count else { throw fault(.unterminatedString) }
        switch bytes[position + 1] {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"),
            UInt8(ascii: "f"), UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            position &+= 2
        case UInt8(ascii: "u"):
            guard let unit = JSONString.hexUnit(bytes, at: position + 2) else {
                throw fault(.badEscape)
            }
            guard unit & 0xF800 == 0xD800 else {
                position &+= 6
                return
            }
            guard unit < 0xDC00, position + 8 <= bytes.count,
                bytes[position + 6] == UInt8(ascii: "\\"),
                bytes[position + 7] == UInt8(ascii: "u"),
                let low = JSONString.hexUnit(bytes, at: position + 8), low & 0xFC00 == 0xDC00
            else { throw fault(.loneSurrogate) }
            position &+= 12
        default:
            throw fault(.badEscape)
        }
    }

    /// Takes a number by the grammar of RFC 8259.
    mutating func takeNumber() throws(JSONError) {
        if bytes[position] == UInt8(ascii: "-") { position &+= 1 }
        if position < bytes.count, bytes[position] == UInt8(ascii: "0") {
            position &+= 1
        } else {
            try takeDigits()
        }
        if position < bytes.count, bytes[position] == UInt8(ascii: ".") {
            position &+= 1
            try takeDigits()
        }
        if position < bytes.count, bytes[position] | 0x20 == UInt8(ascii: "e") {
            position &+= 1
            if position < bytes.count,
                bytes[position] == UInt8(ascii: "+") || bytes[position] == UInt8(ascii: "-")
            {
                position &+= 1
            }
            try takeDigits()
        }
    }

    private mutating func takeDigits() throws(JSONError) {
        let start = position
        while position < bytes.count, bytes[position] &- 48 < 10 { position &+= 1 }
        if position == start { throw fault(.badNumber) }
    }

    mutating func takeLiteral(_ literal: StaticString) throws(JSONError) {
        let count = literal.utf8CodeUnitCount
        guard bytes.count &- position >= count else { throw fault(.unexpectedEnd) }
        for offset in 0..<count where bytes[position + offset] != literal.utf8Start[offset] {
            throw fault(.badLiteral)
        }
        position &+= count
    }

    // MARK: Whole values

    /// Takes one value of any kind. Throws `tooDeep` when its containers nest deeper than
    /// `depthMax` (at most 128).
    package mutating func skipValue(
        depthMax: Int = Limits.nestingDepthMax
    ) throws(JSONError) -> JSONSlice {
        let kind = try peek()
        let start = position
        if kind == .string {
            let string = try takeString()
            return JSONSlice(kind: kind, raw: slice(from: start), hasEscapes: string.hasEscapes)
        }
        var containers = ContainerStack(depthMax: min(depthMax, 128))
        var whitespace = 0
        while true {
            try takeValueStart(&containers, whitespace: &whitespace)
            if containers.isOpening {
                containers.isOpening = false
                continue
            }
            while !containers.isEmpty {
                skipWhitespace(counting: &whitespace)
                let byte = try current()
                position &+= 1
                if byte == UInt8(ascii: ",") {
                    if containers.isObject { try takeKey(whitespace: &whitespace) }
                    break
                }
                guard byte == containers.closing else {
                    position &-= 1
                    throw fault(.unexpectedCharacter)
                }
                containers.pop()
            }
            if containers.isEmpty { break }
        }
        return JSONSlice(kind: kind, raw: slice(from: start), hasWhitespace: whitespace > 0)
    }

    /// Takes a scalar, an empty container, or the opening of a container and its first key.
    private mutating func takeValueStart(
        _ containers: inout ContainerStack, whitespace: inout Int
    ) throws(JSONError) {
        skipWhitespace(counting: &whitespace)
        switch try peek() {
        case .object, .array:
            let isObject = bytes[position] == UInt8(ascii: "{")
            guard containers.push(isObject: isObject) else { throw fault(.tooDeep) }
            position &+= 1
            skipWhitespace(counting: &whitespace)
            if try current() == containers.closing {
                position &+= 1
                containers.pop()
                return
            }
            if isObject { try takeKey(whitespace: &whitespace) }
            containers.isOpening = true
        case .string: _ = try takeString()
        case .number: try takeNumber()
        case .bool: _ = try bool()
        case .null: try null()
        case .nonFinite: _ = try nonFinite()
        }
    }

    private mutating func takeKey(whitespace: inout Int) throws(JSONError) {
        skipWhitespace(counting: &whitespace)
        _ = try takeString()
        skipWhitespace(counting: &whitespace)
        try takeColon()
    }

    @inline(__always)
    private mutating func skipWhitespace(counting whitespace: inout Int) {
        let start = position
        skipWhitespace()
        whitespace &+= position &- start
    }
}

/// The open containers of a value, one bit each.
private struct ContainerStack {
    private var objectBits: UInt128 = 0
    private var depth = 0
    private let depthMax: Int
    /// A container was opened and its first value comes next.
    var isOpening = false

    init(depthMax: Int) { self.depthMax = depthMax }

    var isEmpty: Bool { depth == 0 }
    var isObject: Bool { objectBits & 1 == 1 }
    var closing: UInt8 { isObject ? UInt8(ascii: "}") : UInt8(ascii: "]") }

    mutating func push(isObject: Bool) -> Bool {
        guard depth < depthMax else { return false }
        depth &+= 1
        objectBits = objectBits << 1 | (isObject ? 1 : 0)
        return true
    }

    mutating func pop() {
        depth &-= 1
        objectBits >>= 1
    }
}
