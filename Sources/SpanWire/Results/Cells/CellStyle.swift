// How nulls and texts look in each textual format. Numbers look the same in all of them.

/// How values are written.
enum CellStyle {
    /// JSON values.
    case json
    /// RFC 4180: a null is empty, an empty text is `""`.
    case csv
    /// Plain text; a null is empty.
    case plain

    /// Writes a null: up to four bytes.
    @inline(__always)
    func writeNull(_ out: inout UnsafeMutableRawPointer) {
        guard self == .json else { return }
        // "null", little-endian.
        out.storeBytes(of: UInt32(0x6C6C_756E).littleEndian, as: UInt32.self)
        out += 4
    }

    /// Writes the quote that stands around texts.
    @inline(__always)
    func writeQuote(_ out: inout UnsafeMutableRawPointer) {
        if self == .json { out.put(UInt8(ascii: "\"")) }
    }

    /// Writes a text, up to `StringText.bytesMax` bytes; `isJSON`: in JSON it stands as it is.
    @inline(__always)
    func writeText(
        _ text: UnsafeRawBufferPointer, isJSON: Bool, to out: inout UnsafeMutableRawPointer
    ) {
        switch self {
        case .json where !isJSON:
            writeQuote(&out)
            StringText.writeEscaped(text, to: &out)
            writeQuote(&out)
        case .csv where text.isEmpty || StringText.needsQuotes(text):
            out = StringText.writeDoubled(text, to: out)
        case .json, .csv, .plain:
            out.copyBytes(of: text)
            out += text.count
        }
    }
}
