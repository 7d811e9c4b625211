// Texts that are exactly what `write` makes of a number, so that the number can stand for its text.
// Integers and doubles have no such text in common: a double always has `.` or `e`.
// Cost: an integer about 1 ns a digit, a double as much as to read and to write it.

extension JSONNumber {
    /// The integer whose text this is, byte for byte; nil for every other text.
    package static func canonicalInt64(_ text: UnsafeRawBufferPointer) -> Int64? {
        let start = text.first == UInt8(ascii: "-") ? 1 : 0
        guard text.count > start, text[start] != UInt8(ascii: "0") || text.count == 1 else {
            return nil
        }
        return int64(text)
    }

    /// The double whose text this is, byte for byte; nil for every other text.
    package static func canonicalDouble(_ text: UnsafeRawBufferPointer) -> Double? {
        guard text.count <= textBytesMax, let last = text.last, last &- 48 < 10,
            let value = double(text), value.isFinite
        else { return nil }
        let isSame = withUnsafeTemporaryAllocation(of: UInt8.self, capacity: textBytesMax) { own in
            guard let base = own.baseAddress else { return false }
            return text.elementsEqual(
                UnsafeBufferPointer(start: base, count: write(value, to: base)))
        }
        return isSame ? value : nil
    }
}
