// A cursor over untrusted bytes: every read checks what is left, every failure is a corruption
// error with the position. Appending little-endian integers is its counterpart.

import SpanModel

/// Reads little-endian fields of bytes that may be hostile.
struct ByteReader {
    private let bytes: UnsafeRawBufferPointer
    private let file: String
    private let region: String
    private(set) var position = 0

    /// `file` and `region` are what a corruption error names.
    init(_ bytes: UnsafeRawBufferPointer, file: String, region: String) {
        self.bytes = bytes
        self.file = file
        self.region = region
    }

    /// Bytes not read yet.
    var remaining: Int { bytes.count - position }

    /// The next fixed-width integer.
    @inline(__always)
    mutating func integer<T: FixedWidthInteger & BitwiseCopyable>(
        _ type: T.Type
    ) throws(StoreError) -> T {
        guard remaining >= MemoryLayout<T>.size else { throw damaged("ends too early") }
        defer { position += MemoryLayout<T>.size }
        return T(littleEndian: bytes.loadUnaligned(fromByteOffset: position, as: T.self))
    }

    /// The next unsigned LEB128 number of at most 32 bits.
    mutating func variable() throws(StoreError) -> Int {
        var value = 0
        var shift = 0
        while shift < 35 {
            let byte = try integer(UInt8.self)
            value |= Int(byte & 0x7f) << shift
            if byte < 0x80 {
                guard value <= Int(UInt32.max) else { throw damaged("number above 32 bits") }
                return value
            }
            shift += 7
        }
        throw damaged("number above 32 bits")
    }

    /// The next `count` bytes.
    mutating func take(_ count: Int) throws(StoreError) -> UnsafeRawBufferPointer {
        guard count >= 0, count <= remaining else { throw damaged("ends too early") }
        defer { position += count }
        return UnsafeRawBufferPointer(rebasing: bytes[position..<position + count])
    }

    /// All bytes not read yet.
    mutating func takeRest() -> UnsafeRawBufferPointer {
        defer { position = bytes.count }
        return UnsafeRawBufferPointer(rebasing: bytes[position...])
    }

    /// Reserved bytes, which must be zero.
    mutating func skipZeros(_ count: Int) throws(StoreError) {
        for _ in 0..<count {
            guard try integer(UInt8.self) == 0 else { throw damaged("reserved byte is not zero") }
        }
    }

    /// Checks that everything was read.
    func checkEnd() throws(StoreError) {
        guard remaining == 0 else { throw damaged("\(remaining) bytes too many") }
    }

    /// A corruption error at the current position.
    func damaged(_ reason: String) -> StoreError {
        .corruption(file: file, offset: UInt64(position), region: region, reason: reason)
    }
}

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
    /// Appends an integer, little-endian.
    @inline(__always)
    mutating func appendInteger<T: FixedWidthInteger>(_ value: T) {
        var bits = value.littleEndian
        Swift.withUnsafeBytes(of: &bits) { append(contentsOf: $0) }
    }

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
