// Single numbers of packed lanes, for the few rows that a filter left: their words alone are looked at.
// Cost: about 1.5 ns a row, no branch depends on what is packed.

extension PackedLanes {
    /// Writes `base + number × unit`, wrapping, of `rows`, counted from `first`.
    func pick(
        _ rows: UnsafeBufferPointer<UInt32>, from first: Int, base: Int64, unit: UInt64,
        into out: UnsafeMutablePointer<Int64>
    ) {
        let factor = Int64(bitPattern: unit)
        forEach(rows, from: first) { place, number in
            out[place] = base &+ Int64(bitPattern: number) &* factor
        }
    }

    /// Calls `body` with the place of each row in `rows` and its number.
    @inline(__always)
    private func forEach(
        _ rows: UnsafeBufferPointer<UInt32>, from first: Int, _ body: (Int, UInt64) -> Void
    ) {
        guard width > 0, let start = bytes.baseAddress else {
            for place in rows.indices { body(place, 0) }
            return
        }
        let mask = Self.mask(width)
        // Of a number that ends in its first word the word behind falls to the mask; at the end, where
        // none is behind, any will do.
        if width <= 32 {
            let last = bytes.count &- 4
            for place in rows.indices {
                let row = first &+ Int(rows[place])
                precondition(row < count)
                let bit = (row >> 4) &* width
                let offset = ((bit >> 5) << 6) | ((row & 15) << 2)
                let low = start.loadUnaligned(fromByteOffset: offset, as: UInt32.self)
                let high = start.loadUnaligned(
                    fromByteOffset: min(offset &+ 64, last), as: UInt32.self)
                let word = (UInt64(high) << 32) | UInt64(low)
                body(place, (word &>> UInt64(truncatingIfNeeded: bit & 31)) & mask)
            }
            return
        }
        let last = bytes.count &- 8
        for place in rows.indices {
            let row = first &+ Int(rows[place])
            precondition(row < count)
            let bit = (row >> 4) &* width
            let shift = UInt64(truncatingIfNeeded: bit & 63)
            let offset = ((bit >> 6) << 7) | ((row & 15) << 3)
            let low = start.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
            let high = start.loadUnaligned(
                fromByteOffset: min(offset &+ 128, last), as: UInt64.self)
            body(place, ((low &>> shift) | ((high &<< (63 &- shift)) &<< 1)) & mask)
        }
    }
}
