// Numbers → packed lanes, a block of 1,024 at a time.
// Cost: about 2 ns a value.

extension PackedLanes {
    /// Appends `(value − base) ÷ unit` of each value, `width` bits each.
    static func append(
        _ values: UnsafeBufferPointer<Int64>, base: Int64, unit: UInt64, width: Int,
        to out: inout [UInt8]
    ) {
        guard width > 0, !values.isEmpty else { return }
        let start = out.count
        out.append(contentsOf: repeatElement(0, count: byteCount(values.count, width: width)))
        withUnsafeTemporaryAllocation(of: UInt64.self, capacity: blockRows) { scratch in
            out.withUnsafeMutableBytes { bytes in
                guard let target = bytes.baseAddress, let numbers = scratch.baseAddress else {
                    return
                }
                var first = 0
                while first < values.count {
                    let rows = min(blockRows, values.count - first)
                    for row in 0..<rows {
                        numbers[row] = UInt64(bitPattern: values[first &+ row] &- base)
                    }
                    if unit > 1 { for row in 0..<rows { numbers[row] /= unit } }
                    let steps = (rows + lanes - 1) / lanes
                    (numbers + rows).update(repeating: 0, count: steps * lanes - rows)
                    let place = target + start + first / blockRows * width * 128
                    if width <= 32 {
                        pack32(numbers, steps: steps, width: width, to: place)
                    } else {
                        pack64(numbers, steps: steps, width: width, to: place)
                    }
                    first += rows
                }
            }
        }
    }

    private static func pack32(
        _ numbers: UnsafeMutablePointer<UInt64>, steps: Int, width: Int,
        to out: UnsafeMutableRawPointer
    ) {
        var word = SIMD16<UInt32>.zero
        var shift = 0
        var place = 0
        for step in 0..<steps {
            var values = SIMD16<UInt32>.zero
            for lane in 0..<lanes {
                values[lane] = UInt32(truncatingIfNeeded: numbers[step &* lanes &+ lane])
            }
            word |= values &<< SIMD16(repeating: UInt32(truncatingIfNeeded: shift))
            shift &+= width
            if shift >= 32 {
                out.storeBytes(of: word, toByteOffset: place, as: SIMD16<UInt32>.self)
                place &+= 64
                shift &-= 32
                word =
                    shift == 0
                    ? .zero
                    : values &>> SIMD16(repeating: UInt32(truncatingIfNeeded: width &- shift))
            }
        }
        if shift > 0 { out.storeBytes(of: word, toByteOffset: place, as: SIMD16<UInt32>.self) }
    }

    private static func pack64(
        _ numbers: UnsafeMutablePointer<UInt64>, steps: Int, width: Int,
        to out: UnsafeMutableRawPointer
    ) {
        for lane in 0..<lanes {
            var word: UInt64 = 0
            var shift = 0
            var place = lane * 8
            for step in 0..<steps {
                let value = numbers[step &* lanes &+ lane]
                word |= value << UInt64(shift)
                shift &+= width
                if shift >= 64 {
                    out.storeBytes(of: word.littleEndian, toByteOffset: place, as: UInt64.self)
                    place &+= 128
                    shift &-= 64
                    word = shift == 0 ? 0 : value >> UInt64(width &- shift)
                }
            }
            if shift > 0 {
                out.storeBytes(of: word.littleEndian, toByteOffset: place, as: UInt64.self)
            }
        }
    }
}
