// Random choices fixed by a seed: same seed, same test. Never used without one.

import SpanPlatform

/// A deterministic generator with the choices that tests make.
package struct SeededGenerator: RandomNumberGenerator, Sendable {
    private var source: Randomness

    /// The sequence of `seed`.
    package init(seed: UInt64) { source = Randomness(seed: seed) }

    /// The next number, all 64 bits random.
    package mutating func next() -> UInt64 { source.next() }

    /// A number in `0..<bound`; 0 when the bound is 0.
    package mutating func int(below bound: Int) -> Int {
        bound > 0 ? Int.random(in: 0..<bound, using: &self) : 0
    }

    /// True once in `count` times.
    package mutating func oneIn(_ count: Int) -> Bool { int(below: count) == 0 }

    /// Random bytes.
    package mutating func bytes(_ count: Int) -> [UInt8] {
        (0..<count).map { _ in UInt8(truncatingIfNeeded: next()) }
    }
}
