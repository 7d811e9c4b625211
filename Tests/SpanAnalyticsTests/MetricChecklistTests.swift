// The Pluto rows of the reference checklist that are about answers, each at every moment in the life of
// a store: fresh in memory, sealed, compacted, opened again. Rows about HTTP bodies are in
// Tests/Integration/pluto_face_test.py, which asks at the same moments.

import SpanAnalytics
import SpanColumns
import SpanModel
import SpanTesting
import Testing

@Suite struct MetricChecklistTests {
    private func ask(
        _ name: String, _ parameters: [String: String], _ points: [Point], _ moment: StoreMoment
    ) throws -> [[String: Cell]] {
        try SpanAnalyticsTests.ask(
            name, ["run": "7"].merging(parameters) { $1 }, moment.tables(points))
    }

    private let ten = (0..<10).map { Point(step: $0, value: Double($0)) }

    // MARK: Which write counts

    @Test(arguments: StoreMoment.allCases)
    func latestPerStepAndTieRule(moment: StoreMoment) throws {
        let points = [
            Point(step: 1, value: 1, time: 0), Point(step: 1, value: -1, time: 1),
            Point(step: 2, value: 5, time: 5), Point(step: 2, value: 3, time: 3),
            Point(step: 3, value: 10), Point(step: 3, value: 20),
        ]
        let latest = try ask("metrics/series", ["name": "loss"], points, moment)
        #expect(latest.map { $0["value"]?.float } == [-1, 5, 20])
        let raw = try ask("metrics/series", ["name": "loss", "view": "raw"], points, moment)
        #expect(raw.map { $0["value"]?.float } == [1, -1, 3, 5, 10, 20])
    }

    @Test(arguments: StoreMoment.allCases)
    func summaryCorrectness(moment: StoreMoment) throws {
        let points = [Point(step: 1, value: 1, time: 0), Point(step: 1, value: -1, time: 1)]
        let row = try #require(try ask("metrics/stats", [:], points, moment).first)
        #expect(row["count"] == .integer(1))
        #expect(["min", "max", "mean", "last_value"].allSatisfy { row[$0] == .float(-1) })
    }

    @Test(arguments: StoreMoment.allCases)
    func conflicts(moment: StoreMoment) throws {
        let points = [
            Point(step: 1, value: 1), Point(step: 2, value: 5), Point(step: 1, value: 2),
            Point(step: 2, value: 5), Point(step: 3, value: 1, run: "8"),
        ]
        let found = try SpanAnalyticsTests.ask("conflicts/metrics", [:], moment.tables(points))
        #expect(found.map { $0["step"]?.integer } == [1])
        #expect(found.first?["versions"] == .integer(2))
    }

    // MARK: Points

    @Test(arguments: StoreMoment.allCases)
    func rawEndpointFlags(moment: StoreMoment) throws {
        let rows = try ask(
            "metrics/series", ["name": "loss", "view": "raw"],
            metricSeries([.nan, .infinity, -.infinity, 0.5]), moment)
        #expect(rows.map { $0["non_finite_flags"]?.integer } == [1, 2, 4, 0])
        #expect(rows.map { $0["value"]?.float } == [nil, nil, nil, 0.5])
    }

    @Test(arguments: StoreMoment.allCases)
    func rawRangeIsInclusive(moment: StoreMoment) throws {
        for view in ["raw", "dedup"] {
            let rows = try ask(
                "metrics/series",
                ["name": "loss", "step_min": "3", "step_max": "5", "view": view], ten, moment)
            #expect(rows.map { $0["step"]?.integer } == [3, 4, 5])
        }
    }

    @Test(arguments: StoreMoment.allCases)
    func truncationIsExact(moment: StoreMoment) throws {
        let tables = try moment.tables(metricSeries([1, 2, 3, 4]))
        for (limit, isTruncated) in [("3", true), ("4", false), ("5", false)] {
            let answer = try Questions.answer(
                "metrics/series", parameters: ["run": "7", "name": "loss", "limit": limit],
                tables: tables, now: 0)
            #expect(answer.table.isTruncated == isTruncated)
            #expect((answer.nextCursor != nil) == isTruncated)
        }
    }

