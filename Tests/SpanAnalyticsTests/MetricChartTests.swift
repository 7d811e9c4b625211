// Charts: thinned-out lines against a naive reference, and what bounds them.

import SpanAnalytics
import SpanColumns
import SpanModel
import SpanTesting
import Testing

@Suite struct MetricChartTests {
    private struct Line: Hashable, Comparable {
        let run: String
        let name: String

        static func < (left: Line, right: Line) -> Bool {
            (left.run, left.name) < (right.run, right.name)
        }
    }

    private func random(_ seed: UInt64) -> [Point] {
        var generator = SeededGenerator(seed: seed)
        return (0..<1_000).map { _ in
            let values = [Double.nan, .infinity, -.infinity, 0.1, -3, 1e9]
            return Point(
                // Of the odd seeds most lines have every step.
                step: .random(in: 0..<(seed % 2 == 0 ? 400 : 60), using: &generator),
                value: values.randomElement(using: &generator) ?? 0,
                time: .random(in: 0..<3, using: &generator),
                name: ["a", "b", "c/d"].randomElement(using: &generator) ?? "",
                run: ["1", "2"].randomElement(using: &generator) ?? "")
        }
    }

    /// Of the writes of each step the one that counts: the latest time, then the last to arrive.
    private func latest(_ points: [Point]) -> [Line: [Point]] {
        var winners: [Line: [Int64: Point]] = [:]
        for point in points {
            let line = Line(run: point.run, name: point.name)
            if let known = winners[line]?[point.step], known.time > point.time { continue }
            winners[line, default: [:]][point.step] = point
        }
        return winners.mapValues { $0.values.sorted { $0.step < $1.step } }
    }

    @Test(arguments: 0..<4) func bucketsEqualTheNaiveOnes(seed: UInt64) throws {
        let points = random(seed)
        var generator = SeededGenerator(seed: seed)
        let order = (0..<UInt32(points.count)).shuffled(using: &generator)
        for groupSizes in [[700, 1, 64], [65_536]] {
            try compare(points, metricTables(points, groupSizes: groupSizes))
            try compare(points, metricTables(points, order: order, groupSizes: groupSizes))
        }
        for moment in StoreMoment.allCases { try compare(points, moment.tables(points)) }
    }

    private func compare(_ points: [Point], _ tables: any TableProvider) throws {
        let found = try ask("metrics/chart", ["runs": "1,2", "buckets": "7"], tables)
        var row = 0
        for (line, points) in latest(points).sorted(by: { $0.key < $1.key }) {
            let first = points[0].step
            let width = max(1, (points[points.count - 1].step - first + 1) / 7)
            let buckets = Dictionary(grouping: points) { ($0.step - first) / width }
            for (_, members) in buckets.sorted(by: { $0.key < $1.key }) {
                let values = members.map(\.value).filter(\.isFinite)
                let mine = found[row]
                row += 1
                #expect(mine["run_id"] == .string(line.run))
                #expect(mine["name"] == .string(line.name))
                #expect(mine["step"] == .integer(members[0].step))
                #expect(mine["time"] == .integer(members[0].time))
                #expect(mine["count"] == .integer(Int64(members.count)))
                #expect(mine["min"]?.float == values.min())
                #expect(mine["max"]?.float == values.max())
                let mean = values.reduce(0, +) / Double(values.count)
                #expect(
                    values.isEmpty
                        ? mine["value"] == .null
                        : abs((mine["value"]?.float ?? .nan) - mean) <= abs(mean) * 1e-12)
            }
        }
        #expect(found.count == row)
    }

    @Test func aFreshSeriesNeverHasTwiceTheBuckets() throws {
        let points = (0..<19_990).map { Point(step: $0, value: 1) }
        let found = try ask(
            "metrics/series", ["run": "7", "name": "loss", "buckets": "1000"],
            StoreMoment.fresh.tables(points))
        #expect(found.count < 2_000)
    }

    @Test func manyRunsTimesManyNames() throws {
        let points = (0..<200).flatMap { run in
            (0..<200).map { name in
                Point(step: 1, value: Double(run * name), name: "m\(name)", run: "r\(run)")
            }
        }
        let runs = (0..<200).map { "r\($0)" }.joined(separator: ",")
        let names = (0..<200).map { "m\($0)" }.joined(separator: ",")
        let tables = try StoreMoment.fresh.tables(points)
        let all = ["runs": runs, "names": names]
        #expect(try ask("metrics/chart", all, tables).count == 40_000)
        let tooMany = ["runs": runs + ",r200", "names": names]
        #expect(throws: StoreError.limitExceeded(limit: "runs", value: 201, maximum: 200)) {
            try ask("metrics/chart", tooMany, tables)
        }
    }

    @Test func bucketsOfAllLinesAreBounded() throws {
        // Each line spans a million steps, so it has all the buckets that it is asked for.
        let points = (0..<22).map { Point(step: $0 % 2 * 999_999, value: 1, run: "r\($0 / 2)") }
        func chart(runs: Int) throws -> Int {
            let runs = (0..<runs).map { "r\($0)" }.joined(separator: ",")
            return try ask(
                "metrics/chart", ["runs": runs, "buckets": "100000"], metricTables(points)
            ).count
        }
        #expect(try chart(runs: 10) == 20)
        let refusal = StoreError.limitExceeded(
            limit: "buckets of all lines", value: 1_100_000, maximum: 1_000_000)
        #expect(throws: refusal) { try chart(runs: 11) }
    }

    @Test func strideMayReturnOneMore() throws {
        let points = (0..<20_000).map { Point(step: $0, value: 1) }
        let parameters = [
            "run": "7", "name": "loss", "buckets": "10000", "sampling": "stride",
        ]
        let tables = try StoreMoment.fresh.tables(points)
        #expect(try ask("metrics/series", parameters, tables).count == 10_001)
    }

    @Test func aCircleOfForksIsRefused() throws {
        let tables = try StoreMoment.fresh.tables(
            [], runs: [("1", #"{"forked_from_run_id":"1","fork_step":5}"#)])
        let error = #expect(throws: StoreError.self) {
            try ask(
                "metrics/series", ["run": "1", "name": "x", "lineage": "true"], tables)
        }
        #expect(error?.code == .limitExceeded)
    }
}
