// Writes JSON strings.

/// Appends JSON text to bytes.
package enum JSONText {
    /// Appends UTF-8 text as a JSON string.
    package static func append(_ text: some Sequence<UInt8>, to out: inout [UInt8]) {
        out.append(UInt8(ascii: "\""))
        for byte in text {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                out.append(UInt8(ascii: "\\"))
                out.append(byte)
            case 0..<32:
                out.append(contentsOf: "\\u00".utf8)
                for nibble in [byte >> 4, byte & 15] {
                    out.append(nibble < 10 ? 48 + nibble : 87 + nibble)
                }
            default: out.append(byte)
            }
        }
        out.append(UInt8(ascii: "\""))
    }

    /// Appends a number; null when it is not finite.
    package static func append(_ number: Double, to out: inout [UInt8]) {
        out.append(contentsOf: (number.isFinite ? "\(number)" : "null").utf8)
    }
}
