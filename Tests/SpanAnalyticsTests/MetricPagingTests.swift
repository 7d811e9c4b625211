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

    private func pages(_ view: String, limit: Int) throws -> [[Double?]] {
        let tables = metricTables(points, groupSizes: [11])
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

    @Test(arguments: ["raw", "dedup"], [1, 2, 7, 40, 119, 120, 121])
    func pagesTogetherAreTheWhole(view: String, limit: Int) throws {
        let whole = try ask(
            "metrics/series", ["run": "7", "name": "loss", "view": view],
            metricTables(points))
        let pages = try pages(view, limit: limit)
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
