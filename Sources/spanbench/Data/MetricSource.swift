// The stream of metric points: runs that log fifty metrics a step, eight runs at a time. Now and
// then a run resumes from a checkpoint and logs steps again (4.7 % of the steps); one value in a
// thousand is not finite.
// Cost: about 60 ns a point.

/// A metric point.
struct BenchPoint {
    var project: UInt8
    var run: Int
    var metric: Int
    var step: Int64
    /// Nanoseconds since the epoch.
    var time: Int64
    var value: Double
}

/// An endless, deterministic sequence of points for a total of `count`: 200 runs with 1,000 steps at
/// 10 million, fewer runs below.
struct MetricSource {
    static let metricsPerRun = 50
    private static let runsMax = 200
    private static let activeRuns = 8
    private static let resumesPerStep = 0.002
    private static let resumedStepsMean = 23.5

    let runCount: Int
    private let stepsPerRun: Int64
    private var random: BenchRandom
    private var clock = Double(SpanSource.firstArrival)
    private var active: [OpenRun] = []
    private var nextRun = 0
    private var slot = 0
    private var metric = MetricSource.metricsPerRun

    private struct OpenRun {
        var number: Int
        var step: Int64 = -1
        /// Steps that were logged, repeated ones included.
        var logged: Int64 = 0
    }

    init(count: Int, seed: UInt64) {
        random = BenchRandom(seed: seed ^ 0x3E7_71C5)
        runCount = min(Self.runsMax, max(1, count / (Self.metricsPerRun * 1_000)))
        stepsPerRun = Int64(max(1, count / (Self.metricsPerRun * runCount)))
        for _ in 0..<min(Self.activeRuns, runCount) { active.append(begin()) }
    }

    /// The name of a metric.
    static func name(_ metric: Int) -> String {
        metric < 25 ? "train/metric_\(metric)" : "eval/metric_\(metric)"
    }

    /// The next point to arrive.
    mutating func next() -> BenchPoint {
        if metric == Self.metricsPerRun { advance() }
        let run = active[slot]
        let point = BenchPoint(
            project: UInt8(run.number % DataCatalog.projectCount), run: run.number, metric: metric,
            step: run.step, time: Int64(clock) + Int64(metric) * 1_000,
            value: drawValue(run, metric))
        metric += 1
        return point
    }

    /// Chooses the run that logs next, and its step.
    private mutating func advance() {
        metric = 0
        clock += random.exponential(mean: 80_000_000)
        slot = random.below(active.count)
        while active[slot].logged == stepsPerRun { replaceFinished() }
        active[slot].logged += 1
        active[slot].step += 1
        if random.chance(Self.resumesPerStep) {
            let steps = Int64(random.exponential(mean: Self.resumedStepsMean))
            active[slot].step = max(0, active[slot].step - steps)
        }
    }

    /// Puts the next run in the place of the finished one; the last runs end one by one.
    private mutating func replaceFinished() {
        if nextRun < runCount || active.count == 1 {
            active[slot] = begin()
        } else {
            active.remove(at: slot)
            slot = 0
        }
    }

    /// A run that begins; only a count that is no whole number of steps begins the first again.
    private mutating func begin() -> OpenRun {
        defer { nextRun += 1 }
        return OpenRun(number: nextRun % runCount)
    }

    /// A falling curve with noise; half of the metrics have the precision of Float32.
    private mutating func drawValue(_ run: OpenRun, _ metric: Int) -> Double {
        let dice = random.below(3_000)
        if dice == 0 { return .nan }
        if dice == 1 { return .infinity }
        if dice == 2 { return -.infinity }
        let scale = Double(metric % 10 + 1) * (1 + Double(run.number % 7) / 10)
        let decay = BenchRandom.exp2(-Double(run.step) / 300)
        let value = scale * (0.2 + decay + 0.05 * random.normal())
        return metric % 2 == 0 ? Double(Float(value)) : value
    }
}
