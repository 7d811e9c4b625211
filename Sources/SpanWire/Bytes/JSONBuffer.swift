// JSON text under construction, for the texts that every OTLP span makes. An array checks uniqueness
// and capacity at each append; here one check covers a whole string.
// Order of calls for an object: `removeAll`, members, `closeObject`; `keep` begins the next one behind it,
// so that texts need not be copied to stand in one block.
// Cost: strings are checked for escapes and copied in one pass, 16 bytes at a time.

import SpanModel

/// Growable bytes with the appends that JSON objects need.
struct JSONBuffer: ~Copyable {
    /// `\u00XX`.
    private static let escapeBytesMax = 6

    private(set) var bytes = UnsafeMutablePointer<UInt8>.allocate(capacity: 4_096)
    private(set) var capacity = 4_096
    /// Bytes in use, kept ones included.
    var count = 0
    /// Where the text begins; before it lie those that were kept.
    private(set) var start = 0

    deinit { bytes.deallocate() }

    var isEmpty: Bool { count == start }

    /// The text, valid until the next change.
    var text: UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: bytes + start, count: count &- start)
    }

    /// Forgets the text, keeps its space.
    mutating func removeAll() { count = start }

    /// The kept texts, one behind the other, valid until the next change.
    var kept: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: bytes, count: start) }

    /// Keeps the text and begins an empty one.
    @inline(__always)
    mutating func keep() { start = count }

    /// Forgets the kept texts.
    mutating func dropKept() {
        count -= start
        UnsafeMutableRawPointer(bytes).copyMemory(from: bytes + start, byteCount: count)
        start = 0
    }

    /// Appends a separator, the key and its colon.
    mutating func appendKey(_ key: StaticString) {
        append(UInt8(ascii: ","))
        appendString(UnsafeRawBufferPointer(start: key.utf8Start, count: key.utf8CodeUnitCount))
        append(UInt8(ascii: ":"))
    }

    /// Makes the members so far, of which there is one, an object.
    mutating func closeObject() {
        bytes[start] = UInt8(ascii: "{")
        append(UInt8(ascii: "}"))
    }

    /// Appends a value as `AttributeValue.appendJSON` does.
    mutating func append(_ value: AttributeValue) {
        switch value {
        case .string(let text): appendString(text)
        case .integer(let value):
            reserve(JSONNumber.textBytesMax)
            count &+= JSONNumber.write(value, to: bytes + count)
        case .double(let value) where value.isFinite:
            reserve(JSONNumber.textBytesMax)
            count &+= JSONNumber.write(value, to: bytes + count)
        case .json(let text): append(text)
        case .bool(let flag): append(flag ? "true" : "false")
        case .null: append("null")
        case .double(let value):
            var name = NonFinite.name(of: value)
            name.withUTF8 { appendString(UnsafeRawBufferPointer($0)) }
        }
    }

    /// Appends a string as it is, any other value as JSON.
    mutating func appendText(of value: AttributeValue) {
        if case .string(let text) = value { append(text) } else { append(value) }
    }

    /// Appends text as it is.
    mutating func append(_ word: StaticString) {
        append(UnsafeRawBufferPointer(start: word.utf8Start, count: word.utf8CodeUnitCount))
    }

    /// Appends a byte.
    @inline(__always)
    mutating func append(_ byte: UInt8) {
        reserve(1)
        bytes[count] = byte
        count &+= 1
    }

    /// Appends zeros.
    mutating func appendPadding(_ count: Int) {
        reserve(count)
        (bytes + self.count).update(repeating: 0, count: count)
        self.count &+= count
    }

    /// Appends bytes as they are.
    mutating func append(_ text: UnsafeRawBufferPointer) {
        reserve(text.count)
        guard let source = text.baseAddress else { return }
        UnsafeMutableRawPointer(bytes + count).copyMemory(from: source, byteCount: text.count)
        count &+= text.count
    }

    /// Appends a quoted, escaped string.
    mutating func appendString(_ text: UnsafeRawBufferPointer) {
        reserve(text.count &+ 2)
        bytes[count] = UInt8(ascii: "\"")
        count &+= 1
        if let source = text.baseAddress {
            var index = copyPlain(source, text.count)
            while index < text.count {
                let byte = source.load(fromByteOffset: index, as: UInt8.self)
                index &+= 1
                reserve(text.count &- index &+ Self.escapeBytesMax &+ 1)
                appendEscape(byte)
                index &+= copyPlain(source + index, text.count &- index)
            }
        }
        bytes[count] = UInt8(ascii: "\"")
        count &+= 1
    }

    /// Copies text into reserved space up to the first byte that needs an escape; returns the bytes
    /// copied. The last stride overlaps the one before, so that short texts need no loop over bytes.
    @inline(__always)
    private mutating func copyPlain(_ source: UnsafeRawPointer, _ length: Int) -> Int {
        let target = UnsafeMutableRawPointer(bytes + count)
        var index = 0
        if length >= 16 {
            var isPlain = true
            while isPlain, index < length {
                let offset = min(index, length &- 16)
                let stride = source.loadUnaligned(fromByteOffset: offset, as: SIMD2<UInt64>.self)
                target.storeBytes(of: stride, toByteOffset: offset, as: SIMD2<UInt64>.self)
                isPlain = Self.isPlain(stride)
                if isPlain { index = offset &+ 16 }
            }
        } else if length >= 8 {
            let first = source.loadUnaligned(as: UInt64.self)
            let last = source.loadUnaligned(fromByteOffset: length &- 8, as: UInt64.self)
            if Self.isPlain(SIMD2(first, last)) {
                target.storeBytes(of: first, as: UInt64.self)
                target.storeBytes(of: last, toByteOffset: length &- 8, as: UInt64.self)
                index = length
            }
        }
        while index < length {
            let byte = source.load(fromByteOffset: index, as: UInt8.self)
            if byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { break }
            target.storeBytes(of: byte, toByteOffset: index, as: UInt8.self)
            index &+= 1
        }
        count &+= index
        return index
    }

    /// Whether none of 16 bytes is a quote, a backslash or a control character. In words of eight
    /// bytes: a byte whose high bit is set by the subtraction but not its own was below.
    @inline(__always)
    private static func isPlain(_ words: SIMD2<UInt64>) -> Bool {
        let ones = SIMD2<UInt64>(repeating: 0x0101_0101_0101_0101)
        let quotes = words ^ SIMD2(repeating: 0x2222_2222_2222_2222)
        let backslashes = words ^ SIMD2(repeating: 0x5C5C_5C5C_5C5C_5C5C)
        let controls = words &- SIMD2(repeating: 0x2020_2020_2020_2020)
        let found =
            (quotes &- ones) & ~quotes | (backslashes &- ones) & ~backslashes | controls & ~words
        return (found[0] | found[1]) & 0x8080_8080_8080_8080 == 0
    }

    private mutating func appendEscape(_ byte: UInt8) {
        guard let letter = JSONWriter.escapeLetter(byte) else {
            var text: [UInt8] = []
            JSONWriter.appendEscape(byte, to: &text)
            return text.withUnsafeBytes { append($0) }
        }
        bytes[count] = UInt8(ascii: "\\")
        bytes[count &+ 1] = letter
        count &+= 2
    }

    /// Makes room for bytes behind the end.
    @inline(__always)
    mutating func reserve(_ additional: Int) {
        if capacity &- count < additional { grow(additional) }
    }

    @inline(never)
    private mutating func grow(_ additional: Int) {
        capacity = max(capacity * 2, count + additional)
        let larger = UnsafeMutablePointer<UInt8>.allocate(capacity: capacity)
        larger.update(from: bytes, count: count)
        bytes.deallocate()
        bytes = larger
    }
}
