// Asks questions over one kept connection and times each whole answer, from the request's first byte
// to the answer's last. The questions take turns, so that a disturbance meets them all.

import SpanClient
import SpanModel
import SpanPlatform

/// One measured series of questions.
struct QueryRun {
    let socket: String
    /// Sent as Accept; nil asks for the default, JSON.
    let accept: String?
    private var found: [String: (latencies: Latencies, byteCount: Int)] = [:]

    init(socket: String, accept: String?) {
        self.socket = socket
        self.accept = accept
    }

    /// Asks every question `rounds` times, or until `isOver` says so between two questions.
    mutating func run(
        _ questions: [BenchQuestion], rounds: Int, isOver: () -> Bool = { false }
    ) throws(StoreError) {
        let client = HTTPClient(.unix(path: socket), timeoutSeconds: 300)
        for _ in 0..<rounds {
            for question in questions {
                if isOver() { return }
                try ask(question, client)
            }
        }
    }

    /// Forgets what was measured: warming up is over.
    mutating func reset() { found = [:] }

    /// The questions' latencies and the sizes of their answers.
    func report(_ questions: [BenchQuestion]) -> Report {
        var report = Report()
        for question in questions {
            guard let result = found[question.name] else { continue }
            var entry = result.latencies.report
            entry.add("answer_bytes", result.byteCount)
            report.add(question.name, .object(entry))
        }
        return report
    }

    private mutating func ask(_ question: BenchQuestion, _ client: HTTPClient) throws(StoreError) {
        let headers = accept.map { [(name: "Accept", value: $0)] } ?? []
        let start = Stopwatch.now()
        let reply = try client.send("GET", question.target, headers: headers)
        let elapsed = Stopwatch.now() - start
        guard reply.isSuccess else {
            throw .invalidArgument(
                name: question.name,
                reason: "status \(reply.status): \(String(decoding: reply.body, as: UTF8.self))")
        }
        found[question.name, default: (Latencies(), 0)].latencies.record(elapsed)
        found[question.name]?.byteCount = reply.body.count
    }
}