    @Test(arguments: StoreMoment.allCases)
    func rawAgainstUnknownRun(moment: StoreMoment) throws {
        for question in ["metrics/series", "metrics/stats"] {
            let found = try ask(question, ["run": "999", "name": "loss"], ten, moment)
            #expect(found.isEmpty)
        }
        #expect(try ask("metrics/names", ["run": "999"], ten, moment).isEmpty)
    }

    // MARK: Summaries

    @Test(arguments: StoreMoment.allCases)
    func statistics(moment: StoreMoment) throws {
        let row = try #require(
            try ask("metrics/stats", [:], metricSeries([1, 2, 3, 4, 5]), moment).first)
        #expect(row["count"] == .integer(5))
        #expect(row["min"] == .float(1))
        #expect(row["max"] == .float(5))
        #expect(row["mean"] == .float(3))
        #expect(abs((row["stddev"]?.float ?? 0) - 1.41421356) < 1e-8)
        #expect(row["last_step"] == .integer(5))
        #expect(row["last_value"] == .float(5))
    }

    @Test(arguments: StoreMoment.allCases)
    func statisticsWithNaN(moment: StoreMoment) throws {
        let row = try #require(
            try ask("metrics/stats", [:], metricSeries([2, 4, .nan, .infinity]), moment).first)
        #expect(row["count"] == .integer(2))
        #expect(row["min"] == .float(2))
        #expect(row["max"] == .float(4))
        #expect(row["mean"] == .float(3))
        #expect(row["stddev"] == .float(1))
        #expect(row["last_step"] == .integer(2))
        #expect(row["last_value"] == .float(4))
        #expect(row["non_finite_count"] == .integer(2))
    }

    @Test(arguments: StoreMoment.allCases)
    func allNaNMetric(moment: StoreMoment) throws {
        let points = metricSeries([.nan, .infinity])
        let row = try #require(try ask("metrics/stats", [:], points, moment).first)
        #expect(row["count"] == .integer(0))
        #expect(
            ["min", "max", "mean", "stddev", "last_step", "last_value"].allSatisfy {
                row[$0] == .null
            })
        #expect(row["non_finite_count"] == .integer(2))
        let tables = try moment.tables(points)
        let names = try SpanAnalyticsTests.ask("metrics/names", ["run": "7"], tables)
        #expect(names.map { $0["name"]?.string } == ["loss"])
        #expect(try SpanAnalyticsTests.ask("metrics/best", ["name": "loss"], tables).isEmpty)
    }

    @Test(arguments: StoreMoment.allCases)
    func varianceStability(moment: StoreMoment) throws {
        let row = try #require(
            try ask("metrics/stats", [:], metricSeries([1e9 + 1, 1e9 + 2, 1e9 + 3]), moment).first)
        let deviation = row["stddev"]?.float ?? 0
        #expect(abs(deviation * deviation - 2.0 / 3) < 1e-9)
    }

    @Test(arguments: StoreMoment.allCases)
    func summaryOfStepsTimesAndExtremes(moment: StoreMoment) throws {
        let points = [
            Point(step: 1, value: .nan, time: 10), Point(step: 2, value: 4, time: 20),
            Point(step: 3, value: -1, time: 30), Point(step: 4, value: 4, time: 40),
            Point(step: 5, value: -1, time: 50), Point(step: 6, value: .infinity, time: 60),
        ]
        let row = try #require(try ask("metrics/stats", [:], points, moment).first)
        let integers = [
            "count": 4, "non_finite_count": 2, "last_step": 5, "min_step": 1, "max_step": 6,
            "min_time": 10, "max_time": 60, "arg_min_step": 3, "arg_max_step": 2,
        ]
        for (name, value) in integers { #expect(row[name] == .integer(Int64(value)), "\(name)") }
        #expect(row["last_value"] == .float(-1))
    }

    @Test(arguments: StoreMoment.allCases)
    func namesOfTheViewBySubstring(moment: StoreMoment) throws {
        let tables = try moment.tables([
            Point(step: 1, value: 1), Point(step: 4, value: .nan),
            Point(step: 2, value: 1, name: "Val/LOSS"), Point(step: 9, value: 1, run: "8"),
            Point(step: 2, value: 1, name: "acc"), Point(step: 1, value: 2),
        ])
        func names(_ more: [String: String]) throws -> [[String: Cell]] {
            try SpanAnalyticsTests.ask(
                "metrics/names", ["run": "7"].merging(more) { $1 }, tables)
        }
        #expect(try names([:]).map { $0["name"]?.string } == ["Val/LOSS", "acc", "loss"])
        #expect(try names([:]).map { $0["count"]?.integer } == [1, 1, 2])
        #expect(try names([:]).map { $0["max_step"]?.integer } == [2, 2, 4])
        #expect(try names(["view": "raw"]).map { $0["count"]?.integer } == [1, 1, 3])
        #expect(try names(["search": "oss"]).map { $0["name"]?.string } == ["Val/LOSS", "loss"])
    }

    // MARK: Charts

    @Test(arguments: StoreMoment.allCases)
    func buckets(moment: StoreMoment) throws {
        let three = try ask("metrics/series", ["name": "loss", "buckets": "3"], ten, moment)
        #expect(three.map { $0["step"]?.integer } == [0, 3, 6, 9])
        #expect(three.map { $0["value"]?.float } == [1, 4, 7, 9])
        #expect(three.map { $0["count"]?.integer } == [3, 3, 3, 1])
        let four = try ask("metrics/series", ["name": "loss", "buckets": "4"], ten, moment)
        #expect(four.map { $0["value"]?.float } == [0.5, 2.5, 4.5, 6.5, 8.5])
    }

    @Test(arguments: StoreMoment.allCases)
    func bucketFlags(moment: StoreMoment) throws {
        let rows = try ask(
            "metrics/series", ["name": "loss", "buckets": "2"],
            metricSeries([2, 4, .nan, .infinity]), moment)
        #expect(rows.map { $0["value"]?.float } == [3, nil])
        #expect(rows.map { $0["min"]?.float } == [2, nil])
        #expect(rows.map { $0["max"]?.float } == [4, nil])
        #expect(rows.map { $0["count"]?.integer } == [2, 2])
        #expect(rows.map { $0["non_finite_flags"]?.integer } == [0, 3])
    }

    @Test(arguments: StoreMoment.allCases)
    func perRunBounds(moment: StoreMoment) throws {
        let long = (0..<20_000).map { Point(step: $0, value: 1, run: "a") }
        let short = (0..<200).map { Point(step: $0, value: 2, run: "b") }
        let found = try SpanAnalyticsTests.ask(
            "metrics/chart", ["runs": "a,b"], moment.tables(long + short))
        #expect(found.count { $0["run_id"] == .string("b") } == 200)
        #expect(found.count { $0["run_id"] == .string("a") } == 1_000)
    }

    @Test(arguments: StoreMoment.allCases)
    func noBucketExplosion(moment: StoreMoment) throws {
        // One step short of twice as many as buckets: as many buckets as there can be.
        let points = (0..<1_999).map { Point(step: $0, value: 1) }
        let rows = try ask(
            "metrics/series", ["name": "loss", "buckets": "1000"], points, moment)
        #expect(rows.count == 1_999)
    }

    @Test(arguments: StoreMoment.allCases)
    func strideSampling(moment: StoreMoment) throws {
        let tables = try moment.tables(ten)
        for (limit, steps) in [
            (3, [0, 4, 8, 9]), (4, [0, 3, 6, 9]), (5, [0, 2, 4, 6, 8, 9]),
            (9, [0, 2, 4, 6, 8, 9]), (10, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]),
        ] as [(Int, [Int64])] {
            let found = try SpanAnalyticsTests.ask(
                "metrics/series",
                ["run": "7", "name": "loss", "buckets": "\(limit)", "sampling": "stride"], tables)
            #expect(found.map { $0["step"]?.integer } == steps)
        }
    }

    @Test(arguments: StoreMoment.allCases)
    func lttb(moment: StoreMoment) throws {
        let spikes = (0..<20).map { step in
            Point(step: step, value: step == 7 ? 100 : step == 13 ? -50 : Double(step % 3))
        }
        let others = [Point(step: 20, value: .nan), Point(step: 21, value: .infinity)]
        for points in [spikes, spikes + others] {
            let found = try ask(
                "metrics/series", ["name": "loss", "buckets": "5", "sampling": "lttb"], points,
                moment)
            #expect(found.map { $0["step"]?.integer } == [0, 6, 7, 13, 19])
            #expect(found.map { $0["value"]?.float } == [0, 0, 100, -50, 1])
        }
    }

    @Test(arguments: StoreMoment.allCases, [[:], ["sampling": "lttb"], ["sampling": "stride"]])
    func lineage(moment: StoreMoment, sampling: [String: String]) throws {
        let parent = (1...10).map { step in
            Point(step: step, value: step == 4 ? .nan : Double(step), run: "1")
        }
        let child = (6...8).map { Point(step: $0, value: 100, run: "2") }
        let tables = try moment.tables(
            parent + child,
            runs: [
                ("1", #"{"name":"parent"}"#),
                ("2", #"{"forked_from_run_id":1,"fork_step":5}"#),
            ])
        func ask(_ name: String, _ parameters: [String: String]) throws -> [[String: Cell]] {
            try SpanAnalyticsTests.ask(
                name, ["lineage": "true"].merging(parameters) { $1 }, tables)
        }
        let points = try ask("metrics/series", ["run": "2", "name": "loss"])
        #expect(points.map { $0["step"]?.integer } == Array(1...8))
        #expect(points[3]["value"] == .null)
        #expect(points[3]["non_finite_flags"] == .integer(1))
        #expect(points[7]["value"] == .float(100))
        let chart = try ask("metrics/chart", ["runs": "1,2"].merging(sampling) { $1 })
        let isFinite = sampling["sampling"] == "lttb"
        #expect(chart.count { $0["run_id"] == .string("1") } == (isFinite ? 9 : 10))
        #expect(chart.count { $0["run_id"] == .string("2") } == (isFinite ? 7 : 8))
    }

    // MARK: Several runs

    private let finals: [Point] = zip(
        ["a", "b", "c", "d", "e"], [3, .nan, 1, .infinity, -.infinity]
    )
    .map { Point(step: 1, value: $1, run: $0) }

    @Test(arguments: StoreMoment.allCases)
    func leaderboard(moment: StoreMoment) throws {
        let tables = try moment.tables(finals)
        for (direction, runs) in [("asc", "ecadb"), ("desc", "daceb")] {
            for ranking in ["last", "min", "mean"] {
                let found = try SpanAnalyticsTests.ask(
                    "metrics/leaderboard",
                    ["name": "loss", "direction": direction, "aggregation": ranking], tables)
                #expect(found.compactMap { $0["run_id"]?.string }.joined() == runs)
                #expect(found.map { $0["rank"]?.integer } == [1, 2, 3, 4, 5])
            }
        }
        let answer = try Questions.answer(
            "metrics/leaderboard",
            parameters: ["name": "loss", "offset": "1", "limit": "2"], tables: tables, now: 0)
        #expect(rows(answer).map { $0["rank"]?.integer } == [2, 3])
        #expect(answer.table.totalCount == 5)
        #expect(answer.table.isTruncated)
    }

    @Test(arguments: StoreMoment.allCases)
    func leaderboardRanksFiniteValues(moment: StoreMoment) throws {
        let tables = try moment.tables(
            metricSeries([5, 1, .nan], run: "a") + metricSeries([2, 3], run: "b"))
        for (ranking, values) in [
            ("last", [1, 3]), ("min", [1, 2]), ("max", [3, 5]), ("mean", [2.5, 3]),
            ("variance", [0.25, 4]),
        ] as [(String, [Double])] {
            let found = try SpanAnalyticsTests.ask(
                "metrics/leaderboard", ["name": "loss", "aggregation": ranking], tables)
            #expect(found.map { $0["value"]?.float } == values)
        }
    }

    @Test(arguments: StoreMoment.allCases)
    func compare(moment: StoreMoment) throws {
        let tables = try moment.tables(
            metricSeries([1, 2], run: "a") + metricSeries([3], run: "b")
                + metricSeries([.nan], run: "c"))
        let found = try SpanAnalyticsTests.ask(
            "metrics/compare", ["runs": "c,b,absent,a", "name": "loss"], tables)
        #expect(found.map { $0["run_id"]?.string } == ["c", "b", "a"])
        #expect(found.map { $0["count"]?.integer } == [0, 1, 2])
        #expect(found.map { $0["mean"]?.float } == [nil, 3, 1.5])
    }

    @Test(arguments: StoreMoment.allCases)
    func bestStep(moment: StoreMoment) throws {
        let tables = try moment.tables(
            metricSeries([3, 1, 2], run: "a") + metricSeries([5, 5], run: "b")
                + metricSeries([.nan], run: "c"))
        let least = try SpanAnalyticsTests.ask("metrics/best", ["name": "loss"], tables)
        #expect(least.map { $0["step"]?.integer } == [2, 1])
        let greatest = try SpanAnalyticsTests.ask(
            "metrics/best", ["name": "loss", "goal": "max"], tables)
        #expect(greatest.map { $0["step"]?.integer } == [1, 1])
        #expect(greatest.map { $0["value"]?.float } == [3, 5])
    }

    private func near(
        _ points: [(Int64, Double)], images: [Int64], tolerance: Int, _ moment: StoreMoment
    ) throws -> [[String: Cell]] {
        let points =
            points.map { Point(step: $0, value: $1) }
            + images.map { Point(step: $0, value: 1, name: "image") }
        return try SpanAnalyticsTests.ask(
            "metrics/best",
            ["name": "loss", "near": "image", "tolerance": "\(tolerance)"], moment.tables(points))
    }

    @Test(arguments: StoreMoment.allCases)
    func bestStepNearAnotherMetric(moment: StoreMoment) throws {
        func expect(_ row: [String: Cell]?, _ step: Int64, _ near: Int64, _ distance: Int64) {
            #expect(row?["step"] == .integer(step))
            #expect(row?["near_step"] == .integer(near))
            #expect(row?["distance"] == .integer(distance))
        }
        let offset = try near(
            (1...10).map { (Int64($0 * 10), abs(Double($0) - 5)) },
            images: (0..<10).map { $0 * 10 + 5 }, tolerance: 5, moment)
        expect(offset.first, 50, 55, 5)
        #expect(offset.first?["other_step"] == .integer(45))
        let hard: [(Int64, Double)] = [(500, 0), (1_002, 1), (1_500, 2)]
        let images: [Int64] = [1_000, 1_003]
        expect(try near(hard, images: images, tolerance: 20, moment).first, 1_002, 1_003, 1)
        expect(try near(hard, images: images, tolerance: 500, moment).first, 500, 1_000, 500)
        #expect(try near(hard, images: images, tolerance: 0, moment).isEmpty)
    }

    @Test(arguments: StoreMoment.allCases)
    func heartbeat(moment: StoreMoment) throws {
        let points = [
            Point(step: 1, value: 1, time: 90, run: "a"),
            Point(step: 1, value: 2, time: 95, run: "a"),
            Point(step: 1, value: 2, time: 50, run: "a"), Point(step: 2, value: 2, run: "b"),
        ]
        let tables = try moment.tables(points)
        let found = try SpanAnalyticsTests.ask("metrics/heartbeat", [:], tables)
        #expect(found.map { $0["run_id"]?.string } == ["a", "b"])
        #expect(found.map { $0["last_time"]?.integer } == [95, 0])
        #expect(found.map { $0["points"]?.integer } == [3, 1])
        #expect(try SpanAnalyticsTests.ask("metrics/heartbeat", ["runs": "b"], tables).count == 1)
    }
}
