// Words as sixteen hexadecimal digits.

/// Hexadecimal text of 64-bit words.
enum Hexadecimal {
    private static let digits = Array("0123456789abcdef".utf8)

    /// Sixteen lower-case digits.
    static func append(_ word: UInt64, to bytes: inout [UInt8]) {
        var shift = 60
        while shift >= 0 {
            bytes.append(digits[Int((word >> UInt64(shift)) & 15)])
            shift -= 4
        }
    }

    /// The same as text.
    static func text(_ word: UInt64) -> String {
        var bytes: [UInt8] = []
        append(word, to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The eight bytes, most significant first.
    static func appendBigEndian(_ word: UInt64, to bytes: inout [UInt8]) {
        var shift = 56
        while shift >= 0 {
            bytes.append(UInt8(truncatingIfNeeded: word >> UInt64(shift)))
            shift -= 8
        }
    }
}
