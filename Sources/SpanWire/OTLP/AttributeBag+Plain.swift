// Attributes in the shape that every client sends them: a known key below 128 bytes that the span does
// not have yet, then a scalar, each once. Anything else is left to `OTLPProtobufValue.keyValue`.
// Cost: about 100 instructions an attribute. Keys and values are compared, checked and copied in whole
// strides, whatever their lengths: lengths are what a processor predicts least.

import SpanModel

extension AttributeBag {
    /// Adds attributes, the first of which begins with its length at `place`, the next ones with a tag,
    /// as long as they are plain and none reaches beyond `limit`, behind which 32 bytes are readable.
    /// Returns where they end: behind the tag of one that is left, or where another field begins.
    @inline(__always)
    mutating func addPlain(
        from place: UnsafeRawPointer, to limit: UnsafeRawPointer
    ) -> (place: UnsafeRawPointer, isDone: Bool) {
        var place = place
        var last = keys.last
        defer { keys.take(last) }
        while place < limit {
            var start = place + 1
            var count = Int(place.load(as: UInt8.self))
            if count >= 0x80 {
                let second = Int(start.load(as: UInt8.self))
                if second >= 0x80 { break }
                count = count & 0x7F | second &<< 7
                start += 1
            }
            let end = start + count
            if end > limit || !add(start, end, behind: &last) { break }
            place = end
            if end == limit || end.load(as: UInt8.self) != 9 << 3 | 2 { return (end, true) }
            place = end + 1
        }
        return (place, false)
    }

    /// Adds the attribute of a KeyValue that reaches from `start` to `end`, behind which 32 bytes or
    /// more are readable; false for one of another shape or that is not UTF-8, and then nothing is
    /// added. `last` is the key before.
    @inline(__always)
    private mutating func add(
        _ start: UnsafeRawPointer, _ end: UnsafeRawPointer,
        behind last: inout UnsafeMutablePointer<AttributeKeys.Key>
    ) -> Bool {
        var key = keys.successor(of: last)
        if !Self.isPrefix(key, of: start, end) {
            guard let guess = keys.guess(start, end) else { return false }
            key = guess
            if !Self.isPrefix(key, of: start, end) {
                guard let found = keys.find(start), Self.isPrefix(found, of: start, end) else {
                    return false
                }
                key = found
            }
            keys.setSuccessor(of: last, key)
        }
        if has(key) { return false }
        let value = start + key.pointee.prefixCount
        // Three bytes or more, so that these four end in readable ones.
        let count = end - value
        let head = UInt32(littleEndian: value.loadUnaligned(as: UInt32.self))
        if count > 0x80 || head & 0xFF_FFFF != Self.textHead(count) {
            guard addOther(key, value, end, head) else { return false }
        } else {
            guard add(key, value + 3, count &- 3) else { return false }
        }
        last = key
        return true
    }

    /// What an AnyValue that is a text begins with when it takes so many bytes, from 3 to 128, with its
    /// own length in front: length, tag and the length of the text, the last one highest.
    @inline(__always)
    private static func textHead(_ count: Int) -> UInt32 {
        UInt32(truncatingIfNeeded: count &* 0x1_0001 &+ (0x0A00 &- 0x3_0001))
    }

    /// Whether a KeyValue begins with a key and then has a value, of three bytes or more.
    @inline(__always)
    private static func isPrefix(
        _ key: UnsafePointer<AttributeKeys.Key>, of start: UnsafeRawPointer,
        _ end: UnsafeRawPointer
    ) -> Bool {
        let count = key.pointee.prefixCount
        if end - start < count &+ 3 { return false }
        let prefix = key.pointee.prefixStart
        typealias Word = SIMD16<UInt8>
        let first = start.loadUnaligned(as: Word.self) ^ prefix.0
        let second = start.loadUnaligned(fromByteOffset: 16, as: Word.self) ^ prefix.1
        let mask = key.pointee.prefixMask
        let other = unsafeBitCast(first & mask.0 | second & mask.1, to: SIMD2<UInt64>.self)
        if other[0] | other[1] != 0 { return false }
        return count <= 32 || start.isEqual(to: key.pointee.prefix, count: count)
    }

    /// Adds a string of up to 125 bytes.
    @inline(__always)
    private mutating func add(
        _ key: UnsafeMutablePointer<AttributeKeys.Key>, _ text: UnsafeRawPointer, _ count: Int
    ) -> Bool {
        if key.pointee.isText { return addText(key, text, count) }
        if !members.appendPlain(padded: key.pointee.member, text, count),
            !appendValidated(key, text, count)
        {
            return false
        }
        enter(key, text: text, count)
        return true
    }

