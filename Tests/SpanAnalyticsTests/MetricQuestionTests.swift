// The metric questions with the numbers of the reference checklist.

import SpanAnalytics
import SpanColumns
import SpanModel
import SpanTesting
import Testing

@Suite struct MetricQuestionTests {
    private func ask(
        _ name: String, _ parameters: [String: String], _ points: [Point]
    ) throws -> [[String: Cell]] {
        try SpanAnalyticsTests.ask(
            name, ["run": "7"].merging(parameters) { $1 }, metricTables(points))
    }

    private func series(_ values: [Double]) -> [Point] { metricSeries(values) }

    @Test func latestTimeWinsWhateverArrivedLast() throws {
        let points = [
            Point(step: 1, value: 1, time: 0), Point(step: 1, value: -1, time: 1),
            Point(step: 2, value: 5, time: 5), Point(step: 2, value: 3, time: 3),
            Point(step: 3, value: 10), Point(step: 3, value: 20),
        ]
        let latest = try ask("metrics/series", ["name": "loss"], points)
        #expect(latest.map { $0["value"]?.float } == [-1, 5, 20])
        let raw = try ask("metrics/series", ["name": "loss", "view": "raw"], points)
        #expect(raw.map { $0["value"]?.float } == [1, -1, 3, 5, 10, 20])
        let stats = try ask("metrics/stats", [:], Array(points[..<2]))
        #expect(stats[0]["count"] == .integer(1))
        #expect(["min", "max", "mean", "last_value"].allSatisfy { stats[0][$0] == .float(-1) })
    }

    @Test func statisticsOfOneToFive() throws {
        let row = try #require(try ask("metrics/stats", [:], series([1, 2, 3, 4, 5])).first)
        #expect(row["count"] == .integer(5))
        #expect(row["mean"] == .float(3))
        #expect(abs((row["stddev"]?.float ?? 0) - 1.41421356) < 1e-8)
        #expect(row["last_step"] == .integer(5))
        #expect(row["last_value"] == .float(5))
    }

