// Pages of a series by cursor: every write exactly once, whatever the page's length.

import SpanAnalytics
import SpanColumns
import SpanModel
import SpanTesting
import Testing

@Suite struct MetricPagingTests {
    /// Many writes at few steps and times, some of them equal in both.
    private let points: [Point] = (0..<120).map { (number: Int64) -> Point in
        Point(step: number * 7 % 5, value: Double(number), time: number * 3 % 4)
    }

    /// In few row groups as runs that are in order, in more of them in none.
    private func pages(_ view: String, limit: Int, groupSize: Int) throws -> [[Double?]] {
        let order = (0..<UInt32(points.count)).sorted { left, right in
            let (one, other) = (points[Int(left)], points[Int(right)])
            if left / 40 != right / 40 { return left < right }
            return (one.step, one.time, left) < (other.step, other.time, right)
        }
        let tables = metricTables(points, order: order, groupSizes: [groupSize])
        var pages: [[Double?]] = []
        var cursor: String?
        repeat {
            var parameters = ["run": "7", "name": "loss", "view": view, "limit": "\(limit)"]
            parameters["cursor"] = cursor
            let answer = try Questions.answer(
                "metrics/series", parameters: parameters, tables: tables, now: 0)
            pages.append(rows(answer).map { $0["value"]?.float })
            #expect(answer.table.isTruncated == (answer.nextCursor != nil))
            cursor = answer.nextCursor
        } while cursor != nil && pages.count <= points.count
        return pages
    }

    @Test(arguments: [1, 2, 7, 40, 119, 120, 121], [("raw", 11), ("raw", 40), ("dedup", 11)])
    func pagesTogetherAreTheWhole(limit: Int, laid: (view: String, groupSize: Int)) throws {
        let view = laid.view
        let whole = try ask(
            "metrics/series", ["run": "7", "name": "loss", "view": view],
            metricTables(points))
        let pages = try pages(view, limit: limit, groupSize: laid.groupSize)
        #expect(pages.flatMap { $0 } == whole.map { $0["value"]?.float })
        #expect(pages.dropLast().allSatisfy { $0.count == limit })
        #expect(pages.last?.isEmpty == false)
    }

    @Test(arguments: ["", "1", "1.2", "1.2.x", "1.2.3.4", "99999999999999999999.1.1"])
    func aBadCursorIsRefused(cursor: String) {
        let error = #expect(throws: StoreError.self) {
            try ask(
                "metrics/series", ["run": "7", "name": "loss", "cursor": cursor],
                metricTables(points))
        }
        guard case .invalidArgument(name: "cursor", _) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }
}
