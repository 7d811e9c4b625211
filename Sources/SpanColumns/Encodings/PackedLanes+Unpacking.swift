// Packed lanes → numbers, a block of 1,024 at a time or a part of it.
// Vectors are loaded as they lie: the machine must be little-endian, as all we build for are.
// Cost: about 0.3 ns a value into 64 bits, memory included.

extension PackedLanes {
    /// Writes `base + number × unit`, wrapping, for `rows` of `block`, counted from its first.
    func unpack(
        block: Int, rows: Range<Int>, base: Int64, unit: UInt64,
        into out: UnsafeMutablePointer<Int64>
    ) {
        let steps = rows.lowerBound / Self.lanes..<(rows.upperBound + Self.lanes - 1) / Self.lanes
        // Numbers of the first step that are not wanted.
        let skipped = rows.lowerBound - steps.lowerBound * Self.lanes
        if width <= 32 {
            withUnsafeTemporaryAllocation(of: UInt32.self, capacity: Self.blockRows) { scratch in
                guard let numbers = scratch.baseAddress else { return }
                unpack32(block: block, steps: steps, into: numbers)
                scale32(numbers + skipped, rows.count, base, unit, into: out)
            }
            return
        }
        if skipped == 0, rows.count == steps.count * Self.lanes {
            return unpack64(block: block, steps: steps, base: base, unit: unit, into: out)
        }
        withUnsafeTemporaryAllocation(of: Int64.self, capacity: Self.blockRows) { scratch in
            guard let numbers = scratch.baseAddress else { return }
            unpack64(block: block, steps: steps, base: base, unit: unit, into: numbers)
            out.update(from: numbers + skipped, count: rows.count)
        }
    }

    /// Writes the running sums from `start` on of `base + number × unit`, wrapping, of the first `count`
    /// rows of `block`; the first number does not count.
    func unpackSums(
        block: Int, count: Int, start: Int64, base: Int64, unit: UInt64,
        into out: UnsafeMutablePointer<Int64>
    ) {
        guard width <= 32 else {
            unpack(block: block, rows: 0..<count, base: base, unit: unit, into: out)
            out[0] = start
            for row in 1..<max(count, 1) { out[row] = out[row] &+ out[row &- 1] }
            return
        }
        withUnsafeTemporaryAllocation(of: UInt32.self, capacity: Self.blockRows) { scratch in
            guard let numbers = scratch.baseAddress else { return }
            unpack32(block: block, steps: 0..<(count + Self.lanes - 1) / Self.lanes, into: numbers)
            let factor = Int64(bitPattern: unit)
            var value = start
            out[0] = value
            for row in 1..<max(count, 1) {
                value &+= base &+ Int64(numbers[row]) &* factor
                out[row] = value
            }
        }
    }

    /// Writes `base + number × unit` of `rows`.
    func unpack(
        _ rows: Range<Int>, base: Int64, unit: UInt64, into out: UnsafeMutablePointer<Int64>
    ) {
        Self.forEachBlock(rows) { block, part, place in
            unpack(block: block, rows: part, base: base, unit: unit, into: out + place)
        }
    }

    /// Writes `base + number` of `rows`, wrapping; only for widths up to 32. Returns a number with every
    /// bit that one of them has.
    @discardableResult
    func unpack(
        _ rows: Range<Int>, base: UInt32, into out: UnsafeMutablePointer<UInt32>
    ) -> UInt32 {
        withUnsafeTemporaryAllocation(of: UInt32.self, capacity: Self.blockRows) { scratch in
            guard let numbers = scratch.baseAddress else { return 0 }
            var bits: UInt32 = 0
            Self.forEachBlock(rows) { block, part, place in
                let steps = 0..<(part.upperBound + Self.lanes - 1) / Self.lanes
                if part.lowerBound == 0, part.count % Self.lanes == 0 {
                    bits |= unpack32(block: block, steps: steps, base: base, into: out + place)
                    return
                }
                bits |= unpack32(block: block, steps: steps, base: base, into: numbers)
                (out + place).update(from: numbers + part.lowerBound, count: part.count)
            }
            return bits
        }
    }

    /// Calls `body` with each block that holds some of `rows`, the rows wanted of it, counted from
    /// its first, and how many rows came before them.
    @inline(__always)
    static func forEachBlock(_ rows: Range<Int>, _ body: (Int, Range<Int>, Int) -> Void) {
        var next = rows.lowerBound
        while next < rows.upperBound {
            let block = next / blockRows
            let first = block * blockRows
            let end = min(rows.upperBound, first + blockRows)
            body(block, next - first..<end - first, next - rows.lowerBound)
            next = end
        }
    }

