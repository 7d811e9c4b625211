// KeyValue and AnyValue of opentelemetry-proto in protobuf. Scalars come back as they are; arrays,
// objects and bytes become JSON text. Depth is counted, so hostile nesting ends in an error.

import SpanModel

/// Decodes attribute values.
enum OTLPProtobufValue {
    /// A key and its value; JSON text is kept in `arena`.
    static func keyValue(
        _ message: ProtobufCursor, _ scratch: inout [UInt8], _ arena: inout ByteArena
    ) throws(WireError) -> (UnsafeRawBufferPointer, AttributeValue) {
        var cursor = message
        var key = UnsafeRawBufferPointer(start: nil, count: 0)
        var value = AttributeValue.null
        while let tag = try cursor.nextTag() {
            switch tag {
            case 1 << 3 | 2: key = try cursor.string()
            case 2 << 3 | 2: value = try self.value(try cursor.message(), &scratch, &arena)
            default: try cursor.skip(tag)
            }
        }
        return (key, value)
    }

    /// Appends `{"key":value` or `,"key":value`.
    static func appendMember(
        _ message: ProtobufCursor, to out: inout [UInt8]
    ) throws(WireError) {
        let isFirst = out.isEmpty
        try appendKeyValue(message, isFirst: isFirst, opening: true, depth: 1, to: &out)
    }

    private static func value(
        _ message: ProtobufCursor, _ scratch: inout [UInt8], _ arena: inout ByteArena
    ) throws(WireError) -> AttributeValue {
        var cursor = message
        var value = AttributeValue.null
        while let tag = try cursor.nextTag() {
            switch tag {
            case 1 << 3 | 2: value = .string(try cursor.string())
            case 2 << 3: value = .bool(try cursor.varint() != 0)
            case 3 << 3: value = .integer(Int64(bitPattern: try cursor.varint()))
            case 4 << 3 | 1: value = .double(Double(bitPattern: try cursor.fixed64()))
            case 5 << 3 | 2, 6 << 3 | 2, 7 << 3 | 2:
                value = .json(try nested(&cursor, tag, &scratch, &arena))
            default: try cursor.skip(tag)
            }
        }
        return value
    }

    @inline(never)
    private static func nested(
        _ cursor: inout ProtobufCursor, _ tag: UInt64, _ scratch: inout [UInt8],
        _ arena: inout ByteArena
    ) throws(WireError) -> UnsafeRawBufferPointer {
        scratch.removeAll(keepingCapacity: true)
        try appendNested(&cursor, tag, depth: 1, to: &scratch)
        return arena.copy(scratch)
    }

    /// Appends an AnyValue as JSON.
    private static func appendValue(
        _ message: ProtobufCursor, depth: Int, to out: inout [UInt8]
    ) throws(WireError) {
        var cursor = message
        let start = out.count
        while let tag = try cursor.nextTag() {
            let previous = out.count
            switch tag {
            case 1 << 3 | 2: JSONWriter.appendString(try cursor.string(), to: &out)
            case 2 << 3: AttributeValue.bool(try cursor.varint() != 0).appendJSON(to: &out)
            case 3 << 3:
                JSONWriter.appendInteger(Int64(bitPattern: try cursor.varint()), to: &out)
            case 4 << 3 | 1:
                AttributeValue.double(Double(bitPattern: try cursor.fixed64())).appendJSON(to: &out)
            case 5 << 3 | 2, 6 << 3 | 2, 7 << 3 | 2:
                try appendNested(&cursor, tag, depth: depth, to: &out)
            default:
                try cursor.skip(tag)
                continue
            }
            // Of several values, which no client sends, the last one counts.
            if previous > start { out.removeSubrange(start..<previous) }
        }
        if out.count == start { out.append(contentsOf: "null".utf8) }
    }

    /// Appends an ArrayValue, KeyValueList or bytes.
    private static func appendNested(
        _ cursor: inout ProtobufCursor, _ tag: UInt64, depth: Int, to out: inout [UInt8]
    ) throws(WireError) {
        guard depth < Limits.nestingDepthMax else { throw cursor.error(.tooDeep) }
        if tag >> 3 == 7 {
            out.append(contentsOf: "{\"bytes\":\"".utf8)
            Base64.append(try cursor.data(), to: &out)
            out.append(contentsOf: "\"}".utf8)
            return
        }
        let isArray = tag >> 3 == 5
        var list = try cursor.message()
        var isFirst = true
        out.append(UInt8(ascii: isArray ? "[" : "{"))
        while let tag = try list.nextTag() {
            guard tag == 1 << 3 | 2 else {
                try list.skip(tag)
                continue
            }
            let item = try list.message()
            if isArray {
                if !isFirst { out.append(UInt8(ascii: ",")) }
                try appendValue(item, depth: depth + 1, to: &out)
            } else {
                try appendKeyValue(
                    item, isFirst: isFirst, opening: false, depth: depth + 1, to: &out)
            }
            isFirst = false
        }
        out.append(UInt8(ascii: isArray ? "]" : "}"))
    }

    /// Appends a separator, the key, a colon and the value.
    private static func appendKeyValue(
        _ message: ProtobufCursor, isFirst: Bool, opening: Bool, depth: Int,
        to out: inout [UInt8]
    ) throws(WireError) {
        var cursor = message
        var key = UnsafeRawBufferPointer(start: nil, count: 0)
        var value: ProtobufCursor?
        while let tag = try cursor.nextTag() {
            switch tag {
            case 1 << 3 | 2: key = try cursor.string()
            case 2 << 3 | 2: value = try cursor.message()
            default: try cursor.skip(tag)
            }
        }
        if !isFirst {
            out.append(UInt8(ascii: ","))
        } else if opening {
            out.append(UInt8(ascii: "{"))
        }
        JSONWriter.appendString(key, to: &out)
        out.append(UInt8(ascii: ":"))
        if let value {
            try appendValue(value, depth: depth, to: &out)
        } else {
            out.append(contentsOf: "null".utf8)
        }
    }
}
