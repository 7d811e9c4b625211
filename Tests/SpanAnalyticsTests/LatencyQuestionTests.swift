// Latency: definitions of percentiles, groups, buckets.

import SpanAnalytics
import SpanColumns
import SpanModel
import SpanTesting
import Testing

@Suite struct LatencyQuestionTests {
    private func ask(
        _ spans: [SpanRow], _ parameters: [String: String] = [:]
    ) throws -> [[String: Cell]] {
        try rows(
            Questions.answer(
                "latency", parameters: parameters, tables: MemoryTables([spanTable(spans)]),
                now: 7_200_000_000_000))
    }

    private func spans(_ durations: [Int64]) -> [SpanRow] {
        durations.enumerated().map { SpanRow(id: "\($0)", start: 0, end: $1, agent: "a") }
    }

    @Test func tenSpansWithAnErrorAndATimeout() throws {
        var spans = spans(stride(from: 100, through: 550, by: 50).map { $0 })
        spans[3].status = "error"
        spans[4].status = "timeout"
        let row = try #require(try ask(spans).first)
        #expect(row["count"] == .integer(10))
        #expect(row["error_count"] == .integer(1))
        #expect(row["error_rate"] == .float(0.1))
        #expect(row["p50_ms"] == .float(325))
        #expect(row["min_ms"] == .float(100))
        #expect(row["max_ms"] == .float(550))
        #expect(row["mean_ms"] == .float(325))
    }

    @Test(arguments: [
        ([10, 20, 30, 40, 50], "interpolated", 30.0), ([1, 2, 3, 4], "interpolated", 2.5),
        ([500, 1_500, 2_000, 3_000], "index", 2_000), ([1, 2, 3, 4], "index", 3),
    ])
    func medians(durations: [Int64], method: String, median: Double) throws {
        let row = try ask(spans(durations), ["method": method])[0]
        #expect(row["p50_ms"] == .float(median))
    }

    @Test func fieldsAreThoseOfTheContractInItsOrder() throws {
        let answer = try Questions.answer(
            "latency", parameters: ["by": "model,attributes.tier", "bucket": "1m"],
            tables: MemoryTables([spanTable(spans([1]))]), now: 0)
        #expect(
            answer.table.columns.map(\.name) == [
                "model", "attributes.tier", "bucket_start", "count", "error_count", "error_rate",
                "mean_ms", "min_ms", "p50_ms", "p95_ms", "p99_ms", "max_ms",
            ])
    }

    @Test func unfinishedSpansCountWithoutDuration() throws {
        let row = try ask([SpanRow(id: "a"), SpanRow(id: "b")])[0]
        #expect(row["agent_name"] == .null)
        #expect(row["count"] == .integer(2))
        #expect(
            ["mean_ms", "min_ms", "p50_ms", "p95_ms", "p99_ms", "max_ms"].allSatisfy {
                row[$0] == .null
            })
    }

    @Test func negativeDurationsStay() throws {
        let row = try ask([SpanRow(id: "a", start: 1_000, end: 0)])[0]
        #expect(row["min_ms"] == .float(-1_000))
    }

    @Test func attributesGroup() throws {
        let spans = [
            SpanRow(id: "a", end: 1, attributes: #"{"agent.tier":"T1","n":{"x":"y"}}"#),
            SpanRow(id: "b", end: 2, attributes: #"{"n":[1,2],"agent.tier":"T\u0031"}"#),
            SpanRow(id: "c", end: 3, attributes: #"{"agent.tier":null}"#),
            SpanRow(id: "d", end: 4), SpanRow(id: "e", end: 5, attributes: #"{"agent.tier":7}"#),
        ]
        let rows = try ask(spans, ["by": "attributes.agent.tier"])
        #expect(rows.map { $0["attributes.agent.tier"]?.string } == ["7", "T1", nil])
        #expect(rows.map { $0["count"]?.integer } == [1, 2, 2])
    }

    @Test func groupsThenBucketsInOrder() throws {
        let spans = [
            SpanRow(id: "a", start: 61_000, end: 62_000, agent: "b"),
            SpanRow(id: "b", start: 1_000, end: 62_000, agent: "b"),
            SpanRow(id: "c", start: 61_000, end: 62_000),
            SpanRow(id: "d", start: 5_000, end: 62_000, agent: "a"),
            SpanRow(id: "e", start: 59_999, end: 62_000, agent: "a"),
        ]
        let rows = try ask(spans, ["bucket": "1m"])
        #expect(rows.map { $0["agent_name"]?.string } == ["a", "b", "b", nil])
        #expect(
            rows.map { $0["bucket_start"]?.integer } == [0, 0, 60_000_000_000, 60_000_000_000])
        #expect(rows[0]["count"] == .integer(2))
    }

    @Test func windowsAreHalfOpen() throws {
        let spans = [
            SpanRow(id: "a", start: 3_600_000, end: 3_600_001),
            SpanRow(id: "b", start: 3_599_999, end: 3_600_001),
        ]
        #expect(try ask(spans, ["since": "1h"])[0]["count"] == .integer(1))
        let window = ["from": "1970-01-01T00:59:59.999Z", "to": "1970-01-01T01:00:00Z"]
        #expect(try ask(spans, window)[0]["count"] == .integer(1))
        #expect(try ask(spans, ["to": "1970-01-01T00:00:00Z"]).isEmpty)
    }

    @Test func dedupCountsASpanOnce() throws {
        let spans = [
            SpanRow(id: "a", end: 5, agent: "x"), SpanRow(id: "a", end: 9, agent: "x"),
        ]
        #expect(try ask(spans)[0]["max_ms"] == .float(9))
        #expect(try ask(spans)[0]["count"] == .integer(1))
        #expect(try ask(spans, ["view": "raw"])[0]["count"] == .integer(2))
    }

    @Test func orderAndLimit() throws {
        let spans = (0..<5).map { SpanRow(id: "\($0)", end: $0 * 10, agent: "agent-\($0)") }
        let rows = try ask(spans, ["order": "p95_ms:desc", "limit": "2"])
        #expect(rows.map { $0["agent_name"]?.string } == ["agent-4", "agent-3"])
    }

    @Test func unknownColumnsAreNamed() throws {
        #expect(throws: StoreError.unknown(what: "column", name: "agent")) {
            try self.ask(self.spans([1]), ["by": "agent"])
        }
        #expect(throws: StoreError.unknown(what: "column", name: "p97")) {
            try self.ask(self.spans([1]), ["order": "p97"])
        }
        #expect(throws: StoreError.unknown(what: "time zone", name: "Mars/Base")) {
            try self.ask(self.spans([1]), ["bucket": "1h", "tz": "Mars/Base"])
        }
        #expect(throws: StoreError.unknown(what: "question", name: "speed")) {
            try Questions.answer("speed", parameters: [:], tables: MemoryTables([]), now: 0)
        }
    }
}
