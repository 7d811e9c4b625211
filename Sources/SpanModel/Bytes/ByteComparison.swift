// What decoders ask of every key and every string: whether it equals another, whether it is ASCII.
// Inlined, because most are short.
// Cost: two loads a side up to 32 bytes; the last load overlaps the one before, so that no length
// from four on needs a loop over bytes.

extension UnsafeRawBufferPointer {
    /// Whether both hold the same bytes.
    @inlinable @inline(__always)
    package func isEqual(to other: UnsafeRawBufferPointer) -> Bool {
        guard count == other.count else { return false }
        guard let left = baseAddress, let right = other.baseAddress else { return true }
        return left.isEqual(to: right, count: count)
    }

    /// Up to 16 bytes as two words, which differ for different bytes of one length.
    @inlinable @inline(__always)
    package var shortWords: (low: UInt64, high: UInt64) {
        guard let base = baseAddress, count > 0 else { return (0, 0) }
        if count >= 8 {
            return (
                base.loadUnaligned(as: UInt64.self),
                base.loadUnaligned(fromByteOffset: count &- 8, as: UInt64.self)
            )
        }
        if count >= 4 {
            return (
                UInt64(base.loadUnaligned(as: UInt32.self)),
                UInt64(base.loadUnaligned(fromByteOffset: count &- 4, as: UInt32.self))
            )
        }
        let ends = (
            base.load(as: UInt8.self), base.load(fromByteOffset: count &- 1, as: UInt8.self)
        )
        let middle = base.load(fromByteOffset: count &>> 1, as: UInt8.self)
        return (UInt64(ends.0), UInt64(middle) &<< 8 | UInt64(ends.1))
    }

    /// Whether no byte has its high bit set.
    @inlinable @inline(__always)
    package var isASCII: Bool {
        guard let base = baseAddress else { return true }
        return base.isASCII(count: count)
    }
}

extension UnsafeRawPointer {
    /// Whether `count` bytes here and at `other` are the same.
    @inlinable @inline(__always)
    package func isEqual(to other: UnsafeRawPointer, count: Int) -> Bool {
        if count >= 16 {
            var offset = 0
            while offset &+ 16 < count {
                if differs(from: other, at: offset, as: SIMD2<UInt64>.self) { return false }
                offset &+= 16
            }
            return !differs(from: other, at: count &- 16, as: SIMD2<UInt64>.self)
        }
        if count >= 8 {
            return !differs(from: other, at: 0, as: UInt64.self)
                && !differs(from: other, at: count &- 8, as: UInt64.self)
        }
        if count >= 4 {
            return !differs(from: other, at: 0, as: UInt32.self)
                && !differs(from: other, at: count &- 4, as: UInt32.self)
        }
        var index = 0
        while index < count {
            if load(fromByteOffset: index, as: UInt8.self)
                != other.load(fromByteOffset: index, as: UInt8.self)
            {
                return false
            }
            index &+= 1
        }
        return true
    }

    /// Whether none of `count` bytes here has its high bit set.
    @inlinable @inline(__always)
    package func isASCII(count: Int) -> Bool {
        if count >= 16 {
            var all = loadUnaligned(fromByteOffset: count &- 16, as: SIMD2<UInt64>.self)
            var offset = 0
            while offset &+ 16 < count {
                all |= loadUnaligned(fromByteOffset: offset, as: SIMD2<UInt64>.self)
                offset &+= 16
            }
            return (all[0] | all[1]) & 0x8080_8080_8080_8080 == 0
        }
        if count >= 8 {
            let last = loadUnaligned(fromByteOffset: count &- 8, as: UInt64.self)
            return (loadUnaligned(as: UInt64.self) | last) & 0x8080_8080_8080_8080 == 0
        }
        if count >= 4 {
            let last = loadUnaligned(fromByteOffset: count &- 4, as: UInt32.self)
            return (loadUnaligned(as: UInt32.self) | last) & 0x8080_8080 == 0
        }
        if count == 0 { return true }
        let ends = load(as: UInt8.self) | load(fromByteOffset: count &- 1, as: UInt8.self)
        return ends | load(fromByteOffset: count >> 1, as: UInt8.self) < 0x80
    }

    @inlinable @inline(__always)
    func differs<Word: BitwiseCopyable & Equatable>(
        from other: UnsafeRawPointer, at offset: Int, as: Word.Type
    ) -> Bool {
        loadUnaligned(fromByteOffset: offset, as: Word.self)
            != other.loadUnaligned(fromByteOffset: offset, as: Word.self)
    }
}
