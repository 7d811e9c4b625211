// What the waterfall shows of one span, as text that is safe on a terminal.

import SpanColumns
import SpanModel

/// A span of a waterfall.
struct WaterfallSpan {
    let trace: String
    let id: String
    let parent: String?
    let start: Int64?
    let end: Int64?
    /// Name, then kind and model.
    let label: String
    let duration: String
    let tokens: String
    let cost: String
    let status: String

    /// The spans of a `session` or `trace` answer.
    static func read(_ table: ResultTable) throws(StoreError) -> [WaterfallSpan] {
        let traces = try table.column("trace_id").values.strings()
        let ids = try table.column("span_id").values.strings()
        let parents = try table.column("parent_span_id").values.strings()
        let starts = try table.column("start_time").values.integers()
        let ends = try table.column("end_time").values.integers()
        let names = try table.column("name").values.strings()
        let kinds = try table.column("kind").values.strings()
        let models = try table.column("model").values.strings()
        let statuses = try table.column("status").values.strings()
        let durations = try table.column("duration_ms").values.floats()
        let totals = try table.column("total_tokens").values.integers()
        let inputs = try table.column("input_tokens").values.integers()
        let outputs = try table.column("output_tokens").values.integers()
        let costs = try table.column("cost_usd").values.integers()
        return (0..<table.rowCount).map { row in
            let notes = [kinds[row], models[row]].compactMap { $0 }.joined(separator: "/")
            let name = names[row] ?? ids[row] ?? ""
            return WaterfallSpan(
                trace: traces[row] ?? "", id: ids[row] ?? "", parent: parents[row],
                start: starts[row], end: ends[row],
                label: TerminalText.escaped(notes.isEmpty ? name : "\(name) (\(notes))"),
                duration: durations[row].map(duration) ?? (ends[row] == nil ? "running" : ""),
                tokens: tokens(totals[row], inputs[row], outputs[row]),
                cost: costs[row].map { "$" + Money.format(Int128($0)) } ?? "",
                status: TerminalText.escaped(statuses[row] ?? ""))
        }
    }

    private static func tokens(_ total: Int64?, _ input: Int64?, _ output: Int64?) -> String {
        if let total { return "\(total)" }
        guard input != nil || output != nil else { return "" }
        return "\(Int128(input ?? 0) + Int128(output ?? 0))"
    }

    /// Three digits or so: `0.42ms`, `37ms`, `1.25s`, `2m05s`.
    private static func duration(_ milliseconds: Double) -> String {
        switch abs(milliseconds) {
        case ..<10: return "\(rounded(milliseconds, 100))ms"
        case ..<1_000: return "\(Int(milliseconds.rounded()))ms"
        case ..<60_000: return "\(rounded(milliseconds / 1_000, 100))s"
        default:
            let seconds = Int(abs(milliseconds) / 1_000)
            let rest = seconds % 60
            return (milliseconds < 0 ? "-" : "") + "\(seconds / 60)m\(rest < 10 ? "0" : "")\(rest)s"
        }
    }

    private static func rounded(_ value: Double, _ scale: Double) -> Double {
        (value * scale).rounded() / scale
    }
}

/// Text from records made safe for terminals.
package enum TerminalText {
    /// Control characters, line separators and direction overrides as `\u{…}`.
    package static func escaped(_ text: String) -> String {
        var out = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            switch scalar.value {
            case 0..<0x20, 0x7F...0x9F, 0x200E, 0x200F, 0x2028...0x202E, 0x2066...0x2069:
                out.append(contentsOf: "\\u{\(String(scalar.value, radix: 16))}".unicodeScalars)
            default: out.append(scalar)
            }
        }
        return String(out)
    }
}
