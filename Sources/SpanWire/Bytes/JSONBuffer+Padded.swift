// Members of JSON objects whose key is known beforehand, padded so that it can be copied in whole strides
// whatever its length, and plain texts that are checked while they are copied.
// Cost: about 60 instructions for a key and a value of up to 32 bytes, without a loop.

import SpanModel

/// Text that is readable in whole `JSONBuffer.padding` strides.
struct PaddedText: BitwiseCopyable {
    let start: UnsafeRawPointer
    let count: Int

    var isEmpty: Bool { count == 0 }
}

extension JSONBuffer {
    /// Bytes that an append may write behind its end, and read behind a padded source.
    static let padding = 48
    /// What a key of 127 bytes takes that are all escaped, and more.
    static let plainMemberBytesMax = 800
    static let plainTextBytesMax = 128

    /// Writes the first `memberCount` bytes of `member` and returns where they end; there is room for
    /// `additional` bytes more. The count stays.
    @inline(__always)
    private mutating func write(
        padded member: UnsafeRawPointer, _ memberCount: Int, reserving additional: Int
    ) -> UnsafeMutableRawPointer {
        reserve(memberCount &+ additional &+ 2 &* Self.padding)
        return copy(padded: member, memberCount)
    }

    /// The same where there is room.
    @inline(__always)
    private mutating func copy(
        padded member: UnsafeRawPointer, _ memberCount: Int
    ) -> UnsafeMutableRawPointer {
        let target = UnsafeMutableRawPointer(bytes + count)
        Self.copyStride(member, target, 0)
        Self.copyStride(member, target, 16)
        Self.copyStride(member, target, 32)
        var offset = 48
        while offset < memberCount {
            Self.copyStride(member, target, offset)
            offset &+= 16
        }
        return target + memberCount
    }

    @inline(__always)
    private static func copyStride(
        _ source: UnsafeRawPointer, _ target: UnsafeMutableRawPointer, _ offset: Int
    ) {
        target.storeBytes(
            of: source.loadUnaligned(fromByteOffset: offset, as: SIMD2<UInt64>.self),
            toByteOffset: offset, as: SIMD2<UInt64>.self)
    }

    /// Appends a member's separator, key and colon: a padded member without its last quote.
    @inline(__always)
    mutating func appendKey(padded member: PaddedText) {
        _ = write(padded: member.start, member.count &- 1, reserving: 0)
        count &+= member.count &- 1
    }

    /// Appends a whole member, padded.
    @inline(__always)
    mutating func append(padded member: PaddedText) {
        _ = write(padded: member.start, member.count, reserving: 0)
        count &+= member.count
    }

    /// Appends a member, padded with a last quote that is left out, whose value is an integer.
    @inline(__always)
    mutating func append(padded member: PaddedText, _ value: Int64) {
        let target = write(padded: member.start, member.count &- 1, reserving: Self.padding)
        let valueCount = JSONNumber.write(value, to: target.assumingMemoryBound(to: UInt8.self))
        count &+= member.count &- 1 &+ valueCount
    }

    /// Appends a member, like an integer's, whose value is a double.
    mutating func append(padded member: PaddedText, _ value: Double) {
        guard value.isFinite else {
            appendKey(padded: member)
            return append(.double(value))
        }
        let target = write(padded: member.start, member.count &- 1, reserving: Self.padding)
        let valueCount = JSONNumber.write(value, to: target.assumingMemoryBound(to: UInt8.self))
        count &+= member.count &- 1 &+ valueCount
    }

    /// Appends a member whose value is a string that needs no escapes, of ASCII alone; false where
    /// it is another, and then nothing is appended. `member` ends with the quote before the value, is
    /// padded and has at most `plainMemberBytesMax` bytes; `text` has at most `plainTextBytesMax` and is
    /// readable for 32 bytes behind its end.
    @inline(__always)
    mutating func appendPlain(
        padded member: PaddedText, _ text: UnsafeRawPointer, _ textCount: Int
    ) -> Bool {
        assert(member.count <= Self.plainMemberBytesMax && textCount <= Self.plainTextBytesMax)
        reserve(Self.plainMemberBytesMax + Self.plainTextBytesMax + 2 * Self.padding)
        let target = copy(padded: member.start, member.count)
        var special = SIMD16<Int8>.zero
        var offset = 0
        while offset &+ 32 < textCount {
            special |= Self.copyPlainStride(text, target, offset)
            offset &+= 16
        }
        let first = Self.copyPlainStride(text, target, offset)
        let second = Self.copyPlainStride(text, target, offset &+ 16)
        special |= first & Self.mask(textCount &- offset)
        special |= second & Self.mask(textCount &- offset &- 16)
        let halves = unsafeBitCast(special, to: SIMD2<UInt64>.self)
        guard halves[0] | halves[1] == 0 else { return false }
        target.storeBytes(of: UInt8(ascii: "\""), toByteOffset: textCount, as: UInt8.self)
        count &+= member.count &+ textCount &+ 1
        return true
    }

    /// Copies 16 bytes and returns which of them are special.
    @inline(__always)
    private static func copyPlainStride(
        _ text: UnsafeRawPointer, _ target: UnsafeMutableRawPointer, _ offset: Int
    ) -> SIMD16<Int8> {
        let stride = text.loadUnaligned(fromByteOffset: offset, as: SIMD16<Int8>.self)
        target.storeBytes(of: stride, toByteOffset: offset, as: SIMD16<Int8>.self)
        return special(stride)
    }

    /// Bits of the first `count` of 16 bytes; `count` is at most 32 and may be as low as -16.
    @inline(__always)
    private static func mask(_ count: Int) -> SIMD16<Int8> {
        let masks: StaticString = """
            \u{7F}\u{7F}\u{7F}\u{7F}\u{7F}\u{7F}\u{7F}\u{7F}\
            \u{7F}\u{7F}\u{7F}\u{7F}\u{7F}\u{7F}\u{7F}\u{7F}\
            \u{7F}\u{7F}\u{7F}\u{7F}\u{7F}\u{7F}\u{7F}\u{7F}\
            \u{7F}\u{7F}\u{7F}\u{7F}\u{7F}\u{7F}\u{7F}\u{7F}\
            \0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0
            """
        return UnsafeRawPointer(masks.utf8Start).loadUnaligned(
            fromByteOffset: 32 &- count, as: SIMD16<Int8>.self)
    }

    /// All bits of a byte that is a quote, a backslash, a control character or not ASCII.
    @inline(__always)
    private static func special(_ bytes: SIMD16<Int8>) -> SIMD16<Int8> {
        Self.bytes(bytes .< SIMD16(repeating: 0x20))
            | Self.bytes(bytes .== SIMD16(repeating: 0x22))
            | Self.bytes(bytes .== SIMD16(repeating: 0x5C))
    }

    @inline(__always)
    private static func bytes(_ mask: SIMDMask<SIMD16<Int8>>) -> SIMD16<Int8> {
        unsafeBitCast(mask, to: SIMD16<Int8>.self)
    }
}
