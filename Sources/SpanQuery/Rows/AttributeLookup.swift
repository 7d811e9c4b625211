// Finds one key of a JSON object without building anything. The store has validated the text; a
// malformed one answers "absent" and never traps.

/// Reads single values of JSON objects.
enum AttributeLookup {
    /// The value of `key` in the object `json` as text: a string unescaped, JSON null and an
    /// absent key as nil, any other value as its JSON text. The last of equal keys counts.
    static func text(of key: [UInt8], in json: ArraySlice<UInt8>) -> [UInt8]? {
        var cursor = JSONCursor(json)
        var found: ArraySlice<UInt8>?
        guard cursor.take(UInt8(ascii: "{")) else { return nil }
        while let name = cursor.string() {
            guard cursor.take(UInt8(ascii: ":")), let value = cursor.value() else { return nil }
            if JSONCursor.unescaped(name).elementsEqual(key) { found = value }
            if !cursor.take(UInt8(ascii: ",")) { break }
        }
        guard let found, !found.elementsEqual("null".utf8) else { return nil }
        return found.first == UInt8(ascii: "\"")
            ? JSONCursor.unescaped(found.dropFirst().dropLast()) : Array(found)
    }
}

/// Walks over JSON text.
private struct JSONCursor {
    private let bytes: ArraySlice<UInt8>
    private var position: Int

    init(_ bytes: ArraySlice<UInt8>) {
        self.bytes = bytes
        position = bytes.startIndex
    }

    mutating func take(_ byte: UInt8) -> Bool {
        skipSpace()
        guard position < bytes.endIndex, bytes[position] == byte else { return false }
        position += 1
        return true
    }

    /// The content of a string, escapes kept.
    mutating func string() -> ArraySlice<UInt8>? {
        guard take(UInt8(ascii: "\"")) else { return nil }
        let start = position
        while position < bytes.endIndex {
            if bytes[position] == UInt8(ascii: "\"") {
                position += 1
                return bytes[start..<position - 1]
            }
            position += bytes[position] == UInt8(ascii: "\\") ? 2 : 1
        }
        return nil
    }

    /// The text of any value.
    mutating func value() -> ArraySlice<UInt8>? {
        skipSpace()
        let start = position
        var depth = 0
        while position < bytes.endIndex {
            switch bytes[position] {
            case UInt8(ascii: "\""):
                guard string() != nil else { return nil }
                if depth == 0 { return bytes[start..<position] }
                continue
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                depth += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                if depth == 0 { return position > start ? bytes[start..<position] : nil }
                depth -= 1
                if depth == 0 {
                    position += 1
                    return bytes[start..<position]
                }
            case UInt8(ascii: ","), 9, 10, 13, 32:
                if depth == 0 { return position > start ? bytes[start..<position] : nil }
            default: break
            }
            position += 1
        }
        return nil
    }

    private mutating func skipSpace() {
        while position < bytes.endIndex, [9, 10, 13, 32].contains(bytes[position]) { position += 1 }
    }

    /// The UTF-8 bytes that an escaped string stands for; a lone surrogate is U+FFFD.
    static func unescaped(_ content: ArraySlice<UInt8>) -> [UInt8] {
        guard content.contains(UInt8(ascii: "\\")) else { return Array(content) }
        var out: [UInt8] = []
        var index = content.startIndex
        while index < content.endIndex {
            guard content[index] == UInt8(ascii: "\\"), index + 1 < content.endIndex else {
                out.append(content[index])
                index += 1
                continue
            }
            let escape = content[index + 1]
            index += 2
            switch escape {
            case UInt8(ascii: "n"): out.append(10)
            case UInt8(ascii: "t"): out.append(9)
            case UInt8(ascii: "r"): out.append(13)
            case UInt8(ascii: "b"): out.append(8)
            case UInt8(ascii: "f"): out.append(12)
            case UInt8(ascii: "u"): appendScalar(content, &index, to: &out)
            default: out.append(escape)
            }
        }
        return out
    }

    private static func appendScalar(
        _ content: ArraySlice<UInt8>, _ index: inout Int, to out: inout [UInt8]
    ) {
        var scalar = Unicode.Scalar(0xFFFD as UInt16) ?? " "
        if let unit = hex(content, index) {
            index += 4
            if let simple = Unicode.Scalar(unit) {
                scalar = simple
            } else if unit < 0xDC00, index + 1 < content.endIndex,
                content[index] == UInt8(ascii: "\\"), content[index + 1] == UInt8(ascii: "u"),
                let low = hex(content, index + 2), (0xDC00..<0xE000).contains(low),
                let pair = Unicode.Scalar(
                    0x10000 + (UInt32(unit) - 0xD800) << 10 + (UInt32(low) - 0xDC00))
            {
                index += 6
                scalar = pair
            }
        }
        out.append(contentsOf: String(Character(scalar)).utf8)
    }

    private static func hex(_ content: ArraySlice<UInt8>, _ index: Int) -> UInt16? {
        guard index + 4 <= content.endIndex else { return nil }
        return UInt16(String(decoding: content[index..<index + 4], as: UTF8.self), radix: 16)
    }
}
