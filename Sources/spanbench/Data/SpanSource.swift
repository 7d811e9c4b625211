// The stream of spans, in the order they arrive: traces of many sessions interleaved over ten days.
// 0.5 % arrive hours late and 1 % are delivered again with changed fields; both are kept waiting in
// a box whose random entries are exchanged, so memory does not grow.
// Cost: about 150 ns a span, without its texts.

/// An endless, deterministic sequence of spans for a total of `count`.
struct SpanSource {
    /// 2026-11-09T00:00:00Z.
    static let firstArrival: Int64 = 1_794_182_400_000_000_000
    static let daysNanoseconds: Int64 = 10 * 86_400 * 1_000_000_000

    private static let activeTraces = 32
    private static let latePerSpan = 0.005
    private static let repeatedPerSpan = 0.01
    private static let repeatBoxSize = 256
    /// Makes a span wait for about 2,500 others before it comes again.
    private static let exchangedPerSpan = 0.1

    let catalog: DataCatalog
    let count: Int
    let seed: UInt64
    /// Sessions begun so far; their numbers are 0 ..< `sessionCount`.
    private(set) var sessionCount = 0
    private(set) var traceCount = 0

    private var random: BenchRandom
    private var clock = Double(Self.firstArrival)
    private let meanInterval: Double
    private let waitingSessions: Int
    private let lateBoxSize: Int
    private var active: [OpenTrace] = []
    private var waiting: [OpenSession] = []
    private var late: [BenchSpan] = []
    private var repeatable: [BenchSpan] = []

    init(count: Int, seed: UInt64) {
        self.count = count
        self.seed = seed
        catalog = DataCatalog()
        random = BenchRandom(seed: seed)
        meanInterval = Double(Self.daysNanoseconds) / Double(max(1, count))
        waitingSessions = min(4_096, max(8, count / 10_000))
        // As many as come late within about four hours.
        lateBoxSize = min(4_096, max(4, count / 12_000))
        for _ in 0..<waitingSessions { waiting.append(newSession()) }
        for _ in 0..<Self.activeTraces { active.append(nextTrace()) }
    }

    /// The next span to arrive.
    mutating func next() -> BenchSpan {
        if random.chance(Self.repeatedPerSpan), repeatable.count == Self.repeatBoxSize {
            return redelivered()
        }
        let span = punctualSpan()
        if repeatable.count < Self.repeatBoxSize {
            repeatable.append(span)
        } else if random.chance(Self.exchangedPerSpan) {
            repeatable[random.below(Self.repeatBoxSize)] = span
        }
        return span
    }

    /// The next span for the first time; a late one takes the place of one that was held back.
    private mutating func punctualSpan() -> BenchSpan {
        while true {
            let span = newSpan()
            guard random.chance(Self.latePerSpan) else { return span }
            let place = random.below(lateBoxSize)
            guard place < late.count else {
                late.append(span)
                continue
            }
            let held = late[place]
            late[place] = span
            return held
        }
    }

    /// A span again, as an exporter sends it after it has learned more.
    private mutating func redelivered() -> BenchSpan {
        let place = random.below(repeatable.count)
        var span = repeatable[place]
        repeatable[place] = repeatable[repeatable.count - 1]
        repeatable.removeLast()
        span.end += Int64(random.exponential(mean: 50_000_000))
        if random.chance(0.2) { span.status = .error }
        if span.outputTokens >= 0 {
            let added = Int64(random.below(200))
            span.outputTokens += added
            let price = catalog.models[Int(span.model)].outputPrice
            if span.cost >= 0 { span.cost += added * price }
        }
        return span
    }

    private mutating func newSpan() -> BenchSpan {
        clock += random.exponential(mean: meanInterval)
        let slot = random.below(active.count)
        let isRoot = active[slot].isFresh
        let operation = drawOperation(isRoot: isRoot)
        let session = active[slot].session
        let duration = drawDuration(catalog.operations[operation])
        let id = random.next() | 1
        var span = BenchSpan(
            traceHigh: active[slot].high, traceLow: active[slot].low, spanID: id,
            parentSpanID: active[slot].parent(&random), session: session.number,
            user: session.user, project: session.project,
            agent: drawAgent(session), operation: UInt8(operation),
            experiment: session.experiment, testCase: session.testCase, status: drawStatus(),
            start: Int64(clock) - duration, end: Int64(clock), contentSeed: random.next())
        if catalog.operations[operation].kind == .model { addUsage(to: &span) }
        active[slot].add(id)
        if active[slot].remaining == 0 {
            finishTrace(of: session)
            active[slot] = nextTrace()
        }
        return span
    }

