// Protocol Buffers wire format (protobuf.dev/programming-guides/encoding) over bytes that the
// caller keeps alive. Every length is compared with what is left before it is used. Groups, which
// no OTLP message has, and the reserved wire types are malformed. A known field with another wire
// type is an unknown field, as in every implementation.
// Cost: about 1 ns a field beyond the bytes looked at.

import SpanModel

/// A fault in a body and where it is.
struct WireError: Error {
    let offset: Int
    let reason: StaticString

    /// The error of the body as a whole.
    var asStoreError: StoreError { .malformedBody(offset: offset, reason: "\(reason)") }
}

/// Reads the fields of one message.
struct ProtobufCursor {
    /// The whole body: offsets in errors count from its start.
    private let bytes: UnsafeRawBufferPointer
    private let end: Int
    private(set) var position: Int

    /// Reads the message that fills `bytes`.
    init(_ bytes: UnsafeRawBufferPointer) {
        self.bytes = bytes
        position = 0
        end = bytes.count
    }

    private init(_ bytes: UnsafeRawBufferPointer, _ range: Range<Int>) {
        self.bytes = bytes
        position = range.lowerBound
        end = range.upperBound
    }

    /// The tag of the next field (number << 3 | wire type), nil at the end of the message.
    @inline(__always)
    mutating func nextTag() throws(WireError) -> UInt64? {
        guard position < end else { return nil }
        let start = position
        let tag = try varint()
        guard tag >= 8, tag <= UInt64(UInt32.max) else {
            throw WireError(offset: start, reason: "field number out of range")
        }
        return tag
    }

    /// Takes a varint of up to 64 bits.
    @inline(__always)
    mutating func varint() throws(WireError) -> UInt64 {
        if position < end, bytes[position] < 0x80 {
            position &+= 1
            return UInt64(bytes[position &- 1])
        }
        return try longVarint()
    }

    private mutating func longVarint() throws(WireError) -> UInt64 {
        let start = position
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while position < end {
            let byte = bytes[position]
            position &+= 1
            // The tenth byte holds one bit.
            if shift == 63, byte > 1 { break }
            value |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return value }
            shift &+= 7
        }
        throw WireError(offset: start, reason: "malformed varint")
    }

    /// Takes eight bytes, little-endian.
    mutating func fixed64() throws(WireError) -> UInt64 {
        guard end &- position >= 8 else { throw truncated() }
        defer { position &+= 8 }
        return UInt64(
            littleEndian: bytes.loadUnaligned(fromByteOffset: position, as: UInt64.self))
    }

    /// Takes four bytes, little-endian.
    mutating func fixed32() throws(WireError) -> UInt32 {
        guard end &- position >= 4 else { throw truncated() }
        defer { position &+= 4 }
        return UInt32(
            littleEndian: bytes.loadUnaligned(fromByteOffset: position, as: UInt32.self))
    }

    /// Takes a length and that many bytes.
    @inline(__always)
    mutating func data() throws(WireError) -> UnsafeRawBufferPointer {
        let range = try lengthDelimited()
        return UnsafeRawBufferPointer(rebasing: bytes[range])
    }

    /// Takes a length and that many bytes of UTF-8.
    @inline(__always)
    mutating func string() throws(WireError) -> UnsafeRawBufferPointer {
        let start = position
        let text = try data()
        guard UTF8Validation.isValid(text) else {
            throw WireError(offset: start, reason: "invalid UTF-8 in a string")
        }
        return text
    }

    /// Takes a length and a message of that many bytes.
    @inline(__always)
    mutating func message() throws(WireError) -> ProtobufCursor {
        ProtobufCursor(bytes, try lengthDelimited())
    }

    /// Passes over the value of an unknown field.
    mutating func skip(_ tag: UInt64) throws(WireError) {
        switch tag & 7 {
        case 0: _ = try varint()
        case 1: _ = try fixed64()
        case 2: _ = try lengthDelimited()
        case 5: _ = try fixed32()
        default: throw WireError(offset: position, reason: "unsupported wire type")
        }
    }

    @inline(__always)
    private mutating func lengthDelimited() throws(WireError) -> Range<Int> {
        let length = try varint()
        guard length <= UInt64(end &- position) else { throw truncated() }
        let start = position
        position &+= Int(length)
        return start..<position
    }

    private func truncated() -> WireError {
        WireError(offset: position, reason: "length beyond the end of the message")
    }
}
