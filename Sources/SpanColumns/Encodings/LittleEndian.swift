// Integers in bytes that were checked, which `ByteReader` reads where they were not, and those appended that
// `ByteWriter` has no form for.

extension UnsafeRawBufferPointer {
    /// Element `index` of a packed array of little-endian integers; the caller checked the bounds.
    @inline(__always)
    func element<T: FixedWidthInteger & BitwiseCopyable>(_ index: Int, as type: T.Type) -> T {
        T(
            littleEndian: loadUnaligned(
                fromByteOffset: index &* MemoryLayout<T>.size, as: T.self))
    }
}

extension [UInt8] {
    /// Appends an unsigned LEB128 number.
    mutating func appendVariable(_ value: Int) {
        precondition(value >= 0 && value <= Int(UInt32.max))
        var rest = value
        while rest >= 0x80 {
            append(UInt8(rest & 0x7f) | 0x80)
            rest >>= 7
        }
        append(UInt8(rest))
    }

    /// Overwrites four bytes with a little-endian number, for lengths known only afterwards.
    mutating func patch(_ value: Int, at offset: Int) {
        let bits = UInt32(value)
        for index in 0..<4 { self[offset + index] = UInt8(truncatingIfNeeded: bits >> (8 * index)) }
    }
}