    private mutating func drawOperation(isRoot: Bool) -> Int {
        isRoot
            ? catalog.rootOperations[catalog.rootTable.choice(&random)]
            : catalog.otherOperations[catalog.otherTable.choice(&random)]
    }

    /// Lognormal about the operation's median; one in a hundred far out.
    private mutating func drawDuration(_ operation: Operation) -> Int64 {
        var duration = random.logNormal(median: operation.durationMedian, sigma: 0.8)
        if random.chance(0.01) { duration *= 5 + 45 * random.unit() }
        return min(Int64(duration) + 1_000, 3_600_000_000_000)
    }

    private mutating func drawAgent(_ session: OpenSession) -> UInt8 {
        random.chance(0.7) ? session.agent : UInt8(catalog.agentTable.choice(&random))
    }

    private mutating func drawStatus() -> BenchSpan.Status {
        let share = random.unit()
        return share < 0.03 ? .error : share < 0.1 ? .unset : .ok
    }

    private mutating func addUsage(to span: inout BenchSpan) {
        span.model = Int8(catalog.modelTable.choice(&random))
        span.inputTokens = Int64(random.logNormal(median: 1_400, sigma: 1)) + 1
        span.outputTokens = Int64(random.logNormal(median: 260, sigma: 0.9)) + 1
        if random.chance(0.4) { span.cachedTokens = span.inputTokens / Int64(2 + random.below(4)) }
        if random.chance(0.2) { span.reasoningTokens = span.outputTokens / 3 }
        let model = catalog.models[Int(span.model)]
        guard model.inputPrice > 0 else { return }
        span.cost = span.inputTokens * model.inputPrice + span.outputTokens * model.outputPrice
    }

    // MARK: Sessions and traces

    private mutating func newSession() -> OpenSession {
        let number = UInt32(sessionCount)
        sessionCount += 1
        let isExperiment = number % 20 == 0
        return OpenSession(
            number: number, user: UInt16(random.below(DataCatalog.userCount)),
            project: UInt8(catalog.projectTable.choice(&random)),
            agent: UInt8(catalog.agentTable.choice(&random)),
            experiment: isExperiment ? Int8(random.below(DataCatalog.experimentCount)) : -1,
            testCase: isExperiment ? Int8(random.below(100)) : -1,
            tracesLeft: min(400, Int(random.pareto(shape: 1.25))))
    }

    /// The session waits for its next trace, or another one begins in its place.
    private mutating func finishTrace(of session: OpenSession) {
        waiting.append(session.tracesLeft > 0 ? session : newSession())
    }

    private mutating func nextTrace() -> OpenTrace {
        let place = random.below(waiting.count)
        waiting.swapAt(place, waiting.count - 1)
        var session = waiting.removeLast()
        session.tracesLeft -= 1
        traceCount += 1
        let spans = min(200, 2 + Int(random.logNormal(median: 6.5, sigma: 0.75)))
        let trace = OpenTrace(
            session: session, high: random.next(), low: random.next() | 1, remaining: spans)
        if waiting.isEmpty { waiting.append(newSession()) }
        return trace
    }
}

/// A session that goes on.
struct OpenSession {
    let number: UInt32
    let user: UInt16
    let project: UInt8
    let agent: UInt8
    let experiment: Int8
    let testCase: Int8
    var tracesLeft: Int
}

/// A trace that is being emitted.
struct OpenTrace {
    let session: OpenSession
    let high: UInt64
    let low: UInt64
    var remaining: Int
    private var root: UInt64 = 0
    private var last: UInt64 = 0

    init(session: OpenSession, high: UInt64, low: UInt64, remaining: Int) {
        self.session = session
        self.high = high
        self.low = low
        self.remaining = remaining
    }

    /// Whether its root has not been emitted yet.
    var isFresh: Bool { root == 0 }

    /// The parent of the next span: none, the root, or the span before.
    func parent(_ random: inout BenchRandom) -> UInt64 {
        random.chance(0.6) ? root : last
    }

    /// Notes an emitted span.
    mutating func add(_ id: UInt64) {
        if root == 0 { root = id }
        last = id
        remaining -= 1
    }
}