    /// Adds a string that may become input or output.
    private mutating func addText(
        _ key: UnsafeMutablePointer<AttributeKeys.Key>, _ place: UnsafeRawPointer, _ count: Int
    ) -> Bool {
        let text = UnsafeRawBufferPointer(start: place, count: count)
        guard text.isASCII || UTF8Validation.isValid(text) else { return false }
        texts.append(entries.count)
        enter(key, text: place, count)
        return true
    }

    @inline(never)
    private mutating func appendValidated(
        _ key: UnsafePointer<AttributeKeys.Key>, _ text: UnsafeRawPointer, _ count: Int
    ) -> Bool {
        let text = UnsafeRawBufferPointer(start: text, count: count)
        guard UTF8Validation.isValid(text) else { return false }
        members.appendKey(padded: key.pointee.member)
        members.appendString(text)
        return true
    }

    /// Adds a number, a bool or a long text, whose AnyValue begins with its length at `place`; `head` is
    /// the four bytes there.
    @inline(never)
    private mutating func addOther(
        _ key: UnsafeMutablePointer<AttributeKeys.Key>, _ place: UnsafeRawPointer,
        _ end: UnsafeRawPointer, _ head: UInt32
    ) -> Bool {
        let count = end - place
        let payload = place + 2
        if count > 12 { return addLongText(key, place, end) }
        // The length, which must be all that is left, below the tag of an integer, a double or a bool.
        switch head & 0xFFFF &- UInt32(truncatingIfNeeded: count &- 1) {
        case 0x1800:
            guard let value = Self.integer(payload, end) else { return false }
            if !key.pointee.isText { members.append(padded: key.pointee.member, value) }
            enter(key, other: .integer(value))
        case 0x2100:
            if count != 10 { return false }
            let bits = UInt64(littleEndian: payload.loadUnaligned(as: UInt64.self))
            let value = Double(bitPattern: bits)
            if !key.pointee.isText { members.append(padded: key.pointee.member, value) }
            enter(key, other: .double(value))
        case 0x1000:
            let byte = payload.load(as: UInt8.self)
            if count != 3 || byte >= 0x80 { return false }
            if !key.pointee.isText {
                members.appendKey(padded: key.pointee.member)
                members.append(byte == 0 ? "false" : "true")
            }
            enter(key, other: .bool(byte != 0))
        default: return false
        }
        return true
    }

    private mutating func addLongText(
        _ key: UnsafeMutablePointer<AttributeKeys.Key>, _ place: UnsafeRawPointer,
        _ end: UnsafeRawPointer
    ) -> Bool {
        guard let content = Self.content(place, end), end - content >= 2,
            content.load(as: UInt8.self) == 1 << 3 | 2,
            let text = Self.content(content + 1, end)
        else { return false }
        if key.pointee.isText { return addText(key, text, end - text) }
        guard appendValidated(key, text, end - text) else { return false }
        enter(key, text: text, end - text)
        return true
    }

    @inline(__always)
    private mutating func enter(
        _ key: UnsafeMutablePointer<AttributeKeys.Key>, other value: AttributeValue
    ) {
        if key.pointee.isText { texts.append(entries.count) }
        enter(key, value)
    }

    /// The varint that reaches from `place` exactly to `end`, of one to nine bytes; eight are readable.
    @inline(__always)
    private static func integer(_ place: UnsafeRawPointer, _ end: UnsafeRawPointer) -> Int64? {
        let count = end - place
        if count > 4 { return longInteger(place, count) }
        // All bytes but the last go on; lengths of numbers cannot be predicted.
        let bytes = UInt32(littleEndian: place.loadUnaligned(as: UInt32.self))
        let unused = UInt32(truncatingIfNeeded: 32 &- 8 &* count)
        let used = bytes &<< unused
        guard used & 0x8080_8080 == (0x0080_8080 &>> unused) &<< unused else { return nil }
        let value = used &>> unused
        return Int64(
            value & 0x7F | value &>> 1 & 0x3F80 | value &>> 2 & 0x1F_C000
                | value &>> 3 & 0xFE0_0000)
    }

    private static func longInteger(_ place: UnsafeRawPointer, _ count: Int) -> Int64? {
        guard count <= 9 else { return nil }
        var value: UInt64 = 0
        for index in 0..<count {
            let byte = place.load(fromByteOffset: index, as: UInt8.self)
            value |= UInt64(byte & 0x7F) &<< UInt64(7 &* index)
            if byte < 0x80 { return index == count - 1 ? Int64(bitPattern: value) : nil }
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
}
