// Summaries in full, names by substring, leaderboards, comparisons, best steps and heartbeats, with
// the oracles of the reference checklist.

import SpanAnalytics
import SpanColumns
import SpanModel
import SpanTesting
import Testing

@Suite struct MetricRankingTests {
    @Test func aSummaryTellsStepsAndTimesOfAllPointsAndExtremesOfFiniteOnes() throws {
        let points = [
            Point(step: 1, value: .nan, time: 10), Point(step: 2, value: 4, time: 20),
            Point(step: 3, value: -1, time: 30), Point(step: 4, value: 4, time: 40),
            Point(step: 5, value: -1, time: 50), Point(step: 6, value: .infinity, time: 60),
        ]
        let row = try ask("metrics/stats", ["run": "7"], metricTables(points))[0]
        let integers = [
            "count": 4, "non_finite_count": 2, "last_step": 5, "min_step": 1, "max_step": 6,
            "min_time": 10, "max_time": 60, "arg_min_step": 3, "arg_max_step": 2,
        ]
        for (name, value) in integers { #expect(row[name] == .integer(Int64(value)), "\(name)") }
        #expect(row["last_value"] == .float(-1))
    }

    @Test func namesAreFoundBySubstring() throws {
        let points = ["train/Loss", "val/loss", "acc"].map { Point(step: 1, value: 1, name: $0) }
        let found = try ask(
            "metrics/names", ["run": "7", "search": "LOSS"], metricTables(points))
        #expect(found.map { $0["name"]?.string } == ["train/Loss", "val/loss"])
    }

    private let finals: [(run: String, value: Double)] = [
        ("a", 3), ("b", .nan), ("c", 1), ("d", .infinity), ("e", -.infinity),
    ]

    @Test(arguments: [("asc", "ecadb"), ("desc", "daceb")])
    func nanIsLastInBothDirections(direction: String, runs: String) throws {
        let tables = metricTables(finals.map { Point(step: 1, value: $0.value, run: $0.run) })
        for ranking in ["last", "min", "mean"] {
            let found = try ask(
                "metrics/leaderboard",
                ["name": "loss", "direction": direction, "aggregation": ranking], tables)
            #expect(found.compactMap { $0["run_id"]?.string }.joined() == runs)
            #expect(found.map { $0["rank"]?.integer } == [1, 2, 3, 4, 5])
        }
        let flags = try ask("metrics/leaderboard", ["name": "loss"], tables).map {
            $0["non_finite_flags"]?.integer
        }
        #expect(flags == [4, 0, 0, 2, 1])
    }

    @Test func ranksGoOnBehindAnOffset() throws {
        let tables = metricTables(finals.map { Point(step: 1, value: $0.value, run: $0.run) })
        let answer = try Questions.answer(
            "metrics/leaderboard",
            parameters: ["name": "loss", "offset": "1", "limit": "2"], tables: tables, now: 0)
        #expect(rows(answer).map { $0["rank"]?.integer } == [2, 3])
        #expect(answer.table.totalCount == 5)
        #expect(answer.table.isTruncated)
    }

    @Test func aRunIsRankedByItsFiniteValues() throws {
        let tables = metricTables(
            metricSeries([5, 1, .nan], run: "a") + metricSeries([2, 3], run: "b"))
        func ranked(_ by: String) throws -> [Double?] {
            try ask("metrics/leaderboard", ["name": "loss", "aggregation": by], tables)
                .map { $0["value"]?.float }
        }
        #expect(try ranked("last") == [1, 3])
        #expect(try ranked("min") == [1, 2])
        #expect(try ranked("max") == [3, 5])
        #expect(try ranked("mean") == [2.5, 3])
        #expect(try ranked("variance") == [0.25, 4])
    }

    @Test func comparisonFollowsTheOrderOfTheRuns() throws {
        let tables = metricTables(
            metricSeries([1, 2], run: "a") + metricSeries([3], run: "b")
                + metricSeries([.nan], run: "c"))
        let found = try ask(
            "metrics/compare", ["runs": "c,b,absent,a", "name": "loss"], tables)
        #expect(found.map { $0["run_id"]?.string } == ["c", "b", "a"])
        #expect(found.map { $0["count"]?.integer } == [0, 1, 2])
        #expect(found.map { $0["mean"]?.float } == [nil, 3, 1.5])
    }

    @Test func theBestStepOfEachRun() throws {
        let tables = metricTables(
            metricSeries([3, 1, 2], run: "a") + metricSeries([5, 5], run: "b")
                + metricSeries([.nan], run: "c"))
        let least = try ask("metrics/best", ["name": "loss"], tables)
        #expect(least.map { $0["step"]?.integer } == [2, 1])
        let greatest = try ask("metrics/best", ["name": "loss", "goal": "max"], tables)
        #expect(greatest.map { $0["step"]?.integer } == [1, 1])
        #expect(greatest.map { $0["value"]?.float } == [3, 5])
    }

    private func near(
        _ points: [(Int64, Double)], images: [Int64], tolerance: Int
    ) throws -> [[String: Cell]] {
        let points =
            points.map { Point(step: $0, value: $1) }
            + images.map { Point(step: $0, value: 1, name: "image") }
        return try ask(
            "metrics/best",
            ["name": "loss", "near": "image", "tolerance": "\(tolerance)"],
            metricTables(points))
    }

    @Test func theBestStepThatHasAnotherMetricNear() throws {
        let offset = try near(
            (1...10).map { (Int64($0 * 10), abs(Double($0) - 5)) },
            images: (0..<10).map { $0 * 10 + 5 }, tolerance: 5)[0]
        #expect(offset["step"] == .integer(50))
        #expect(offset["near_step"] == .integer(55))
        #expect(offset["distance"] == .integer(5))
        #expect(offset["other_step"] == .integer(45))
        let hard: [(Int64, Double)] = [(500, 0), (1_002, 1), (1_500, 2)]
        let close = try near(hard, images: [1_000, 1_003], tolerance: 20)[0]
        #expect(close["step"] == .integer(1_002))
        #expect(close["near_step"] == .integer(1_003))
        #expect(close["distance"] == .integer(1))
        let far = try near(hard, images: [1_000, 1_003], tolerance: 500)[0]
        #expect(far["step"] == .integer(500))
        #expect(far["near_step"] == .integer(1_000))
        #expect(far["distance"] == .integer(500))
        #expect(try near(hard, images: [1_000, 1_003], tolerance: 0).isEmpty)
    }

    @Test func aHeartbeatIsOfAllWrites() throws {
        let points = [
            Point(step: 1, value: 1, time: 90, run: "a"),
            Point(step: 1, value: 2, time: 50, run: "a"), Point(step: 2, value: 2, run: "b"),
        ]
        let found = try ask("metrics/heartbeat", [:], metricTables(points))
        #expect(found.map { $0["run_id"]?.string } == ["a", "b"])
        #expect(found.map { $0["last_time"]?.integer } == [90, 0])
        #expect(found.map { $0["points"]?.integer } == [2, 1])
        #expect(try ask("metrics/heartbeat", ["runs": "b"], metricTables(points)).count == 1)
    }
}
