// Identifiers are text at the edge; inside the store each is one form byte and a payload, so that
// hex ids take half their text. Packing is canonical: equal texts have equal bytes, and the bytes
// are what identity compares and hashes.
//
//   0x01  16 bytes   32 lower-case hex digits (trace ids)
//   0x02   8 bytes   16 lower-case hex digits (span ids)
//   0x03  16 bytes   a UUID in 8-4-4-4-12 lower-case form
//   0x04  n bytes    any other text, 1 to 128 bytes of UTF-8
//
// 32- and 16-digit hex is lower-cased first; other text is kept as it is.

/// Text ↔ packed bytes of an identifier.
package enum PackedIdentifier {
    /// The first byte of a packed identifier. Raw values are on disk.
    package enum Form: UInt8, Sendable {
        case hex32 = 1
        case hex16 = 2
        case uuid = 3
        case text = 4
    }

    /// Bytes that every packed identifier fits in.
    package static let bytesMax = 1 + Limits.identifierBytesMax

    /// Writes the packed form of `text` to `out`, which holds `bytesMax` bytes; returns the bytes
    /// written, 0 when the text is empty or longer than `Limits.identifierBytesMax`.
    package static func write(
        text: UnsafeRawBufferPointer, to out: UnsafeMutablePointer<UInt8>
    ) -> Int {
        guard text.count > 0, text.count <= Limits.identifierBytesMax else { return 0 }
        switch text.count {
        case 32 where writeHex(text[...], to: out + 1, lowerCaseOnly: false):
            out[0] = Form.hex32.rawValue
            return 17
        case 16 where writeHex(text[...], to: out + 1, lowerCaseOnly: false):
            out[0] = Form.hex16.rawValue
            return 9
        case 36 where isDashed(text) && writeGroups(text, to: out + 1):
            out[0] = Form.uuid.rawValue
            return 17
        default:
            out[0] = Form.text.rawValue
            UnsafeMutableRawBufferPointer(start: out + 1, count: text.count).copyMemory(from: text)
            return 1 + text.count
        }
    }

    /// The packed form of `text`, nil when it is empty or too long.
    package static func pack(_ text: String) -> [UInt8]? {
        var copy = text
        let out = [UInt8](unsafeUninitializedCapacity: bytesMax) { buffer, count in
            guard let base = buffer.baseAddress else { return }
            count = copy.withUTF8 { write(text: UnsafeRawBufferPointer($0), to: base) }
        }
        return out.isEmpty ? nil : out
    }

    /// Appends the text of a packed identifier.
    package static func appendText(
        of packed: UnsafeRawBufferPointer, to out: inout [UInt8]
    ) {
        guard packed.count > 0, let form = Form(rawValue: packed[0]) else { return }
        let payload = packed.dropFirst()
        switch form {
        case .text:
            out.append(contentsOf: payload)
        case .hex32, .hex16:
            for byte in payload { appendHexDigits(of: byte, to: &out) }
        case .uuid:
            for (index, byte) in payload.enumerated() {
                if index == 4 || index == 6 || index == 8 || index == 10 {
                    out.append(UInt8(ascii: "-"))
                }
                appendHexDigits(of: byte, to: &out)
            }
        }
    }

    /// The text of a packed identifier.
    package static func text(of packed: UnsafeRawBufferPointer) -> String {
        var out: [UInt8] = []
        appendText(of: packed, to: &out)
        return String(decoding: out, as: UTF8.self)
    }

    /// Whether `packed` is well formed: a known form with the right payload length.
    package static func isValid(_ packed: UnsafeRawBufferPointer) -> Bool {
        guard packed.count > 0, let form = Form(rawValue: packed[0]) else { return false }
        switch form {
        case .hex32, .uuid: return packed.count == 17
        case .hex16: return packed.count == 9
        case .text: return packed.count > 1 && packed.count <= 1 + Limits.identifierBytesMax
        }
    }

    /// Orders by text: the same order for every mixture of forms.
    package static func isLess(
        _ left: UnsafeRawBufferPointer, _ right: UnsafeRawBufferPointer
    ) -> Bool {
        if left.count > 0, right.count > 0, left[0] == right[0] {
            return left.lexicographicallyPrecedes(right)
        }
        var leftText: [UInt8] = []
        var rightText: [UInt8] = []
        appendText(of: left, to: &leftText)
        appendText(of: right, to: &rightText)
        return leftText.lexicographicallyPrecedes(rightText)
    }

    private static let uuidGroups = [0..<8, 9..<13, 14..<18, 19..<23, 24..<36]

    private static func isDashed(_ text: UnsafeRawBufferPointer) -> Bool {
        let dash = UInt8(ascii: "-")
        return text[8] == dash && text[13] == dash && text[18] == dash && text[23] == dash
    }

    private static func writeGroups(
        _ text: UnsafeRawBufferPointer, to out: UnsafeMutablePointer<UInt8>
    ) -> Bool {
        var written = 0
        for range in uuidGroups {
            guard writeHex(text[range], to: out + written, lowerCaseOnly: true) else {
                return false
            }
            written += range.count / 2
        }
        return true
    }

    private static func writeHex(
        _ text: Slice<UnsafeRawBufferPointer>, to out: UnsafeMutablePointer<UInt8>,
        lowerCaseOnly: Bool
    ) -> Bool {
        let digits = UnsafeRawBufferPointer(rebasing: text)
        var index = 0
        while index &+ 1 < digits.count {
            guard let high = digit(digits[index], lowerCaseOnly: lowerCaseOnly),
                let low = digit(digits[index &+ 1], lowerCaseOnly: lowerCaseOnly)
            else { return false }
            out[index >> 1] = high << 4 | low
            index &+= 2
        }
        return true
    }

    private static func digit(_ byte: UInt8, lowerCaseOnly: Bool) -> UInt8? {
        switch byte {
        case 48...57: return byte - 48
        case 97...102: return byte - 87
        case 65...70: return lowerCaseOnly ? nil : byte - 55
        default: return nil
        }
    }

    private static func appendHexDigits(of byte: UInt8, to out: inout [UInt8]) {
        for nibble in [byte >> 4, byte & 15] {
            out.append(nibble < 10 ? 48 + nibble : 87 + nibble)
        }
    }
}
