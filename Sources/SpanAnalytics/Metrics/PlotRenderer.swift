// Draws the answer of `metrics series` or `metrics chart` in a terminal: value axis, step axis, and a
// legend when there are several lines. Points that are not finite leave a gap. Text from the store is
// escaped, so that no control sequence reaches a terminal.

import SpanColumns
import SpanModel

/// Renders points as a plot.
package enum PlotRenderer {
    private static let marks: [Character] = Array("ox+*#%@&=~$")
    private static let labelWidth = 10
    private static let columnsMin = 20
    /// Lines that the legend names; the others are drawn too.
    private static let legendMax = 24

    /// The lines of a plot at most `width` characters wide, with `height` rows for the points. Throws
    /// `unknown` when the table has no steps and values.
    package static func lines(
        _ table: ResultTable, width: Int, height: Int = 16
    ) throws(StoreError) -> [String] {
        let series = try Series.read(table)
        let values = series.flatMap(\.points).compactMap(\.value)
        let steps = series.flatMap(\.points).map(\.step)
        guard let low = values.min(), let high = values.max(), let first = steps.min(),
            let last = steps.max()
        else { return ["no finite points"] }
        // A flat line is drawn through the middle.
        let margin = low == high ? max(abs(low), 1) : 0
        let range = low - margin...high + margin
        var canvas = PlotCanvas(
            columns: max(columnsMin, width - labelWidth - 2), rows: max(2, height),
            isBraille: series.count == 1)
        for (number, line) in series.enumerated() {
            draw(line, marks[number % marks.count], first...last, range, on: &canvas)
        }
        return body(canvas, range) + foot(canvas, first, last) + legend(series)
    }

    private static func draw(
        _ line: Series, _ mark: Character, _ steps: ClosedRange<Int64>,
        _ values: ClosedRange<Double>, on canvas: inout PlotCanvas
    ) {
        let span = max(Double(steps.upperBound) - Double(steps.lowerBound), 1)
        let height = values.upperBound - values.lowerBound
        var previous: (x: Int, y: Int)?
        for point in line.points {
            guard let value = point.value else {
                previous = nil
                continue
            }
            let across = (Double(point.step) - Double(steps.lowerBound)) / span
            // Halves, so that the range of the largest doubles does not overflow.
            let up =
                height.isFinite
                ? (value - values.lowerBound) / height
                : (value / 2 - values.lowerBound / 2)
                    / (values.upperBound / 2 - values.lowerBound / 2)
            let place = (
                x: Int((across * Double(canvas.width - 1)).rounded()),
                y: Int((up * Double(canvas.height - 1)).rounded())
            )
            canvas.line(from: previous ?? place, to: place, mark: mark)
            previous = place
        }
    }

    private static func body(_ canvas: PlotCanvas, _ range: ClosedRange<Double>) -> [String] {
        (0..<canvas.rows).map { row in
            let share = Double(canvas.rows - 1 - row) / Double(canvas.rows - 1)
            let isLabelled = row % 4 == 0 || row == canvas.rows - 1
            let value = range.lowerBound * (1 - share) + range.upperBound * share
            let label = isLabelled ? number(value) : ""
            let line = padded(label) + (isLabelled ? " ┤" : " │") + canvas.text(row: row)
            return String(line.reversed().drop { $0 == " " }.reversed())
        }
    }

    private static func foot(_ canvas: PlotCanvas, _ first: Int64, _ last: Int64) -> [String] {
        let (left, right) = ("\(first)", "\(last)")
        let space = max(1, canvas.columns - left.count - right.count)
        return [
            padded("") + " └" + String(repeating: "─", count: canvas.columns),
            padded("step") + "  " + left + String(repeating: " ", count: space) + right,
        ]
    }

    private static func legend(_ series: [Series]) -> [String] {
        guard series.count > 1 else { return [] }
        var lines = series.prefix(legendMax).enumerated().map { number, line in
            padded("") + "  \(marks[number % marks.count]) \(line.label)"
        }
        if series.count > legendMax {
            lines.append(padded("") + "  and \(series.count - legendMax) more")
        }
        return lines
    }

    private static func padded(_ text: String) -> String {
        String(repeating: " ", count: max(0, labelWidth - text.count)) + text
    }

    /// A number with four digits that count.
    private static func number(_ value: Double) -> String {
        guard value != 0, value.isFinite else { return "0" }
        var scale = 1.0
        var magnitude = abs(value)
        while magnitude < 1_000, scale < 1e300 { (magnitude, scale) = (magnitude * 10, scale * 10) }
        while magnitude >= 10_000 { (magnitude, scale) = (magnitude / 10, scale / 10) }
        let rounded = (value * scale).rounded() / scale
        let text =
            rounded == rounded.rounded() && abs(rounded) < 1e9
            ? "\(Int64(rounded))" : "\(rounded)"
        return String(text.prefix(labelWidth))
    }
}

/// One line of a plot.
private struct Series {
    let label: String
    private(set) var points: [(step: Int64, value: Double?)]

    /// The lines of a table: runs of rows with equal keys.
    static func read(_ table: ResultTable) throws(StoreError) -> [Series] {
        let steps = try table.column("step").values.integers()
        let values = try table.column("value").values.floats()
        var keys: [[String?]] = []
        for name in ["project", "run_id", "name"]
        where table.columns.contains(where: { $0.name == name }) {
            keys.append(try table.column(name).values.strings())
        }
        var series: [Series] = []
        var current: [String?]?
        for row in 0..<table.rowCount {
            let key = keys.map { $0[row] }
            if current != key {
                current = key
                let label = key.compactMap { $0 }.map(TerminalText.escaped).joined(separator: " ")
                series.append(Series(label: label, points: []))
            }
            series[series.count - 1].points.append((steps[row] ?? 0, values[row]))
        }
        return series
    }
}
