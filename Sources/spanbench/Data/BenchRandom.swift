// Seeded random numbers and the distributions of the data. Logarithm and power are computed here by
// arithmetic alone: the C library's differ in the last bit between processors, and a seed must give
// the same bytes on every machine.

/// SplitMix64 with the distributions that spans need.
struct BenchRandom: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        return Self.mix(state)
    }

    /// The finaliser of SplitMix64: a permutation of all words.
    static func mix(_ value: UInt64) -> UInt64 {
        var mixed = value
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// Uniform in 0 ..< 1.
    mutating func unit() -> Double { Double(next() >> 11) * 0x1p-53 }

    /// Uniform in 0 ..< `bound`, by multiplication.
    mutating func below(_ bound: Int) -> Int {
        Int(next().multipliedFullWidth(by: UInt64(bound)).high)
    }

    /// True with this probability.
    mutating func chance(_ probability: Double) -> Bool { unit() < probability }

    /// Approximately normal, mean 0 and variance 1, within ±6: the sum of twelve uniform values.
    mutating func normal() -> Double {
        var sum = -6.0
        for _ in 0..<6 {
            let word = next()
            sum += Double(word >> 32) * 0x1p-32 + Double(word & 0xFFFF_FFFF) * 0x1p-32
        }
        return sum
    }

    /// Lognormal: `median` × e^(`sigma` × normal).
    mutating func logNormal(median: Double, sigma: Double) -> Double {
        median * Self.exp2(sigma * normal() * 1.442_695_040_888_963_4)
    }

    /// Exponential with this mean.
    mutating func exponential(mean: Double) -> Double {
        -mean * Self.log2(1 - unit()) * 0.693_147_180_559_945_3
    }

    /// Pareto from 1 up: P(x > t) = t^-`shape`.
    mutating func pareto(shape: Double) -> Double {
        Self.exp2(-Self.log2(1 - unit()) / shape)
    }

    /// 2^x by splitting off the integer and a Taylor series of the rest (error below 1e-13).
    static func exp2(_ exponent: Double) -> Double {
        let whole = exponent.rounded(.down)
        let rest = (exponent - whole - 0.5) * 0.693_147_180_559_945_3
        var term = 1.0
        var sum = 1.0
        for step in 1...14 {
            term *= rest / Double(step)
            sum += term
        }
        return sum * 1.414_213_562_373_095_1
            * Double(sign: .plus, exponent: Int(whole), significand: 1)
    }

    /// log₂ of a positive normal number by the series of the area tangent (error below 1e-13).
    static func log2(_ value: Double) -> Double {
        let ratio =
            (value.significand - 1.414_213_562_373_095_1)
            / (value.significand + 1.414_213_562_373_095_1)
        let square = ratio * ratio
        var power = ratio
        var sum = 0.0
        for step in 0..<12 {
            sum += power / Double(2 * step + 1)
            power *= square
        }
        return Double(value.exponent) + 0.5 + sum * 2.885_390_081_777_926_8
    }
}
