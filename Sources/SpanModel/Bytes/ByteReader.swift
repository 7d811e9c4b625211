// Reads little-endian fields of an on-disk structure with every bound checked. A reader knows the
// file and region it reads, so that a corruption error says where. Wrapping arithmetic is never
// used on a length that comes from the bytes.

/// A cursor over untrusted bytes.
package struct ByteReader {
    @usableFromInline package let bytes: UnsafeRawBufferPointer
    /// The next byte to read, from the start of `bytes`.
    @usableFromInline package var offset = 0
    private let file: String
    private let region: String
    private let base: UInt64

    /// Reads `bytes`, which lie at `base` in `file`.
    package init(
        _ bytes: UnsafeRawBufferPointer, file: String, region: String, base: UInt64 = 0
    ) {
        self.bytes = bytes
        self.file = file
        self.region = region
        self.base = base
    }

    /// Bytes not read yet.
    @inlinable package var remaining: Int { bytes.count - offset }

    @inlinable package mutating func uint8() throws(StoreError) -> UInt8 { try integer() }
    @inlinable package mutating func uint16() throws(StoreError) -> UInt16 { try integer() }
    @inlinable package mutating func uint32() throws(StoreError) -> UInt32 { try integer() }
    @inlinable package mutating func uint64() throws(StoreError) -> UInt64 { try integer() }
    @inlinable package mutating func int64() throws(StoreError) -> Int64 { try integer() }

    @inlinable @inline(__always)
    mutating func integer<T: FixedWidthInteger & BitwiseCopyable>() throws(StoreError) -> T {
        guard MemoryLayout<T>.size <= remaining else { throw shortage(of: MemoryLayout<T>.size) }
        defer { offset += MemoryLayout<T>.size }
        return T(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: T.self))
    }

    /// The next unsigned LEB128 number of at most 32 bits.
    @inlinable
    package mutating func variable() throws(StoreError) -> Int {
        var value = 0
        var shift = 0
        while shift < 35 {
            let byte = try uint8()
            value |= Int(byte & 0x7f) << shift
            if byte < 0x80 {
                guard value <= Int(UInt32.max) else { throw damage("number above 32 bits") }
                return value
            }
            shift += 7
        }
        throw damage("number above 32 bits")
    }

    /// The next `count` bytes, not copied.
    package mutating func take(_ count: Int) throws(StoreError) -> UnsafeRawBufferPointer {
        guard count >= 0, count <= remaining else { throw shortage(of: count) }
        defer { offset += count }
        return UnsafeRawBufferPointer(rebasing: bytes[offset..<offset + count])
    }

    /// All bytes not read yet.
    package mutating func takeRest() -> UnsafeRawBufferPointer {
        defer { offset = bytes.count }
        return UnsafeRawBufferPointer(rebasing: bytes[offset...])
    }

    /// Reserved bytes, which must be zero.
    package mutating func reserved(_ count: Int) throws(StoreError) {
        guard try take(count).allSatisfy({ $0 == 0 }) else {
            throw damage("reserved bytes are not zero")
        }
    }

    /// A reader of the next `count` bytes, which are passed over.
    package mutating func part(_ count: Int) throws(StoreError) -> ByteReader {
        let start = base + UInt64(offset)
        return ByteReader(try take(count), file: file, region: region, base: start)
    }

    /// A UInt16 length and that many bytes of UTF-8.
    package mutating func string() throws(StoreError) -> String {
        let count = Int(try uint16())
        return String(decoding: try take(count), as: UTF8.self)
    }

    /// A UInt32 count of items, each at least `itemBytes` long: larger counts cannot be real.
    package mutating func count(itemBytes: Int) throws(StoreError) -> Int {
        let count = Int(try uint32())
        guard count <= remaining / max(1, itemBytes) else {
            throw damage("\(count) items cannot fit in \(remaining) bytes")
        }
        return count
    }

    /// Fails unless every byte was read.
    package func finish() throws(StoreError) {
        if remaining != 0 { throw damage("\(remaining) bytes too many") }
    }

    /// The error of a field of `count` bytes that is not there.
    @usableFromInline
    package func shortage(of count: Int) -> StoreError {
        damage("\(count) bytes wanted, \(remaining) left")
    }

    /// A corruption error at the current position.
    @usableFromInline
    package func damage(_ reason: String) -> StoreError {
        .corruption(file: file, offset: base + UInt64(offset), region: region, reason: reason)
    }
}
