// The packed identifiers of a column under construction, one after the other in plain memory.
// Cost: a few nanoseconds an identifier.

import SpanModel

/// Growable bytes of identifiers.
struct IdentifierBytes: ~Copyable {
    private static let bytesMin = 512

    /// Nothing until the first identifier: most columns have none.
    private var bytes: UnsafeMutablePointer<UInt8>?
    private var capacity = 0
    /// Bytes in use; may be set to a smaller number.
    var count = 0

    deinit { bytes?.deallocate() }

    /// A copy of the bytes.
    var array: [UInt8] { Array(UnsafeBufferPointer(start: bytes, count: count)) }

    /// Packs an identifier; false when its length is wrong.
    @inline(__always)
    mutating func append(_ text: UnsafeRawBufferPointer) -> Bool {
        let written = PackedIdentifier.write(text: text, to: room())
        count &+= written
        return written > 0
    }

    /// Packs an identifier of 16 binary bytes.
    @inline(__always)
    mutating func append(binary: SIMD2<UInt64>) {
        count &+= PackedIdentifier.write(binary: binary, to: room())
    }

    /// Packs an identifier of 8 binary bytes.
    @inline(__always)
    mutating func append(binary: UInt64) {
        count &+= PackedIdentifier.write(binary: binary, to: room())
    }

    /// Appends an identifier that is packed already, of at most `PackedIdentifier.bytesMax` bytes.
    mutating func append(packed value: UnsafeRawBufferPointer) {
        precondition(value.count <= PackedIdentifier.bytesMax)
        UnsafeMutableRawBufferPointer(start: room(), count: value.count).copyMemory(from: value)
        count &+= value.count
    }

    /// Where the next identifier of any length can be written.
    @inline(__always)
    private mutating func room() -> UnsafeMutablePointer<UInt8> {
        if let bytes, capacity &- count >= PackedIdentifier.bytesMax { return bytes + count }
        return grow() + count
    }

    @inline(never)
    private mutating func grow() -> UnsafeMutablePointer<UInt8> {
        capacity = max(capacity * 2, Self.bytesMin)
        let larger = UnsafeMutablePointer<UInt8>.allocate(capacity: capacity)
        if let bytes {
            larger.update(from: bytes, count: count)
            bytes.deallocate()
        }
        bytes = larger
        return larger
    }
}
