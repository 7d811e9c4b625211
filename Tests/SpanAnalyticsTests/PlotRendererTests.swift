// Plots as text: shape of the line, axes, gaps, legend, and hostile names.

import SpanAnalytics
import SpanColumns
import SpanModel
import SpanTesting
import Testing

@Suite struct PlotRendererTests {
    private func plot(
        _ question: String, _ parameters: [String: String], _ points: [Point], height: Int = 4
    ) throws -> [String] {
        let answer = try Questions.answer(
            question, parameters: parameters, tables: metricTables(points), now: 0)
        return try PlotRenderer.lines(answer.table, width: 32, height: height)
    }

    @Test func oneLineIsDrawnInBraille() throws {
        let points = (0..<40).map { Point(step: $0, value: Double($0)) }
        let lines = try plot("metrics/series", ["run": "7", "name": "loss"], points)
        #expect(
            lines == [
                "        39 ┤               ⣀⡠⠤⠒⠉",
                "           │          ⣀⡠⠔⠒⠉",
                "           │     ⣀⠤⠔⠊⠉",
                "         0 ┤⣀⠤⠒⠊⠉",
                "           └────────────────────",
                "      step  0                 39",
            ])
    }

    @Test func aFlatLineRunsThroughTheMiddle() throws {
        let lines = try plot(
            "metrics/series", ["run": "7", "name": "loss"],
            [Point(step: 0, value: 5), Point(step: 9, value: 5)], height: 3)
        #expect(lines[1].contains("⠒") || lines[1].contains("⠤"))
        #expect(lines[0].hasPrefix("        10 ┤"))
        #expect(lines[2].hasPrefix("         0 ┤"))
    }

    @Test func severalLinesHaveMarksAndALegend() throws {
        let points = metricSeries([1, 2], run: "a") + metricSeries([2, 1], run: "b\u{1B}[2J")
        let lines = try plot("metrics/chart", ["runs": "a,b\u{1B}[2J"], points)
        #expect(
            lines.suffix(2) == [
                "            o p a loss", #"            x p b\u{1b}[2J loss"#,
            ])
        #expect(lines[0].contains("x") && lines[0].contains("o"))
    }

    @Test func pointsThatAreNotFiniteLeaveAGap() throws {
        let lines = try plot(
            "metrics/chart", ["runs": "7", "sampling": "stride"],
            metricSeries([1, .nan, 1]) + metricSeries([0, 0, 0], name: "zero"))
        #expect(lines[0].filter { $0 == "o" }.count == 2)
    }

    @Test func withoutFinitePointsThereIsNoPlot() throws {
        let parameters = ["run": "7", "name": "loss"]
        #expect(try plot("metrics/series", parameters, []) == ["no finite points"])
        #expect(
            try plot("metrics/series", parameters, metricSeries([.nan])) == ["no finite points"])
    }

    @Test func theLargestDoublesFit() throws {
        let values = [-Double.greatestFiniteMagnitude, 0, .greatestFiniteMagnitude]
        let lines = try plot(
            "metrics/series", ["run": "7", "name": "loss"], metricSeries(values))
        #expect(lines.count == 6)
    }
}
