// JSON text under construction, for the one text that every OTLP span makes: its attributes. An
// array checks uniqueness and capacity at each append; here one check covers a whole string.
// Cost: strings without escapes are checked and copied in one pass, eight bytes at a time.

import SpanModel

/// Growable bytes with the appends that JSON objects need.
struct JSONBuffer: ~Copyable {
    private var bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: 4_096, alignment: 16)
    private(set) var count = 0

    deinit { bytes.deallocate() }

    var isEmpty: Bool { count == 0 }

    /// Forgets the text, keeps its space.
    mutating func removeAll() { count = 0 }

    /// Calls `body` with the text.
    func withUnsafeBytes<R>(_ body: (UnsafeRawBufferPointer) -> R) -> R {
        body(UnsafeRawBufferPointer(rebasing: bytes[0..<count]))
    }

    /// Appends the brace or comma, the key and its colon.
    mutating func appendKey(_ key: UnsafeRawBufferPointer) {
        append(UInt8(ascii: isEmpty ? "{" : ","))
        appendString(key)
        append(UInt8(ascii: ":"))
    }

    /// Appends the brace or comma, the key and its colon.
    mutating func appendKey(_ key: StaticString) {
        appendKey(UnsafeRawBufferPointer(start: key.utf8Start, count: key.utf8CodeUnitCount))
    }

    /// Appends a value as `AttributeValue.appendJSON` does.
    mutating func append(_ value: AttributeValue) {
        switch value {
        case .string(let text): appendString(text)
        case .json(let text): append(text)
        case .null, .integer, .double, .bool:
            var text: [UInt8] = []
            text.reserveCapacity(32)
            value.appendJSON(to: &text)
            text.withUnsafeBytes { append($0) }
        }
    }

    /// Appends a byte.
    @inline(__always)
    mutating func append(_ byte: UInt8) {
        reserve(1)
        bytes[count] = byte
        count &+= 1
    }

    /// Appends bytes as they are.
    mutating func append(_ text: UnsafeRawBufferPointer) {
        reserve(text.count)
        UnsafeMutableRawBufferPointer(rebasing: bytes[count...]).copyMemory(from: text)
        count &+= text.count
    }

    /// Appends a quoted, escaped string.
    mutating func appendString(_ text: UnsafeRawBufferPointer) {
        reserve(text.count &+ 2)
        let start = count
        bytes[count] = UInt8(ascii: "\"")
        count &+= 1
        guard copyPlain(text) else {
            count = start
            var escaped: [UInt8] = []
            JSONWriter.appendString(text, to: &escaped)
            escaped.withUnsafeBytes { append($0) }
            return
        }
        bytes[count] = UInt8(ascii: "\"")
        count &+= 1
    }

    /// Copies text into reserved space; false when some of it needs an escape. The last word
    /// overlaps the one before, so that short strings need no loop over bytes.
    private mutating func copyPlain(_ text: UnsafeRawBufferPointer) -> Bool {
        let length = text.count
        guard length >= 8 else { return copyShort(text) }
        var index = 0
        while length &- index > 8 {
            let word = text.loadUnaligned(fromByteOffset: index, as: UInt64.self)
            if Self.needsEscape(word) { return false }
            bytes.storeBytes(of: word, toByteOffset: count &+ index, as: UInt64.self)
            index &+= 8
        }
        let word = text.loadUnaligned(fromByteOffset: length &- 8, as: UInt64.self)
        if Self.needsEscape(word) { return false }
        bytes.storeBytes(of: word, toByteOffset: count &+ length &- 8, as: UInt64.self)
        count &+= length
        return true
    }

    private mutating func copyShort(_ text: UnsafeRawBufferPointer) -> Bool {
        var index = 0
        while index < text.count {
            let byte = text[index]
            if byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") {
                return false
            }
            bytes[count &+ index] = byte
            index &+= 1
        }
        count &+= text.count
        return true
    }

    /// Whether one of eight bytes is a quote, a backslash or a control character.
    @inline(__always)
    private static func needsEscape(_ word: UInt64) -> Bool {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let highs: UInt64 = 0x8080_8080_8080_8080
        let quote = word ^ (ones &* 0x22)
        let backslash = word ^ (ones &* 0x5C)
        let found =
            (quote &- ones) & ~quote | (backslash &- ones) & ~backslash
            | (word &- ones &* 0x20) & ~word
        return found & highs != 0
    }

    @inline(__always)
    private mutating func reserve(_ additional: Int) {
        if bytes.count &- count < additional { grow(additional) }
    }

    private mutating func grow(_ additional: Int) {
        let larger = UnsafeMutableRawBufferPointer.allocate(
            byteCount: max(bytes.count * 2, count + additional), alignment: 16)
        larger.copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[0..<count]))
        bytes.deallocate()
        bytes = larger
    }
}
