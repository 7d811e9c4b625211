// The questions that `query` and `mixed` ask, by the numbers of Benchmarks/README.md, as targets of
// the HTTP interface. Ids to look up are taken from the generated stream, which is the daemon's.

/// A named question.
struct BenchQuestion: Sendable {
    let name: String
    /// Path and query of a GET request.
    let target: String
}

/// The questions about data of one size and seed.
enum QuestionSet {
    /// A day in the middle of the data, and three.
    private static let window = "from=2026-11-13T00:00:00Z&to=2026-11-14T00:00:00Z"
    private static let threeDays = "from=2026-11-12T00:00:00Z&to=2026-11-15T00:00:00Z"

    /// All questions. `count` and `seed` are those the data was generated with.
    static func questions(count: Int, seed: UInt64) -> [BenchQuestion] {
        let span = sampleSpan(count: count, seed: seed)
        let trace = Hexadecimal.text(span.traceHigh) + Hexadecimal.text(span.traceLow)
        let offset = count >= 5_000_000 ? 5_000 : count / 2_000
        let agent = "where=agent_name%20%3D%20%27agent-researcher-1%27"
        let common = "where=output%20LIKE%20%27%25\(Vocabulary.commonNeedle)%25%27"
        return [
            ("Q1", "latency?by=agent_name"),
            ("Q2", "latency?by=agent_name,name&\(window)"),
            ("Q3", "latency?bucket=1m&\(agent)&\(window)"),
            ("Q4", "sessions?order=cost_usd:desc&limit=50"),
            (
                "Q5",
                "sessions?project=project-0&order=started_at:desc&limit=50&offset=\(offset)"
                    + "&\(threeDays)"
            ),
            ("Q6", "trace/\(trace)"), ("Q7", "session/\(RecordText.session(span.session))"),
            ("Q8", "metrics/series?run=0&name=train/metric_3&view=raw"),
            ("Q9", "metrics/series?run=0&name=train/metric_3"),
            ("Q10", "metrics/stats?run=0"), ("Q12c", "latency?by=status&\(common)"),
            ("Q13", "costs?by=model&bucket=1d&order=cost_usd:desc&limit=20"),
        ].map { BenchQuestion(name: $0.0, target: "/api/v1/\($0.1)") }
    }

    /// A span of the first tenth of the stream.
    private static func sampleSpan(count: Int, seed: UInt64) -> BenchSpan {
        var source = SpanSource(count: count, seed: seed)
        for _ in 0..<min(count / 10, 10_000) { _ = source.next() }
        return source.next()
    }
}
