// Parameters of the metric questions that are refused, and values that no figure tells.

import SpanAnalytics
import SpanColumns
import SpanModel
import SpanTesting
import Testing

@Suite struct MetricQuestionTests {
    @Test func aRunWithoutFiniteValuesIsRankedByItsLastOne() throws {
        let points = zip(["a", "b", "c"], [1, .nan, .infinity]).map {
            Point(step: 1, value: $1, run: $0)
        }
        let found = try ask("metrics/leaderboard", ["name": "loss"], metricTables(points))
        #expect(found.map { $0["value"]?.float } == [1, nil, nil])
        #expect(found.map { $0["non_finite_flags"]?.integer } == [0, 2, 1])
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
