// A 64-bit hash of bytes in the wyhash family: 128-bit products of 64-bit words folded by xor.
// It is written to disk (identity index), so its output for a given seed never changes; the golden
// test pins it. In-memory tables pass a seed per process against hash flooding.
// Cost: about 5 ns for short keys, one multiplication per 16 bytes.

/// Hashes bytes to 64 bits.
package enum Hash64 {
    @usableFromInline static let secret0: UInt64 = 0x2d35_8dcc_aa6c_78a5
    @usableFromInline static let secret1: UInt64 = 0x8bb8_4b93_962e_acc9
    @usableFromInline static let secret2: UInt64 = 0x4b33_a62e_d433_d4a3

    /// The hash of `bytes` under `seed`.
    @inlinable
    package static func hash(_ bytes: UnsafeRawBufferPointer, seed: UInt64) -> UInt64 {
        let count = bytes.count
        var state = seed ^ mix(seed ^ secret0, secret1)
        var low: UInt64 = 0
        var high: UInt64 = 0
        if count > 16 {
            var offset = 0
            while count - offset > 16 {
                state = mix(
                    word(bytes, offset) ^ secret1, word(bytes, offset + 8) ^ state)
                offset += 16
            }
            low = word(bytes, count - 16)
            high = word(bytes, count - 8)
        } else if count >= 8 {
            low = word(bytes, 0)
            high = word(bytes, count - 8)
        } else if count >= 4 {
            low = UInt64(half(bytes, 0))
            high = UInt64(half(bytes, count - 4))
        } else if count > 0 {
            low =
                UInt64(bytes[0]) << 16 | UInt64(bytes[count >> 1]) << 8
                | UInt64(bytes[count - 1])
        }
        return mix(secret1 ^ UInt64(count), mix(low ^ secret1, high ^ state) ^ secret2)
    }

    /// Two hashes of `bytes` under `seed` in one pass, for long inputs: four independent lanes of 16
    /// bytes, folded twice. Cost: about 0.1 ns a byte.
    package static func hash128(
        _ bytes: UnsafeRawBufferPointer, seed: UInt64
    ) -> (UInt64, UInt64) {
        var lane0 = seed ^ secret0
        var lane1 = seed ^ secret1
        var lane2 = seed ^ secret2
        var lane3 = ~seed
        var offset = 0
        while bytes.count &- offset >= 64 {
            lane0 = mix(word(bytes, offset) ^ secret0, word(bytes, offset &+ 8) ^ lane0)
            lane1 = mix(word(bytes, offset &+ 16) ^ secret1, word(bytes, offset &+ 24) ^ lane1)
            lane2 = mix(word(bytes, offset &+ 32) ^ secret2, word(bytes, offset &+ 40) ^ lane2)
            lane3 = mix(word(bytes, offset &+ 48) ^ secret0, word(bytes, offset &+ 56) ^ lane3)
            offset &+= 64
        }
        let rest = UnsafeRawBufferPointer(rebasing: bytes[offset...])
        let tail = combine(hash(rest, seed: lane0 ^ lane2), UInt64(bytes.count))
        let first = combine(combine(tail, lane0), lane1)
        let second = combine(combine(~tail, lane3), lane2)
        return (combine(first, second), combine(second ^ secret1, first))
    }

    /// Folds another 64-bit word into a hash, order-dependent.
    @inlinable
    package static func combine(_ hash: UInt64, _ word: UInt64) -> UInt64 {
        mix(hash ^ secret0, word ^ secret2)
    }

    @inlinable @inline(__always)
    static func mix(_ left: UInt64, _ right: UInt64) -> UInt64 {
        let product = left.multipliedFullWidth(by: right)
        return product.high ^ product.low
    }

    @inlinable @inline(__always)
    static func word(_ bytes: UnsafeRawBufferPointer, _ offset: Int) -> UInt64 {
        UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
    }

    @inlinable @inline(__always)
    static func half(_ bytes: UnsafeRawBufferPointer, _ offset: Int) -> UInt32 {
        UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
    }
}
