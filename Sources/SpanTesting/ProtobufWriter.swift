// A tiny protobuf encoder for test bodies: fields in the order of the calls, nothing left out.

/// Writes protobuf fields.
package struct ProtobufWriter {
    package private(set) var bytes: [UInt8] = []

    package init() {}

    /// Field with wire type 0.
    package mutating func varint(_ field: UInt64, _ value: UInt64) {
        raw(field << 3)
        raw(value)
    }

    /// Field with wire type 1.
    package mutating func fixed64(_ field: UInt64, _ value: UInt64) {
        raw(field << 3 | 1)
        for shift in stride(from: 0, to: 64, by: 8) {
            bytes.append(UInt8(truncatingIfNeeded: value >> UInt64(shift)))
        }
    }

    /// Field with wire type 5.
    package mutating func fixed32(_ field: UInt64, _ value: UInt32) {
        raw(field << 3 | 5)
        for shift in stride(from: 0, to: 32, by: 8) {
            bytes.append(UInt8(truncatingIfNeeded: value >> UInt32(shift)))
        }
    }

    /// Field with wire type 2.
    package mutating func data(_ field: UInt64, _ value: [UInt8]) {
        raw(field << 3 | 2)
        raw(UInt64(value.count))
        bytes.append(contentsOf: value)
    }

    /// Field with wire type 2.
    package mutating func string(_ field: UInt64, _ value: String) {
        data(field, Array(value.utf8))
    }

    /// Field with wire type 2, its message written by `body`.
    package mutating func message(_ field: UInt64, _ body: (inout ProtobufWriter) -> Void) {
        var writer = ProtobufWriter()
        body(&writer)
        data(field, writer.bytes)
    }

    /// A varint without a tag, so many bytes longer than it need be.
    package mutating func raw(_ value: UInt64, paddedBy padding: Int = 0) {
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(truncatingIfNeeded: rest) | (padding > 0 ? 0x80 : 0))
        for index in 0..<padding { bytes.append(index == padding - 1 ? 0 : 0x80) }
    }

    /// Bytes as they are.
    package mutating func append(_ content: [UInt8]) { bytes.append(contentsOf: content) }
}
