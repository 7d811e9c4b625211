// Sends prepared bodies from several connections and times every acknowledgement. Bodies are
// rendered in rounds before the clock runs, so that making data is not measured.
// Memory: one round, about a gigabyte.

import Dispatch
import Glibc
import SpanClient
import SpanModel
import SpanPlatform
import Synchronization

/// What sending gave.
struct IngestFigures {
    var rowCount = 0
    var byteCount = 0
    var seconds = 0.0
    var retryCount = 0
    var latencies = Latencies()

    mutating func add(_ other: IngestFigures) {
        rowCount += other.rowCount
        byteCount += other.byteCount
        retryCount += other.retryCount
        latencies.add(other.latencies)
    }

    var report: Report {
        var report = Report()
        report.add("rows", rowCount)
        report.add("bytes", byteCount)
        report.add("seconds", seconds)
        report.add("rows_per_second", Double(rowCount) / seconds)
        report.add("megabytes_per_second", Double(byteCount) / seconds / 1e6)
        report.add("retries", retryCount)
        report.add("acknowledgement", .object(latencies.report))
        return report
    }
}

/// One measured ingest.
struct IngestRun {
    private static let roundBytesMax = 1 << 30
    private static let retryMicroseconds: UInt32 = 20_000
    private static let sampleMilliseconds = 20

    let socket: String
    let target: String
    let contentType: String
    let clientCount: Int
    let probe: DaemonProbe?

    /// Sends everything that `source` has; `progress` is told the rows sent after each round.
    func run(_ source: inout BodySource, progress: (Int) -> Void) throws -> IngestFigures {
        var total = IngestFigures()
        while true {
            let round = Self.prepare(&source)
            if round.isEmpty { return total }
            let start = Stopwatch.now()
            total.add(try send(round))
            total.seconds += Stopwatch.seconds(since: start)
            progress(total.rowCount)
        }
    }

    private static func prepare(_ source: inout BodySource) -> [BenchBody] {
        var round: [BenchBody] = []
        var byteCount = 0
        while byteCount < roundBytesMax {
            let bodies = source.next(batches: 256)
            if bodies.isEmpty { break }
            round += bodies
            byteCount += bodies.reduce(0) { $0 + $1.bytes.count }
        }
        return round
    }

    private func send(_ bodies: [BenchBody]) throws -> IngestFigures {
        let next = Atomic<Int>(0)
        let outcome = Mutex<(figures: IngestFigures, failure: StoreError?)>((IngestFigures(), nil))
        let group = DispatchGroup()
        for number in 0..<clientCount {
            DispatchQueue(label: "client \(number)").async(group: group) {
                var figures = IngestFigures()
                var failure: StoreError?
                do throws(StoreError) {
                    try self.sendShare(of: bodies, next, &figures)
                } catch {
                    failure = error
                }
                outcome.withLock {
                    $0.figures.add(figures)
                    $0.failure = $0.failure ?? failure
                }
            }
        }
        while group.wait(timeout: .now() + .milliseconds(Self.sampleMilliseconds)) == .timedOut {
            probe?.sampleMemory()
        }
        let (figures, failure) = outcome.withLock { $0 }
        if let failure { throw failure }
        return figures
    }

    private func sendShare(
        of bodies: [BenchBody], _ next: borrowing Atomic<Int>, _ figures: inout IngestFigures
    ) throws(StoreError) {
        let client = HTTPClient(.unix(path: socket), timeoutSeconds: 300)
        while true {
            let index = next.add(1, ordering: .relaxed).oldValue
            guard index < bodies.count else { return }
            let start = Stopwatch.now()
            figures.retryCount += try send(bodies[index], client)
            figures.latencies.record(Stopwatch.now() - start)
            figures.rowCount += bodies[index].rowCount
            figures.byteCount += bodies[index].bytes.count
        }
    }

    /// Sends a body until it is accepted; how often it had to be sent again.
    private func send(_ body: BenchBody, _ client: HTTPClient) throws(StoreError) -> Int {
        var retries = 0
        while true {
            let reply = try client.send(
                "POST", target, headers: [("Content-Type", contentType)], body: body.bytes)
            if reply.isSuccess { return retries }
            guard reply.status == 429 || reply.status == 503 else {
                throw .invalidArgument(
                    name: target,
                    reason: "status \(reply.status): \(String(decoding: reply.body, as: UTF8.self))"
                )
            }
            retries += 1
            usleep(Self.retryMicroseconds)
        }
    }
}
