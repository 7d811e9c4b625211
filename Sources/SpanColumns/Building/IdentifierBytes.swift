// The packed identifiers of a column under construction, one after the other in plain memory.
// Cost: a few nanoseconds an identifier.

import SpanModel

/// Growable bytes of identifiers.
struct IdentifierBytes: ~Copyable {
    private static let bytesMin = 512
    /// The packed form of a trace's id, the longest of the usual ones.
    private static let usualBytes = 17
    /// What an identifier of any form fits in, as a constant of this module.
    private static let roomBytes = 256

    /// Nothing until the first identifier: most columns have none.
    private var bytes: UnsafeMutablePointer<UInt8>?
    private var capacity = 0
    /// Bytes in use; may be set to a smaller number.
    var count = 0
    /// Bytes that there is room for at first.
    private let bytesMin: Int
    private let hex32 = PackedIdentifier.Form.hex32.rawValue
    private let hex16 = PackedIdentifier.Form.hex16.rawValue

    /// Has room for `expectedCount` identifiers of the usual forms, as soon as there is one.
    init(expectedCount: Int) {
        bytesMin = max(expectedCount * Self.usualBytes + Self.roomBytes, Self.bytesMin)
    }

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
        _ = room()
        appendInRoom(binary: binary)
    }

    /// The same where there is room.
    @inline(__always)
    mutating func appendInRoom(binary: SIMD2<UInt64>) {
        guard let bytes else { return }
        let out = UnsafeMutableRawPointer(bytes + count)
        out.storeBytes(of: hex32, as: UInt8.self)
        out.storeBytes(of: binary, toByteOffset: 1, as: SIMD2<UInt64>.self)
        count &+= 17
    }

    /// Packs an identifier of 8 binary bytes.
    @inline(__always)
    mutating func append(binary: UInt64) {
        _ = room()
        appendInRoom(binary: binary)
    }

    /// The same where there is room.
    @inline(__always)
    mutating func appendInRoom(binary: UInt64) {
        guard let bytes else { return }
        let out = UnsafeMutableRawPointer(bytes + count)
        out.storeBytes(of: hex16, as: UInt8.self)
        out.storeBytes(of: binary, toByteOffset: 1, as: UInt64.self)
        count &+= 9
    }

    /// Appends an identifier that is packed already, of at most `PackedIdentifier.bytesMax` bytes.
    mutating func append(packed value: UnsafeRawBufferPointer) {
        precondition(value.count <= PackedIdentifier.bytesMax)
        UnsafeMutableRawBufferPointer(start: room(), count: value.count).copyMemory(from: value)
        count &+= value.count
    }

    /// Whether the next identifier can be appended without growing.
    var hasRoom: Bool {
        @inline(__always) get { capacity &- count >= Self.roomBytes }
    }

    /// Where the next identifier of any length can be written.
    @inline(__always)
    private mutating func room() -> UnsafeMutablePointer<UInt8> {
        if let bytes, hasRoom { return bytes + count }
        return grow() + count
    }

    @inline(never)
    private mutating func grow() -> UnsafeMutablePointer<UInt8> {
        precondition(PackedIdentifier.bytesMax <= Self.roomBytes)
        capacity = max(capacity * 2, bytesMin)
        let larger = UnsafeMutablePointer<UInt8>.allocate(capacity: capacity)
        if let bytes {
            larger.update(from: bytes, count: count)
            bytes.deallocate()
        }
        bytes = larger
        return larger
    }
}
