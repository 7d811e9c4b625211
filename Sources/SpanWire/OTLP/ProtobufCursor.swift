// Protocol Buffers wire format (protobuf.dev/programming-guides/encoding) over bytes that the
// caller keeps alive. Every length is compared with what is left before it is used. Groups, which
// no OTLP message has, and the reserved wire types are malformed. A known field with another wire
// type is an unknown field, as in every implementation.
// Cost: about 1 ns a field beyond the bytes looked at.

import SpanModel

/// A fault in a body and where it is.
struct WireError: Error {
    /// What is wrong.
    enum Fault: UInt8 {
        case fieldNumber, varint, length, wireType, invalidUTF8, tooDeep
        /// Never of a body: what makes a decoder read it again in another way.
        case lateScope

        var reason: String {
            switch self {
            case .fieldNumber: "field number out of range"
            case .varint: "malformed varint"
            case .length: "length beyond the end of the message"
            case .wireType: "unsupported wire type"
            case .invalidUTF8: "invalid UTF-8 in a string"
            case .tooDeep: "value nested too deep"
            case .lateScope: "scope behind its spans"
            }
        }
    }

    let offset: Int
    let fault: Fault

    /// The error of the body as a whole.
    var asStoreError: StoreError { .malformedBody(offset: offset, reason: fault.reason) }
}

/// Reads the fields of one message.
struct ProtobufCursor {
    /// The start of the whole body: offsets in errors count from it.
    private let body: UnsafeRawPointer
    let end: UnsafeRawPointer
    /// The next field; what moves it elsewhere stays within the message.
    var next: UnsafeRawPointer

    /// Reads the message that fills `bytes`.
    init(_ bytes: UnsafeRawBufferPointer) {
        let nothing: StaticString = ""
        body = bytes.baseAddress ?? UnsafeRawPointer(nothing.utf8Start)
        next = body
        end = body + bytes.count
    }

    @inline(__always)
    private init(body: UnsafeRawPointer, _ message: UnsafeRawBufferPointer) {
        self.body = body
        next = message.baseAddress ?? body
        end = next + message.count
    }

    /// The tag of the next field (number << 3 | wire type), nil at the end of the message.
    @inline(__always)
    mutating func nextTag() throws(WireError) -> UInt64? {
        guard next < end else { return nil }
        let byte = next.load(as: UInt8.self)
        guard byte &- 8 < 0x78 else { return try longTag() }
        next += 1
        return UInt64(byte)
    }

    /// Passes over the next tag if it is `tag`, which is below 128.
    @inline(__always)
    mutating func take(_ tag: UInt8) -> Bool {
        guard next < end, next.load(as: UInt8.self) == tag else { return false }
        next += 1
        return true
    }

    /// So many bytes if they are next and have this tag and length, each a byte: the low one is the tag.
    @inline(__always)
    func peek(_ head: UInt16, _ count: Int) -> UnsafeRawBufferPointer? {
        guard end - next >= count &+ 2,
            UInt16(littleEndian: next.loadUnaligned(as: UInt16.self)) == head
        else { return nil }
        return UnsafeRawBufferPointer(start: next + 2, count: count)
    }

    /// Takes what `peek` finds.
    @inline(__always)
    mutating func take(_ head: UInt16, _ count: Int) -> UnsafeRawBufferPointer? {
        let bytes = peek(head, count)
        if bytes != nil { next += count &+ 2 }
        return bytes
    }

    @inline(never)
    private mutating func longTag() throws(WireError) -> UInt64 {
        let start = next
        let tag = try varint()
        guard tag >= 8, tag <= UInt64(UInt32.max) else { throw error(.fieldNumber, at: start) }
        return tag
    }

    /// Takes a varint of up to 64 bits.
    @inline(__always)
    mutating func varint() throws(WireError) -> UInt64 {
        if next < end {
            let byte = next.load(as: UInt8.self)
            if byte < 0x80 {
                next += 1
                return UInt64(byte)
            }
            if end - next > 1 {
                let second = next.load(fromByteOffset: 1, as: UInt8.self)
                if second < 0x80 {
                    next += 2
                    return UInt64(byte & 0x7F) | UInt64(second) << 7
                }
            }
        }
        return try longVarint()
    }

    @inline(never)
    private mutating func longVarint() throws(WireError) -> UInt64 {
        let start = next
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while next < end {
            let byte = next.load(as: UInt8.self)
            next += 1
            // The tenth byte holds one bit.
            if shift == 63, byte > 1 { break }
            value |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return value }
            shift &+= 7
        }
        throw error(.varint, at: start)
    }

    /// Takes eight bytes, little-endian.
    @inline(__always)
    mutating func fixed64() throws(WireError) -> UInt64 {
        guard end - next >= 8 else { throw error(.length, at: next) }
        defer { next += 8 }
        return UInt64(littleEndian: next.loadUnaligned(as: UInt64.self))
    }

    /// Takes four bytes, little-endian.
    @inline(__always)
    mutating func fixed32() throws(WireError) -> UInt32 {
        guard end - next >= 4 else { throw error(.length, at: next) }
        defer { next += 4 }
        return UInt32(littleEndian: next.loadUnaligned(as: UInt32.self))
    }

    /// Takes a length and that many bytes.
    @inline(__always)
    mutating func data() throws(WireError) -> UnsafeRawBufferPointer {
        let length = try varint()
        guard length <= UInt64(end - next) else { throw error(.length, at: next) }
        let start = next
        next += Int(truncatingIfNeeded: length)
        return UnsafeRawBufferPointer(start: start, count: next - start)
    }

    /// Takes a length and that many bytes of UTF-8.
    @inline(__always)
    mutating func string() throws(WireError) -> UnsafeRawBufferPointer {
        let start = next
        let text = try data()
        if !text.isASCII, !UTF8Validation.isValid(text) { throw error(.invalidUTF8, at: start) }
        return text
    }

    /// Takes a length and a message of that many bytes.
    @inline(__always)
    mutating func message() throws(WireError) -> ProtobufCursor {
        ProtobufCursor(body: body, try data())
    }

    /// Passes over the value of an unknown field.
    @inline(never)
    mutating func skip(_ tag: UInt64) throws(WireError) {
        switch tag & 7 {
        case 0: _ = try varint()
        case 1: _ = try fixed64()
        case 2: _ = try data()
        case 5: _ = try fixed32()
        default: throw error(.wireType, at: next)
        }
    }

    /// An error at the next field.
    func error(_ fault: WireError.Fault) -> WireError { error(fault, at: next) }

    @inline(never)
    private func error(_ fault: WireError.Fault, at place: UnsafeRawPointer) -> WireError {
        WireError(offset: place - body, fault: fault)
    }
}