    @Test func statisticsUseFiniteValuesOnly() throws {
        let row = try #require(
            try ask("metrics/stats", [:], series([2, 4, .nan, .infinity])).first)
        #expect(row["count"] == .integer(2))
        #expect(row["min"] == .float(2))
        #expect(row["max"] == .float(4))
        #expect(row["mean"] == .float(3))
        #expect(row["stddev"] == .float(1))
        #expect(row["last_step"] == .integer(2))
        #expect(row["last_value"] == .float(4))
        #expect(row["non_finite_count"] == .integer(2))
    }

    @Test func onlyNonFiniteValuesHaveNoStatistics() throws {
        let row = try #require(try ask("metrics/stats", [:], series([.nan, .infinity])).first)
        #expect(row["count"] == .integer(0))
        #expect(
            ["min", "max", "mean", "stddev", "last_step", "last_value"].allSatisfy {
                row[$0] == .null
            })
        #expect(row["non_finite_count"] == .integer(2))
    }

    @Test func varianceDoesNotCancel() throws {
        let row = try #require(
            try ask("metrics/stats", [:], series([1e9 + 1, 1e9 + 2, 1e9 + 3])).first)
        let deviation = row["stddev"]?.float ?? 0
        #expect(abs(deviation * deviation - 2.0 / 3) < 1e-9)
    }

    @Test func nonFiniteValuesAreNullAndFlagged() throws {
        let rows = try ask(
            "metrics/series", ["name": "loss"], series([.nan, .infinity, -.infinity, 0.5]))
        #expect(rows.map { $0["non_finite_flags"]?.integer } == [1, 2, 4, 0])
        #expect(rows.map { $0["value"]?.float } == [nil, nil, nil, 0.5])
    }

    @Test func stepRangeIsInclusive() throws {
        let points = (0..<10).map { Point(step: $0, value: Double($0)) }
        let rows = try ask(
            "metrics/series", ["name": "loss", "step_min": "3", "step_max": "5"], points)
        #expect(rows.map { $0["step"]?.integer } == [3, 4, 5])
    }

    @Test func limitSaysExactlyWhetherThereIsMore() throws {
        let points = metricTables(series([1, 2, 3, 4]))
        for (limit, isTruncated) in [("3", true), ("4", false), ("5", false)] {
            let answer = try Questions.answer(
                "metrics/series", parameters: ["run": "7", "name": "loss", "limit": limit],
                tables: points, now: 0)
            #expect(answer.table.isTruncated == isTruncated)
        }
    }

    @Test func bucketsAverageRangesOfSteps() throws {
        let points = (0..<10).map { Point(step: $0, value: Double($0)) }
        let three = try ask("metrics/series", ["name": "loss", "buckets": "3"], points)
        #expect(three.map { $0["step"]?.integer } == [0, 3, 6, 9])
        #expect(three.map { $0["value"]?.float } == [1, 4, 7, 9])
        #expect(three.map { $0["count"]?.integer } == [3, 3, 3, 1])
        let four = try ask("metrics/series", ["name": "loss", "buckets": "4"], points)
        #expect(four.map { $0["value"]?.float } == [0.5, 2.5, 4.5, 6.5, 8.5])
    }

    @Test func bucketsCombineFlags() throws {
        let rows = try ask(
            "metrics/series", ["name": "loss", "buckets": "2"], series([2, 4, .nan, .infinity]))
        #expect(rows.map { $0["value"]?.float } == [3, nil])
        #expect(rows.map { $0["min"]?.float } == [2, nil])
        #expect(rows.map { $0["max"]?.float } == [4, nil])
        #expect(rows.map { $0["count"]?.integer } == [2, 2])
        #expect(rows.map { $0["non_finite_flags"]?.integer } == [0, 3])
    }

    @Test func bucketsNeverReachTwiceTheirNumber() throws {
        let points = (0..<1_999).map { Point(step: $0, value: 1) }
        let rows = try ask("metrics/series", ["name": "loss", "buckets": "1000"], points)
        #expect(rows.count == 1_999)
    }

    @Test func namesCountThePointsOfTheView() throws {
        let points = [
            Point(step: 1, value: 1), Point(step: 1, value: 2), Point(step: 4, value: .nan),
            Point(step: 2, value: 1, name: "acc"), Point(step: 9, value: 1, run: "8"),
        ]
        let names = try ask("metrics/names", [:], points)
        #expect(names.map { $0["name"]?.string } == ["acc", "loss"])
        #expect(names.map { $0["count"]?.integer } == [1, 2])
        #expect(names.map { $0["max_step"]?.integer } == [2, 4])
        let raw = try ask("metrics/names", ["view": "raw"], points)
        #expect(raw.map { $0["count"]?.integer } == [1, 3])
        #expect(try ask("metrics/names", ["run": "999"], points).isEmpty)
    }

    @Test(arguments: [
        ("metrics/series", ["run": "7"], "name"), ("metrics/names", [:], "run"),
        ("metrics/stats", ["run": "7", "step": "1"], "step"),
        ("metrics/series", ["run": "7", "name": "x", "step_min": "-1"], "step_min"),
        ("metrics/series", ["run": "7", "name": "x", "buckets": "0"], "buckets"),
        ("metrics/names", ["run": "7", "view": "all"], "view"),
        ("metrics/names", ["run": "7", "limit": "x"], "limit"),
        ("metrics/names", ["run": "7", "since": "soon"], "since"),
    ])
    func badParametersAreNamed(
        question: String, parameters: [String: String], name: String
    ) throws {
        let error = #expect(throws: StoreError.self) {
            try Questions.answer(
                question, parameters: parameters, tables: MemoryTables([]), now: 0)
        }
        guard case .invalidArgument(let found, _) = error else {
            Issue.record("not an argument error: \(String(describing: error))")
            return
        }
        #expect(found == name)
    }
}
