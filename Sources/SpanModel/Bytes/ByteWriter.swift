// Appends the fields that `ByteReader` reads: little-endian integers, counted strings.

extension [UInt8] {
    /// Appends an integer, little-endian.
    @inlinable @inline(__always)
    package mutating func put(_ value: some FixedWidthInteger) {
        Swift.withUnsafeBytes(of: value.littleEndian) { append(contentsOf: $0) }
    }

    /// Appends a UInt16 length and UTF-8 bytes; the caller keeps strings below 64 KiB.
    package mutating func put(string: String) {
        precondition(string.utf8.count <= Int(UInt16.max))
        put(UInt16(string.utf8.count))
        append(contentsOf: string.utf8)
    }

    /// Appends zeros up to a multiple of `alignment` bytes.
    package mutating func pad(to alignment: Int) {
        let excess = count % alignment
        if excess > 0 { append(contentsOf: repeatElement(0, count: alignment - excess)) }
    }
}
