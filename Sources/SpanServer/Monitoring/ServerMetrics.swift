// Counters of the server, printed in the Prometheus text format 0.0.4 (`# HELP`, `# TYPE`, one
// sample a line). Labels come from route patterns and table names, never from a request, so the
// number of series is bounded.

import SpanModel
import Synchronization

/// Counts requests and rows.
package final class ServerMetrics: Sendable {
    private struct RequestKey: Hashable {
        let method: String
        let route: String
        let status: Int
    }

    private struct State {
        var requests: [RequestKey: Int] = [:]
        var durations: [String: (count: Int, nanoseconds: UInt64)] = [:]
        var rows: [String: Int] = [:]
        var rejectedRows: [String: Int] = [:]
        var requestCount = 0
        var bodyBytes = 0
        var replays = 0
    }

    private let state = Mutex(State())
    private let startNanoseconds: Int64

    package init(startNanoseconds: Int64) { self.startNanoseconds = startNanoseconds }

    /// Requests answered so far.
    var requestCount: Int { state.withLock { $0.requestCount } }

    /// Counts an answered request. `route` is a pattern, `method` one that the server knows.
    func countRequest(method: String, route: String, status: Int, nanoseconds: UInt64) {
        state.withLock {
            $0.requestCount += 1
            $0.requests[RequestKey(method: method, route: route, status: status), default: 0] += 1
            let before = $0.durations[route] ?? (0, 0)
            $0.durations[route] = (before.count + 1, before.nanoseconds + nanoseconds)
        }
    }

    /// Counts decompressed bytes of bodies.
    func countBody(bytes: Int) { state.withLock { $0.bodyBytes += bytes } }

    /// Counts rows of a table.
    func countRows(table: String, stored: Int, rejected: Int) {
        state.withLock {
            $0.rows[table, default: 0] += stored
            $0.rejectedRows[table, default: 0] += rejected
        }
    }

    /// Counts a write that was stored before.
    func countReplay() { state.withLock { $0.replays += 1 } }

    /// The page. `gauges` are added to the server's own numbers.
    func render(gauges: [StoreGauge]) -> String {
        let now = state.withLock { $0 }
        var page = PrometheusPage()
        page.family("spand_http_requests_total", .counter, "Requests answered.")
        let requests = now.requests.map { key, count in
            (
                "method=\"\(key.method)\",route=\"\(key.route)\",status=\"\(key.status)\"",
                Double(count)
            )
        }
        for (labels, count) in requests.sorted(by: { $0.0 < $1.0 }) { page.sample(count, labels) }
        page.family(
            "spand_http_request_duration_seconds", .summary, "Time from head to answer.")
        for (route, total) in now.durations.sorted(by: { $0.key < $1.key }) {
            let labels = "route=\"\(route)\""
            page.sample(Double(total.nanoseconds) / 1e9, labels, suffix: "_sum")
            page.sample(Double(total.count), labels, suffix: "_count")
        }
        page.family("spand_ingest_rows_total", .counter, "Rows stored.")
        page.samples(now.rows, label: "table")
        page.family("spand_ingest_rejected_rows_total", .counter, "Rows rejected.")
        page.samples(now.rejectedRows, label: "table")
        page.single(
            "spand_ingest_body_bytes_total", .counter, "Decompressed bytes of request bodies.",
            Double(now.bodyBytes))
        page.single(
            "spand_ingest_replays_total", .counter, "Writes that an idempotency key named before.",
            Double(now.replays))
        page.single(
            "spand_start_time_seconds", .gauge, "When the daemon started, in Unix time.",
            Double(startNanoseconds) / 1e9)
        for gauge in gauges { page.single(gauge.name, .gauge, gauge.help, gauge.value) }
        return page.text
    }
}

/// Writes the text format.
struct PrometheusPage {
    enum Kind: String {
        case counter, gauge, summary
    }

    private(set) var text = ""
    private var name = ""

    /// Starts a family; its samples follow.
    mutating func family(_ name: String, _ kind: Kind, _ help: String) {
        self.name = name
        text += "# HELP \(name) \(help)\n# TYPE \(name) \(kind.rawValue)\n"
    }

    /// Adds a sample of the family.
    mutating func sample(_ value: Double, _ labels: String = "", suffix: String = "") {
        let printed =
            value == value.rounded() && abs(value) < 1e15 ? "\(Int64(value))" : "\(value)"
        text += name + suffix + (labels.isEmpty ? "" : "{\(labels)}") + " \(printed)\n"
    }

    /// Adds a sample for each value of one label, in order.
    mutating func samples(_ counts: [String: Int], label: String) {
        for (value, count) in counts.sorted(by: { $0.key < $1.key }) {
            sample(Double(count), "\(label)=\"\(value)\"")
        }
    }

    /// A family of one sample.
    mutating func single(_ name: String, _ kind: Kind, _ help: String, _ value: Double) {
        family(name, kind, help)
        sample(value)
    }
}
