// The little of protobuf's wire format that OTLP requests need. Nested messages are written in
// place; their length is put in front when it is known, so that nothing is copied but short tails.

/// A protobuf message under construction.
struct ProtobufBody {
    private(set) var bytes: [UInt8] = []

    /// Forgets the message, keeps its space.
    mutating func removeAll() { bytes.removeAll(keepingCapacity: true) }

    /// A field of varint type; 0 is left out, as proto3 does.
    mutating func varint(_ field: UInt8, _ value: UInt64) {
        guard value != 0 else { return }
        bytes.append(field << 3)
        appendVarint(value)
    }

    /// A varint field that is written even when it is 0: a member of a oneof.
    mutating func explicitVarint(_ field: UInt8, _ value: UInt64) {
        bytes.append(field << 3)
        appendVarint(value)
    }

    /// A fixed64 field.
    mutating func fixed64(_ field: UInt8, _ value: UInt64) {
        bytes.append(field << 3 | 1)
        var rest = value
        for _ in 0..<8 {
            bytes.append(UInt8(truncatingIfNeeded: rest))
            rest >>= 8
        }
    }

    /// A string field.
    mutating func string(_ field: UInt8, _ text: String) {
        bytes.append(field << 3 | 2)
        appendVarint(UInt64(text.utf8.count))
        bytes += text.utf8
    }

    /// A bytes field.
    mutating func blob(_ field: UInt8, _ content: [UInt8]) {
        bytes.append(field << 3 | 2)
        appendVarint(UInt64(content.count))
        bytes += content
    }

    /// A bytes field of words, most significant byte first.
    mutating func identifier(_ field: UInt8, _ words: UInt64...) {
        bytes.append(field << 3 | 2)
        bytes.append(UInt8(words.count * 8))
        for word in words { Hexadecimal.appendBigEndian(word, to: &bytes) }
    }

    /// A nested message.
    mutating func message(_ field: UInt8, _ write: (inout ProtobufBody) -> Void) {
        bytes.append(field << 3 | 2)
        let start = bytes.count
        // Room for lengths up to 16 KiB; a shorter or longer message moves once.
        bytes += [0, 0]
        write(&self)
        let length = bytes.count - start - 2
        if length < 1 << 7 {
            bytes[start] = UInt8(length)
            bytes.remove(at: start + 1)
        } else if length < 1 << 14 {
            bytes[start] = UInt8(length & 0x7F) | 0x80
            bytes[start + 1] = UInt8(length >> 7)
        } else {
            bytes.replaceSubrange(start..<start + 2, with: Self.varintBytes(UInt64(length)))
        }
    }

    private mutating func appendVarint(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }

    private static func varintBytes(_ value: UInt64) -> [UInt8] {
        var body = ProtobufBody()
        body.appendVarint(value)
        return body.bytes
    }
}