    /// Unpacks a block of 32-bit words and adds `base`, wrapping; `out` has room for 16 numbers a
    /// step. Returns a number with every bit that one of them has.
    @discardableResult
    private func unpack32(
        block: Int, steps: Range<Int>, base: UInt32 = 0, into out: UnsafeMutablePointer<UInt32>
    ) -> UInt32 {
        guard width > 0, let start = bytes.baseAddress else {
            out.update(repeating: base, count: steps.count * Self.lanes)
            return base
        }
        var bits = SIMD16<UInt32>.zero
        let bases = SIMD16<UInt32>(repeating: base)
        let words = start + block * 2 * width * 4 * Self.lanes
        let mask = SIMD16<UInt32>(repeating: UInt32(truncatingIfNeeded: Self.mask(width)))
        var target = UnsafeMutableRawPointer(out)
        for step in steps {
            let numbers = (step32(step, of: words) & mask) &+ bases
            target.storeBytes(of: numbers, as: SIMD16<UInt32>.self)
            target += 64
            bits |= numbers
        }
        return (0..<Self.lanes).reduce(0) { $0 | bits[$1] }
    }

    /// The 16 numbers of a step of a block that lies at `words`, with what is above them.
    @inline(__always)
    private func step32(_ step: Int, of words: UnsafeRawPointer) -> SIMD16<UInt32> {
        let bit = step &* width
        let (word, shift) = (bit >> 5, bit & 31)
        var values =
            words.loadUnaligned(fromByteOffset: word &* 64, as: SIMD16<UInt32>.self)
            &>> SIMD16(repeating: UInt32(truncatingIfNeeded: shift))
        if shift &+ width > 32 {
            values |=
                words.loadUnaligned(fromByteOffset: (word &+ 1) &* 64, as: SIMD16<UInt32>.self)
                &<< SIMD16(repeating: UInt32(truncatingIfNeeded: 32 &- shift))
        }
        return values
    }

    /// The sum of the first `count` numbers of a block; nil where it may not fit in the 32 bits of a
    /// lane.
    func sum(block: Int, count: Int) -> UInt64? {
        // A block has 64 numbers a lane.
        guard width <= 26 else { return nil }
        guard width > 0, let start = bytes.baseAddress else { return 0 }
        let words = start + block * 2 * width * 4 * Self.lanes
        let mask = SIMD16<UInt32>(repeating: UInt32(truncatingIfNeeded: Self.mask(width)))
        var sums = SIMD16<UInt32>.zero
        for step in 0..<count / Self.lanes { sums &+= step32(step, of: words) & mask }
        let rest = count % Self.lanes
        if rest > 0 {
            let last = step32(count / Self.lanes, of: words) & mask
            for lane in 0..<rest { sums[lane] &+= last[lane] }
        }
        return (0..<Self.lanes).reduce(0) { $0 + UInt64(sums[$1]) }
    }

    /// Writes `base + number × unit`, wrapping, of a block of 64-bit words; `out` has room for all
    /// steps. Units of doubles are powers of two, and a vector has no product of 64 bits.
    private func unpack64(
        block: Int, steps: Range<Int>, base: Int64, unit: UInt64,
        into out: UnsafeMutablePointer<Int64>
    ) {
        if unit.nonzeroBitCount == 1 {
            let shift = SIMD8<UInt64>(repeating: UInt64(unit.trailingZeroBitCount))
            unpack64(block: block, steps: steps, base: base, into: out) { $0 &<< shift }
        } else {
            let factor = SIMD8<UInt64>(repeating: unit)
            unpack64(block: block, steps: steps, base: base, into: out) { $0 &* factor }
        }
    }

    /// The word behind a number's first is always added, without a branch: bits that are not the
    /// number's fall to the mask.
    @inline(__always)
    private func unpack64(
        block: Int, steps: Range<Int>, base: Int64, into out: UnsafeMutablePointer<Int64>,
        scale: (SIMD8<UInt64>) -> SIMD8<UInt64>
    ) {
        guard let start = bytes.baseAddress else { return }
        let words = start + block * width * 8 * Self.lanes
        let lastWord = (steps.upperBound &* width &- 1) >> 6
        let mask = SIMD8<UInt64>(repeating: Self.mask(width))
        let least = SIMD8<UInt64>(repeating: UInt64(bitPattern: base))
        var target = UnsafeMutableRawPointer(out)
        var bit = steps.lowerBound &* width
        for _ in steps {
            let (word, shift) = (bit >> 6, UInt64(truncatingIfNeeded: bit & 63))
            let first = words + word &* 128
            let next = words + min(word &+ 1, lastWord) &* 128
            for half in 0..<2 {
                let offset = half &* 64
                let low =
                    first.loadUnaligned(fromByteOffset: offset, as: SIMD8<UInt64>.self)
                    &>> SIMD8(repeating: shift)
                let high =
                    (next.loadUnaligned(fromByteOffset: offset, as: SIMD8<UInt64>.self)
                        &<< SIMD8(repeating: 63 &- shift)) &<< SIMD8(repeating: 1)
                target.storeBytes(
                    of: scale((low | high) & mask) &+ least, toByteOffset: offset,
                    as: SIMD8<UInt64>.self)
            }
            target += 128
            bit &+= width
        }
    }
}

@inline(__always)
private func scale32(
    _ numbers: UnsafeMutablePointer<UInt32>, _ rows: Int, _ base: Int64, _ unit: UInt64,
    into out: UnsafeMutablePointer<Int64>
) {
    if unit == 1 {
        for row in 0..<rows { out[row] = base &+ Int64(numbers[row]) }
    } else {
        let factor = Int64(bitPattern: unit)
        for row in 0..<rows { out[row] = base &+ Int64(numbers[row]) &* factor }
    }
}
