// Appends JSON tokens to bytes. Commas, colons and brackets are the caller's.
// Cost: strings are copied in runs between characters that need an escape.

/// Writes JSON scalars.
package enum JSONWriter {
    /// Appends a quoted, escaped string of UTF-8 bytes.
    package static func appendString(_ text: UnsafeRawBufferPointer, to out: inout [UInt8]) {
        out.append(UInt8(ascii: "\""))
        var index = 0
        var runStart = 0
        while index < text.count {
            index = nextSpecial(text, from: index)
            guard index < text.count else { break }
            out.append(contentsOf: UnsafeRawBufferPointer(rebasing: text[runStart..<index]))
            appendEscape(text[index], to: &out)
            index &+= 1
            runStart = index
        }
        out.append(contentsOf: UnsafeRawBufferPointer(rebasing: text[runStart..<text.count]))
        out.append(UInt8(ascii: "\""))
    }

    /// Appends a quoted, escaped string.
    package static func appendString(_ text: String, to out: inout [UInt8]) {
        var copy = text
        copy.withUTF8 { appendString(UnsafeRawBufferPointer($0), to: &out) }
    }

    /// Appends an integer.
    package static func appendInteger(_ value: Int64, to out: inout [UInt8]) {
        append(to: &out) { JSONNumber.write(value, to: $0) }
    }

    /// Appends a double in the shortest form that reads back the same, always with `.` or `e`;
    /// `null` when it is not finite.
    package static func appendDouble(_ value: Double, to out: inout [UInt8]) {
        guard value.isFinite else { return out.append(contentsOf: "null".utf8) }
        append(to: &out) { JSONNumber.write(value, to: $0) }
    }

    @inline(__always)
    private static func append(
        to out: inout [UInt8], _ write: (UnsafeMutablePointer<UInt8>) -> Int
    ) {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: JSONNumber.textBytesMax) { text in
            guard let base = text.baseAddress else { return }
            out.append(contentsOf: UnsafeBufferPointer(start: base, count: write(base)))
        }
    }

    /// The next quote, backslash or control character at or after `from`, or the end.
    private static func nextSpecial(_ text: UnsafeRawBufferPointer, from: Int) -> Int {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let highs: UInt64 = 0x8080_8080_8080_8080
        var index = from
        while text.count &- index >= 8 {
            let word = UInt64(
                littleEndian: text.loadUnaligned(fromByteOffset: index, as: UInt64.self))
            let quote = word ^ (ones &* 0x22)
            let backslash = word ^ (ones &* 0x5C)
            let found =
                ((quote &- ones) & ~quote | (backslash &- ones) & ~backslash
                    | (word &- ones &* 0x20) & ~word) & highs
            if found != 0 { return index &+ found.trailingZeroBitCount >> 3 }
            index &+= 8
        }
        while index < text.count {
            let byte = text[index]
            if byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { break }
            index &+= 1
        }
        return index
    }

    /// Appends the escape of a quote, a backslash or a control character.
    package static func appendEscape(_ byte: UInt8, to out: inout [UInt8]) {
        out.append(UInt8(ascii: "\\"))
        if let letter = escapeLetter(byte) { return out.append(letter) }
        out.append(contentsOf: "u00".utf8)
        out.append(byte < 16 ? 48 : 49)
        let nibble = byte & 15
        out.append(nibble < 10 ? 48 &+ nibble : 87 &+ nibble)
    }

    /// What stands behind the backslash where an escape has two characters.
    @inlinable
    package static func escapeLetter(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"): byte
        case 0x0A: UInt8(ascii: "n")
        case 0x0D: UInt8(ascii: "r")
        case 0x09: UInt8(ascii: "t")
        default: nil
        }
    }
}
