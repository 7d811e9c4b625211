// Draws the spans of `trace` and `session` answers as text: tree guides, name, kind and model, a
// bar on the common time axis, duration, tokens, cost and status. Text from spans is escaped, so
// that no control sequence reaches a terminal. Widths count characters.

import SpanColumns
import SpanModel

/// Renders a span list as lines.
package enum WaterfallRenderer {
    /// Guides deeper than this are drawn as this deep, after a mark.
    private static let depthMax = 16
    private static let widthMin = 60

    /// One line per span of a `session` or `trace` answer, at most `width` characters each, then the
    /// plain and the effective tokens where spans repeat each other. Throws `unknown` when the table is no such answer.
    package static func lines(_ table: ResultTable, width: Int) throws(StoreError) -> [String] {
        let spans = try WaterfallSpan.read(table)
        let tree = TraceTree(
            spans.map { span in
                TraceTree.Node(
                    id: span.trace + " " + span.id,
                    parent: span.parent.map { span.trace + " " + $0 })
            })
        let axis = Axis(spans, width: max(width, widthMin))
        var guides: [Bool] = []
        var lines: [String] = []
        for entry in tree.entries {
            guides.removeSubrange(min(entry.depth, guides.count)...)
            let label = guide(guides, entry) + spans[entry.index].label
            lines.append(axis.line(spans[entry.index], label: label))
            guides.append(!entry.isLast)
        }
        return lines + EffectiveUsage(try UsageSpans(table).spans).notes
    }

    /// `guides[d]`: whether a sibling follows at depth d on the way to the span.
    private static func guide(_ guides: [Bool], _ entry: TraceTree.Entry) -> String {
        let mark = entry.isOrphan ? "? " : ""
        guard entry.depth > 0 else { return mark }
        let ancestors = guides.dropFirst().suffix(depthMax)
        let cut = guides.count - 1 > depthMax ? "…" : ""
        return cut + ancestors.map { $0 ? "│ " : "  " }.joined()
            + (entry.isLast ? "└─" : "├─") + mark
    }

    /// The time axis and the columns around it.
    private struct Axis {
        private let start: Int64
        private let span: Double
        private let labelWidth: Int
        private let barWidth: Int
        private static let figuresWidth = 42

        init(_ spans: [WaterfallSpan], width: Int) {
            start = spans.compactMap(\.start).min() ?? 0
            let end = spans.compactMap { $0.end ?? $0.start }.max() ?? start
            span = max(Double(end) - Double(start), 1)
            let free = max(width - Self.figuresWidth - 2, 18)
            labelWidth = free * 3 / 5
            barWidth = free - labelWidth
        }

        func line(_ span: WaterfallSpan, label: String) -> String {
            let figures = [
                padded(span.duration, 9, left: true), padded(span.tokens, 8, left: true),
                padded(span.cost, 11, left: true), padded(span.status, 11, left: false),
            ]
            let line =
                padded(label, labelWidth, left: false) + " " + bar(span) + " "
                + figures.joined(separator: " ")
            return String(line.reversed().drop { $0 == " " }.reversed())
        }

        private func bar(_ span: WaterfallSpan) -> String {
            guard let begin = span.start else { return String(repeating: " ", count: barWidth) }
            let first = cell(begin)
            let last = max(first, span.end.map(cell) ?? barWidth - 1)
            let mark: Character = span.end == nil ? "▒" : "█"
            return String(repeating: " ", count: first)
                + String(repeating: mark, count: last - first + 1)
                + String(repeating: " ", count: barWidth - 1 - last)
        }

        private func cell(_ instant: Int64) -> Int {
            let share = (Double(instant) - Double(start)) / span
            return min(barWidth - 1, Int(min(max(share, 0), 1) * Double(barWidth)))
        }

        private func padded(_ text: String, _ width: Int, left: Bool) -> String {
            let count = text.count
            if count > width { return text.prefix(width - 1) + "…" }
            let space = String(repeating: " ", count: width - count)
            return left ? space + text : text + space
        }
    }
}
