// The filter of a sorted run: a blocked Bloom filter. A pair sets six bits in one 64-byte block, at
// about ten bits a pair: one look-up in eighty that should miss goes on to the search.
// (Putze, Sanders, Singler: Cache-, Hash- and Space-Efficient Bloom Filters, 2007.)

import SpanModel

/// Layout of the filter.
enum RunFilter {
    static let blockBytes = 64
    static let bitsPerEntry = 10
    static let bitsSet = 6

    /// Bytes of the filter for a run.
    static func byteCount(entries: Int) -> Int {
        max(1, (entries * bitsPerEntry + blockBytes * 8 - 1) / (blockBytes * 8)) * blockBytes
    }

    /// Where a pair's bits are.
    struct Probe {
        let blockOffset: Int
        private let bits: UInt64

        init(_ pair: RunPair, secondMask: UInt64, bytes: Int) {
            let hash = Hash64.combine(pair.first, pair.second & secondMask)
            let blocks = UInt64(bytes / RunFilter.blockBytes)
            blockOffset = Int(hash.multipliedFullWidth(by: blocks).high) * RunFilter.blockBytes
            bits = Hash64.combine(hash, 1)
        }

        /// Without branches on what is loaded, so that a core waits for many blocks at once.
        @inline(__always)
        func matches(_ block: UnsafeRawPointer) -> Bool {
            var source = bits
            var found: UInt8 = 1
            for _ in 0..<RunFilter.bitsSet {
                let bit = Int(source & 511)
                found &= block.load(fromByteOffset: bit >> 3, as: UInt8.self) >> UInt8(bit & 7)
                source >>= 9
            }
            return found != 0
        }

        func set(in filter: inout [UInt8]) {
            var source = bits
            for _ in 0..<RunFilter.bitsSet {
                let bit = Int(source & 511)
                filter[blockOffset + (bit >> 3)] |= 1 << UInt8(bit & 7)
                source >>= 9
            }
        }
    }
}
