// KeyValue and AnyValue of opentelemetry-proto in protobuf. Scalars come back as they are; arrays,
// objects and bytes become JSON text. Depth is counted, so hostile nesting ends in an error.

import SpanModel

/// Decodes attribute values.
enum OTLPProtobufValue {
    /// Adds a KeyValue that reaches from `start` to `end`, 32 bytes or more before the end of the body,
    /// if it has the shape that every client sends: a known key below 128 bytes that the span does not
    /// have yet, then a scalar, each once. False for any other, which `keyValue` decides; then
    /// nothing is added.
    @inline(__always)
    static func add(
        _ start: UnsafeRawPointer, _ end: UnsafeRawPointer, to bag: inout AttributeBag
    ) -> Bool {
        var number = bag.keys.expected
        var key = bag.keys.pointer(number)
        if !isPrefix(key, of: start, end) {
            guard let found = find(start, end, &bag) else { return false }
            number = found
            key = bag.keys.pointer(number)
        }
        guard !bag.has(key), let content = content(start + key.pointee.prefixCount, end),
            end - content >= 2
        else { return false }
        let payload = content + 1
        switch content.load(as: UInt8.self) {
        case 1 << 3 | 2:
            guard let text = self.content(payload, end),
                bag.add(number, key, padded: text, end - text)
            else { return false }
        case 3 << 3:
            guard let value = integer(payload, end) else { return false }
            bag.add(number, key, integer: value)
        case 4 << 3 | 1:
            guard end - payload == 8 else { return false }
            let bits = UInt64(littleEndian: payload.loadUnaligned(as: UInt64.self))
            bag.add(number, key, other: .double(Double(bitPattern: bits)))
        case 2 << 3:
            let byte = payload.load(as: UInt8.self)
            guard end - payload == 1, byte < 0x80 else { return false }
            bag.add(number, key, other: .bool(byte != 0))
        default: return false
        }
        bag.keys.take(number)
        return true
    }

    /// Whether a KeyValue begins with a key and then has a value, of three bytes or more. Compares 32
    /// bytes at once: lengths of keys are what a processor predicts least.
    @inline(__always)
    private static func isPrefix(
        _ key: UnsafePointer<AttributeKeys.Key>, of start: UnsafeRawPointer,
        _ end: UnsafeRawPointer
    ) -> Bool {
        let (prefix, count) = (key.pointee.prefix, key.pointee.prefixCount)
        if end - start < count &+ 3 { return false }
        typealias Word = SIMD16<UInt8>
        let first = start.loadUnaligned(as: Word.self) ^ prefix.loadUnaligned(as: Word.self)
        let second =
            start.loadUnaligned(fromByteOffset: 16, as: Word.self)
            ^ prefix.loadUnaligned(fromByteOffset: 16, as: Word.self)
        let mask = key.pointee.prefixMask
        let other = unsafeBitCast(first & mask.0 | second & mask.1, to: SIMD2<UInt64>.self)
        if other[0] | other[1] != 0 { return false }
        return count <= 32 || start.isEqual(to: prefix, count: count)
    }

    /// The number of the key that a KeyValue begins with, if it is known.
    @inline(never)
    private static func find(
        _ start: UnsafeRawPointer, _ end: UnsafeRawPointer, _ bag: inout AttributeBag
    ) -> Int? {
        guard end - start >= 6 else { return nil }
        let count = Int(start.load(fromByteOffset: 1, as: UInt8.self))
        guard
            let number = count < 0x80 && end - start >= count &+ 6
                ? bag.keys.find(UnsafeRawBufferPointer(start: start + 2, count: count)) : nil,
            isPrefix(bag.keys.pointer(number), of: start, end)
        else { return nil }
        return number
    }

    /// The varint that reaches from `place` exactly to `end`, of up to nine bytes.
    @inline(__always)
    private static func integer(_ place: UnsafeRawPointer, _ end: UnsafeRawPointer) -> Int64? {
        let count = end - place
        guard count <= 9 else { return nil }
        var value: UInt64 = 0
        var index = 0
        while index < count {
            let byte = place.load(fromByteOffset: index, as: UInt8.self)
            value |= UInt64(byte & 0x7F) &<< UInt64(7 &* index)
            index &+= 1
            if byte < 0x80 { return index == count ? Int64(bitPattern: value) : nil }
        }
        return nil
    }

    /// What follows the length at `place` when that, of up to two bytes, reaches exactly to `end`.
    /// There is at least one byte before `end`.
    @inline(__always)
    private static func content(
        _ place: UnsafeRawPointer, _ end: UnsafeRawPointer
    ) -> UnsafeRawPointer? {
        let first = Int(place.load(as: UInt8.self))
        if first < 0x80 { return end - place == first &+ 1 ? place + 1 : nil }
        guard end - place > 1 else { return nil }
        let second = Int(place.load(fromByteOffset: 1, as: UInt8.self))
        return second < 0x80 && end - place == (first & 0x7F | second << 7) &+ 2 ? place + 2 : nil
    }

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
