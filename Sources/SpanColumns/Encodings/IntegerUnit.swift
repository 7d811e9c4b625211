// The unit of a frame of reference: what all differences of a page are multiples of. Times in
// milliseconds, costs in millionths of a dollar and doubles made of floats lose 20 to 29 bits a
// value this way. A unit is a power of two or of ten, in one byte.

/// A power of two or ten.
struct IntegerUnit: Equatable {
    /// 0…63: 2^n. 65…82: 10^(n − 64).
    let code: UInt8
    let value: UInt64

    static let one = IntegerUnit(powerOfTwo: 0)

    private init(powerOfTwo exponent: Int) {
        code = UInt8(exponent)
        value = 1 << UInt64(exponent)
    }

    private init(powerOfTen exponent: Int) {
        code = UInt8(64 + exponent)
        value = (0..<exponent).reduce(1) { power, _ in power * 10 }
    }

    /// The unit of a code on disk; nil when there is none.
    init?(code: UInt8) {
        switch code {
        case 0...63: self.init(powerOfTwo: Int(code))
        case 65...82: self.init(powerOfTen: Int(code) - 64)
        default: return nil
        }
    }

    /// The greatest of the units tried that divides `value − base` of all values.
    /// `differingBits` has every bit in which two values differ.
    init(
        of values: UnsafeBufferPointer<Int64>, base: Int64, differingBits: UInt64
    ) {
        let zeros = differingBits == 0 ? 0 : differingBits.trailingZeroBitCount
        let power = IntegerUnit(powerOfTwo: zeros >= 3 ? zeros : 0)
        for exponent in [9, 6, 3] where zeros >= exponent {
            let unit = IntegerUnit(powerOfTen: exponent)
            guard unit.value > power.value else { break }
            if values.allSatisfy({ UInt64(bitPattern: $0 &- base) % unit.value == 0 }) {
                self = unit
                return
            }
        }
        self = power
    }
}
