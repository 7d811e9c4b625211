// Scores of sessions: two thirds of them carry one to three.

/// A score of a session.
struct BenchScore {
    var session: UInt32
    var name: String
    var value: Double
    /// Nanoseconds since the epoch.
    var time: Int64
}

/// All scores of the first `sessionCount` sessions.
struct ScoreSource {
    private static let names = ["quality", "helpfulness", "groundedness"]

    private let sessionCount: Int
    private var random: BenchRandom
    private var session = 0
    private var pending: [BenchScore] = []

    init(sessionCount: Int, seed: UInt64) {
        self.sessionCount = sessionCount
        random = BenchRandom(seed: seed ^ 0x5C0_9E5)
    }

    /// The next score; nil after the last.
    mutating func next() -> BenchScore? {
        while pending.isEmpty {
            guard session < sessionCount else { return nil }
            if random.chance(0.67) { addScores() }
            session += 1
        }
        return pending.removeLast()
    }

    private mutating func addScores() {
        for name in Self.names.prefix(1 + random.below(3)) {
            pending.append(
                BenchScore(
                    session: UInt32(session), name: name,
                    value: Double(random.below(1_001)) / 1_000,
                    time: SpanSource.firstArrival + Int64(session) * 1_000_000))
        }
    }
}
