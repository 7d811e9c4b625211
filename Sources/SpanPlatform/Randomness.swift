// Random numbers as a value, so that the simulator can replay a run. They name incarnations and
// seed hash tables; nothing secret is made of the seeded kind.

/// A source of random 64-bit numbers: the system's, or a sequence fixed by a seed (splitmix64).
package struct Randomness: RandomNumberGenerator, Sendable {
    private var state: UInt64?

    /// The operating system's generator.
    package static let system = Randomness(state: nil)

    /// A sequence that depends on the seed alone.
    package init(seed: UInt64) { self.init(state: seed) }

    private init(state: UInt64?) { self.state = state }

    /// The next number, all 64 bits random.
    package mutating func next() -> UInt64 {
        guard let state else {
            var system = SystemRandomNumberGenerator()
            return system.next()
        }
        let advanced = state &+ 0x9e37_79b9_7f4a_7c15
        self.state = advanced
        var mixed = advanced
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }
}
