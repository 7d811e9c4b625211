// Bitmaps as Arrow has them: a bit per row, the first in the lowest bit of the first byte.
// Cost: 0.1 ns a row from validity bytes, about 1 ns from anything else.

/// Counts and packs bits.
enum ArrowBits {
    /// Bytes of a bitmap.
    static func byteCount(_ bits: Int) -> Int { (bits + 7) / 8 }

    /// Packs a bit per row.
    @inline(__always)
    static func pack(
        _ count: Int, to target: UnsafeMutableRawPointer, isSet: (Int) -> Bool
    ) {
        for byte in 0..<byteCount(count) {
            var bits: UInt8 = 0
            for bit in 0..<min(8, count &- byte &* 8) {
                bits |= unsafeBitCast(isSet(byte &* 8 &+ bit), to: UInt8.self) &<< UInt8(bit)
            }
            target.storeBytes(of: bits, toByteOffset: byte, as: UInt8.self)
        }
    }

    /// Packs a byte per row, 0 or not: eight at a time.
    static func packValidity(_ bytes: UnsafeRawBufferPointer, to target: UnsafeMutableRawPointer) {
        let words = bytes.count / 8
        for word in 0..<words {
            let flags = nonZero(bytes.loadUnaligned(fromByteOffset: word &* 8, as: UInt64.self))
            // The product gathers bit 0 of byte k into bit 56 + k.
            let bits = (UInt64(littleEndian: flags) &* 0x0102_0408_1020_4080) &>> 56
            target.storeBytes(
                of: UInt8(truncatingIfNeeded: bits), toByteOffset: word, as: UInt8.self)
        }
        let rest = UnsafeRawBufferPointer(rebasing: bytes[(words * 8)...])
        pack(rest.count, to: target + words) { rest[$0] != 0 }
    }

    /// Bytes that are 0.
    static func zeroCount(_ bytes: UnsafeRawBufferPointer) -> Int {
        let words = bytes.count / 8
        var nonZeros = 0
        for word in 0..<words {
            nonZeros &+=
                nonZero(bytes.loadUnaligned(fromByteOffset: word &* 8, as: UInt64.self))
                .nonzeroBitCount
        }
        for byte in bytes[(words * 8)...] where byte != 0 { nonZeros &+= 1 }
        return bytes.count - nonZeros
    }

    /// 1 in each byte that is not 0.
    @inline(__always)
    private static func nonZero(_ word: UInt64) -> UInt64 {
        let low: UInt64 = 0x7F7F_7F7F_7F7F_7F7F
        return (((word & low) &+ low) | word) &>> 7 & 0x0101_0101_0101_0101
    }
}
