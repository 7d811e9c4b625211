// Sums that segments keep by blocks and by runs of superseded rows change no answer: charts are what the rows say, whatever
// was sealed, compacted or restarted, in both views, of any steps, through forks.

import SpanAnalytics
import SpanColumns
import SpanModel
import SpanTesting
import Testing

@Suite struct BlockSumTests {
    private let runs = [(name: "2", body: #"{"forked_from_run_id":"1","fork_step":700}"#)]

    /// Lines with every step and with gaps, steps logged again in all three commits, values that are
    /// not finite. Of even seeds some steps on end are logged again, of odd ones few here and there, and
    /// some twice.
    private func points(_ seed: UInt64) -> [Point] {
        var generator = SeededGenerator(seed: seed)
        var points: [Point] = []
        for (run, name, gap) in [("1", "a", 1), ("1", "b", 7), ("2", "a", 1), ("2", "b", 2)] {
            for step in 0..<1_500 where gap == 1 || step % (gap * 50) >= gap {
                points.append(
                    Point(
                        step: Int64(step), value: .random(in: 1..<2, using: &generator),
                        time: Int64(step) * 3, name: name, run: run))
            }
        }
        points.shuffle(using: &generator)
        for index in points.indices where index % 300 == 7 {
            let odd = [Double.nan, .infinity, -.infinity, -0.0]
            points[index].value = odd.randomElement(using: &generator) ?? 0
        }
        for _ in 0..<3 {
            let first = Int64.random(in: 0..<1_400, using: &generator)
            let again = points.filter {
                seed % 2 == 0
                    ? (first..<first + 60).contains($0.step)
                    : $0.step % 200 < 6 || .random(in: 0..<20, using: &generator) == 0
            }
            points += again.map { point in
                var point = point
                point.value += 1
                point.time += .random(in: -1...1, using: &generator)
                return point
            }
        }
        return points
    }

    private let questions: [(String, [String: String])] = [
        ("metrics/chart", ["runs": "1,2", "buckets": "3"]),
        ("metrics/chart", ["runs": "2,1", "buckets": "11", "name": "a"]),
        ("metrics/chart", ["runs": "1,2", "buckets": "200"]),
        ("metrics/chart", ["runs": "1,2", "buckets": "15"]),
        ("metrics/chart", ["runs": "1", "buckets": "40", "name": "b"]),
        ("metrics/chart", ["runs": "1", "buckets": "2", "step_min": "33", "step_max": "1290"]),
        ("metrics/chart", ["runs": "1,2", "buckets": "4", "where": "value > 1.4 OR step < 900"]),
        ("metrics/chart", ["runs": "2", "buckets": "4", "lineage": "true"]),
        ("metrics/series", ["run": "2", "name": "a", "buckets": "5", "lineage": "true"]),
        ("metrics/series", ["run": "1", "name": "b", "buckets": "6", "step_min": "500"]),
    ]

    private func areClose(_ left: [[String: Cell]], _ right: [[String: Cell]]) -> Bool {
        left.count == right.count
            && zip(left, right).allSatisfy { left, right in
                left.allSatisfy { name, cell in
                    guard case .float(let ours) = cell, case .float(let theirs)? = right[name]
                    else { return cell == right[name] }
                    return abs(ours - theirs) <= 1e-12 * abs(theirs)
                }
            }
    }

    @Test(arguments: 0..<6 as Range<UInt64>) func chartsAreThoseOfTheRows(seed: UInt64) throws {
        let points = points(seed)
        // Nothing is summed in memory.
        let plain = try StoreMoment.fresh.tables(points, runs: runs)
        for moment in StoreMoment.allCases {
            let tables = try moment.tables(points, runs: runs)
            for view in ["dedup", "raw"] {
                for (name, parameters) in questions {
                    let parameters = parameters.merging(["view": view]) { $1 }
                    let wanted = try ask(name, parameters, plain)
                    #expect(!wanted.isEmpty)
                    #expect(
                        areClose(try ask(name, parameters, tables), wanted),
                        "\(moment): \(name) \(parameters)")
                }
            }
        }
    }

    @Test func mostBlocksOfASegmentAreKnown() throws {
        let source = try StoreMoment.compacted.tables(points(0)).source(
            Tables.metrics, view: .dedup)
        let column = try #require(Tables.metrics.summed)
        var known = 0
        for group in try source.rowGroups(within: []) {
            let sums = try #require(try group.blockSums(column, rows: 0..<group.rowCount))
            known += sums.others.count { $0 != BlockSums.unknown }
            #expect(sums.others.count == (group.rowCount + 79) / 80)
            #expect(sums.others.contains(BlockSums.unknown))
        }
        #expect(known > 50)
    }

    @Test(arguments: 0..<2 as Range<UInt64>) func mostRunsOfSupersededWritesAreKnown(
        seed: UInt64
    ) throws {
        let source = try StoreMoment.compacted.tables(points(seed)).source(
            Tables.metrics, view: .raw)
        let column = try #require(Tables.metrics.summed)
        var runs: [RunSum] = []
        var rows = 0
        for group in try source.rowGroups(within: []) {
            guard let sums = try group.runSums(column, rows: 0..<group.rowCount) else { continue }
            runs += (0..<sums.count).map { sums[$0] }
            rows += group.rowCount
        }
        #expect(rows > 200)
        #expect(runs.count < rows / 3)
        #expect(runs.contains { $0.steps.count > 20 })
        // A block of the line with the largest gaps reaches over so many steps.
        #expect(runs.allSatisfy { $0.steps.count <= 80 * 50 })
        #expect(runs.allSatisfy { $0.others != BlockSums.unknown })
        #expect(runs.contains { $0.others != 0 })
        // What is logged again on end is so, where no step was three times.
        #expect(seed == 1 || runs.contains { $0.isGapless && $0.steps.count > 3 })
        #expect(runs.contains { !$0.isGapless })
    }

    @Test(arguments: [View.dedup, .raw])
    func supersededWritesAreInTheSameEntries(view: View) throws {
        let source = try StoreMoment.compacted.tables(points(0)).source(Tables.metrics, view: view)
        let rolled = try #require(try source.rolledUp(Rollups.metrics, within: []))
        // Four lines.
        #expect(rolled.entryCount == 4)
        #expect(try rolled.rest.rowGroups(within: []).isEmpty)
    }
}
