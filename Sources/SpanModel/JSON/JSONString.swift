// A string of JSON text as it stands there. Its escapes were checked by the cursor, so taking its
// text cannot fail.

/// The bytes between a string's quotes.
package struct JSONString {
    package let raw: UnsafeRawBufferPointer
    /// False: `raw` is the text itself.
    package let hasEscapes: Bool

    package init(raw: UnsafeRawBufferPointer, hasEscapes: Bool) {
        self.raw = raw
        self.hasEscapes = hasEscapes
    }

    /// Appends the text, escapes resolved.
    package func appendText(to out: inout [UInt8]) {
        guard hasEscapes else {
            out.append(contentsOf: raw)
            return
        }
        var index = 0
        var runStart = 0
        while index < raw.count {
            guard raw[index] == UInt8(ascii: "\\"), index + 1 < raw.count else {
                index &+= 1
                continue
            }
            out.append(contentsOf: UnsafeRawBufferPointer(rebasing: raw[runStart..<index]))
            index = appendEscape(at: index, to: &out)
            runStart = index
        }
        out.append(contentsOf: UnsafeRawBufferPointer(rebasing: raw[runStart..<raw.count]))
    }

    /// Whether the text equals `bytes`.
    package func isEqual(to bytes: UnsafeRawBufferPointer) -> Bool {
        guard hasEscapes else {
            return raw.count == bytes.count && Self.areEqual(raw, bytes)
        }
        var text: [UInt8] = []
        appendText(to: &text)
        return text.elementsEqual(bytes)
    }

    /// Whether two runs of as many bytes are the same: eight at a time, as most are names.
    private static func areEqual(
        _ left: UnsafeRawBufferPointer, _ right: UnsafeRawBufferPointer
    ) -> Bool {
        var place = 0
        while left.count &- place >= 8 {
            let differ =
                left.loadUnaligned(fromByteOffset: place, as: UInt64.self)
                != right.loadUnaligned(fromByteOffset: place, as: UInt64.self)
            if differ { return false }
            place &+= 8
        }
        while place < left.count {
            if left[place] != right[place] { return false }
            place &+= 1
        }
        return true
    }

    /// Appends what the escape at `index` stands for; returns the index behind it.
    private func appendEscape(at index: Int, to out: inout [UInt8]) -> Int {
        switch raw[index + 1] {
        case UInt8(ascii: "n"): out.append(0x0A)
        case UInt8(ascii: "r"): out.append(0x0D)
        case UInt8(ascii: "t"): out.append(0x09)
        case UInt8(ascii: "b"): out.append(0x08)
        case UInt8(ascii: "f"): out.append(0x0C)
        case UInt8(ascii: "u"):
            guard let unit = JSONString.hexUnit(raw, at: index + 2) else { return raw.count }
            guard unit & 0xF800 == 0xD800, let low = JSONString.hexUnit(raw, at: index + 8) else {
                JSONString.appendScalar(UInt32(unit), to: &out)
                return index + 6
            }
            let scalar = 0x10000 + (UInt32(unit & 0x3FF) << 10 | UInt32(low & 0x3FF))
            JSONString.appendScalar(scalar, to: &out)
            return index + 12
        case let byte: out.append(byte)
        }
        return index + 2
    }

    /// The value of four hex digits at `index`.
    static func hexUnit(_ bytes: UnsafeRawBufferPointer, at index: Int) -> UInt16? {
        guard index + 4 <= bytes.count else { return nil }
        var unit: UInt16 = 0
        for byte in bytes[index..<index + 4] {
            switch byte {
            case 48...57: unit = unit << 4 | UInt16(byte - 48)
            case 97...102: unit = unit << 4 | UInt16(byte - 87)
            case 65...70: unit = unit << 4 | UInt16(byte - 55)
            default: return nil
            }
        }
        return unit
    }

    private static func appendScalar(_ scalar: UInt32, to out: inout [UInt8]) {
        func trail(_ shift: UInt32) -> UInt8 {
            0x80 | UInt8(truncatingIfNeeded: scalar >> shift) & 0x3F
        }
        switch scalar {
        case ..<0x80:
            out.append(UInt8(truncatingIfNeeded: scalar))
        case ..<0x800:
            out.append(0xC0 | UInt8(truncatingIfNeeded: scalar >> 6))
            out.append(trail(0))
        case ..<0x10000:
            out.append(0xE0 | UInt8(truncatingIfNeeded: scalar >> 12))
            out.append(trail(6))
            out.append(trail(0))
        default:
            out.append(0xF0 | UInt8(truncatingIfNeeded: scalar >> 18))
            out.append(trail(12))
            out.append(trail(6))
            out.append(trail(0))
        }
    }
}
