// Results as JSON: objects whose members keep the order in which they were added.

/// A value of a report.
indirect enum ReportValue {
    case integer(Int)
    /// Printed with six digits behind the point.
    case number(Double)
    case text(String)
    case object(Report)
    case list([Report])
    case null

    fileprivate func json(_ indent: String) -> String {
        switch self {
        case .integer(let value): return "\(value)"
        case .number(let value): return value.isFinite ? Self.rounded(value) : "null"
        case .text(let text):
            let escaped = text.unicodeScalars.map { scalar in
                scalar == "\"" || scalar == "\\"
                    ? "\\\(scalar)" : scalar.value < 0x20 ? " " : String(scalar)
            }
            return "\"\(escaped.joined())\""
        case .object(let report): return report.json(indent: indent)
        case .list(let reports):
            let inner = indent + "  "
            let items = reports.map { inner + $0.json(indent: inner) }
            return items.isEmpty ? "[]" : "[\n\(items.joined(separator: ",\n"))\n\(indent)]"
        case .null: return "null"
        }
    }

    private static func rounded(_ value: Double) -> String {
        let scaled = (value * 1e6).rounded() / 1e6
        return "\(scaled)"
    }
}

/// A JSON object.
struct Report {
    private(set) var members: [(name: String, value: ReportValue)] = []

    /// Adds a member.
    mutating func add(_ name: String, _ value: ReportValue) { members.append((name, value)) }

    mutating func add(_ name: String, _ value: Int) { add(name, .integer(value)) }

    mutating func add(_ name: String, _ value: Double) { add(name, .number(value)) }

    mutating func add(_ name: String, _ value: String) { add(name, .text(value)) }

    /// The object as indented text.
    func json(indent: String = "") -> String {
        let inner = indent + "  "
        let lines = members.map { "\(inner)\"\($0.name)\": \($0.value.json(inner))" }
        return lines.isEmpty ? "{}" : "{\n\(lines.joined(separator: ",\n"))\n\(indent)}"
    }

    /// Writes the object to a file, or to standard output for nil.
    func write(to path: String?) throws {
        let file = try OutputFile(path: path ?? "-")
        try file.write(Array((json() + "\n").utf8))
        try file.finish()
    }
}
