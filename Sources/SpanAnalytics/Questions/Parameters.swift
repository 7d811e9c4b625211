// Parameters of a question: text to values. Every error names the parameter.

import SpanModel
import SpanQuery

/// The parameters of one question.
struct Parameters {
    private let values: [String: String]
    /// When the question is asked, in nanoseconds since the epoch.
    let now: Int64

    /// Throws `invalidArgument` when the question takes no parameter of some name.
    init(_ values: [String: String], spec: QuestionSpec, now: Int64) throws(StoreError) {
        for name in values.keys.sorted() where !spec.accepts(name) {
            throw .invalidArgument(name: name, reason: "'\(spec.name)' has no such parameter")
        }
        self.values = values
        self.now = now
    }

    /// A text, nil when absent.
    func text(_ name: String) -> String? { values[name] }

    /// A text that must be given.
    func required(_ name: String) throws(StoreError) -> String {
        guard let value = values[name], !value.isEmpty else {
            throw .invalidArgument(name: name, reason: "is required")
        }
        return value
    }

    /// An integer within a range, nil when absent.
    func integer(_ name: String, in range: ClosedRange<Int64>) throws(StoreError) -> Int64? {
        guard let text = values[name] else { return nil }
        guard let value = Int64(text), range.contains(value) else {
            throw .invalidArgument(
                name: name,
                reason: range.upperBound == .max
                    ? "must be an integer of at least \(range.lowerBound)"
                    : "must be an integer from \(range.lowerBound) to \(range.upperBound)")
        }
        return value
    }

    /// The names of a comma-separated list, nil when absent. Throws when one is empty or repeated.
    func list(_ name: String) throws(StoreError) -> [String]? {
        guard let text = values[name] else { return nil }
        let items = text.split(separator: ",", omittingEmptySubsequences: false).map(Self.trimmed)
        for (index, item) in items.enumerated() {
            if item.isEmpty { throw .invalidArgument(name: name, reason: "has an empty name") }
            if items[..<index].contains(item) {
                throw .invalidArgument(name: name, reason: "names '\(item)' twice")
            }
        }
        return items
    }

    /// One of the words of an enumeration, nil when absent.
    func choice<Choice: RawRepresentable & CaseIterable>(
        _ name: String, _ type: Choice.Type
    ) throws(StoreError) -> Choice? where Choice.RawValue == String {
        guard let text = values[name] else { return nil }
        guard let choice = Choice(rawValue: text) else {
            let words = Choice.allCases.map(\.rawValue).joined(separator: " or ")
            throw .invalidArgument(name: name, reason: "must be \(words)")
        }
        return choice
    }

    /// A switch, off when absent.
    func flag(_ name: String) throws(StoreError) -> Bool {
        switch values[name] {
        case nil, "false", "0": return false
        case "true", "1", "": return true
        default: throw .invalidArgument(name: name, reason: "must be true or false")
        }
    }

    /// The view, deduplicated by default.
    func view() throws(StoreError) -> View { try choice("view", View.self) ?? .dedup }

    /// `col[:asc|:desc]`, several divided by commas.
    func order() throws(StoreError) -> [Plan.Order] {
        var orders: [Plan.Order] = []
        for item in try list("order") ?? [] {
            if item.hasSuffix(":desc") {
                orders.append(Plan.Order(String(item.dropLast(5)), descending: true))
            } else {
                orders.append(Plan.Order(item.hasSuffix(":asc") ? String(item.dropLast(4)) : item))
            }
        }
        return orders
    }

    func limit() throws(StoreError) -> Int? {
        try integer("limit", in: 0...Int64.max).map { Int($0) }
    }

    func offset() throws(StoreError) -> Int {
        Int(try integer("offset", in: 0...Int64.max) ?? 0)
    }

    /// From `page` and `page_size`, or `offset` and `limit`.
    func page() throws(StoreError) -> (offset: Int, limit: Int?) {
        let number = try integer("page", in: 1...1_000_000_000)
        let size = try integer("page_size", in: 1...1_000_000)
        let offset = try offset()
        let limit = try limit()
        if number == nil, size == nil { return (offset, limit) }
        guard values["offset"] == nil, limit == nil else {
            throw .invalidArgument(name: "page", reason: "cannot be used with 'limit' or 'offset'")
        }
        let rows = size ?? ParameterSpec.pageSizeDefault
        return (Int(((number ?? 1) - 1) * rows), Int(rows))
    }

    /// The condition of `where` about rows of a table.
    func condition(_ table: TableSchema) throws(StoreError) -> Predicate {
        guard let text = values["where"] else { return .always }
        return try SQL.condition(text, table: table, now: now)
    }

    /// The time window, half-open: `since` before now, or `from` and `to`; nil sides are open.
    func window() throws(StoreError) -> (from: Int64?, to: Int64?) {
        let from = try instant("from")
        let to = try instant("to")
        guard let since = values["since"] else {
            if let from, let to, from > to {
                throw .invalidArgument(name: "from", reason: "is after 'to'")
            }
            return (from, to)
        }
        guard from == nil, to == nil else {
            throw .invalidArgument(name: "since", reason: "cannot be used with 'from' or 'to'")
        }
        guard let span = Self.nanoseconds(since) else {
            throw .invalidArgument(name: "since", reason: "must be like 30m, 1h, 24h, 7d or 2w")
        }
        return (now.subtractingReportingOverflow(span).overflow ? nil : now - span, nil)
    }

    private func instant(_ name: String) throws(StoreError) -> Int64? {
        guard let text = values[name] else { return nil }
        guard let instant = Instant.parse(text) else {
            throw .invalidArgument(name: name, reason: "must be an RFC 3339 time")
        }
        return instant
    }

    /// A span such as `24h`, in nanoseconds; nil when it is none.
    static func nanoseconds(_ text: String) -> Int64? {
        let text = trimmed(text[...]).lowercased()
        let seconds: Int64
        switch text.last {
        case "s": seconds = 1
        case "m": seconds = 60
        case "h": seconds = 3_600
        case "d": seconds = 86_400
        case "w": seconds = 604_800
        default: return nil
        }
        guard let count = Int64(text.dropLast()), count >= 0 else { return nil }
        let (product, overflow) = count.multipliedReportingOverflow(by: seconds * 1_000_000_000)
        return overflow ? nil : product
    }

    private static func trimmed(_ text: Substring) -> String {
        var text = text
        while text.first == " " { text.removeFirst() }
        while text.last == " " { text.removeLast() }
        return String(text)
    }
}

extension ParameterSpec {
    static let project = ParameterSpec("project", "only this project")
    static let since = ParameterSpec("since", "from this long ago on: 30m, 1h, 24h, 7d, 2w")
    static let from = ParameterSpec("from", "from this time on (RFC 3339)")
    static let to = ParameterSpec("to", "before this time (RFC 3339)")
    static let condition = ParameterSpec("where", "only rows where this SQL condition is true")
    static let view = ParameterSpec("view", "dedup (default) or raw")
    static let order = ParameterSpec("order", "result columns to order by: COL[:desc],…")
    static let limit = ParameterSpec("limit", "at most this many rows")
    static let offset = ParameterSpec("offset", "leave out this many rows first")
    static let page = ParameterSpec("page", "page number, from 1")
    static let pageSize = ParameterSpec("page_size", "rows per page (\(pageSizeDefault))")
    static let explain = ParameterSpec("explain", "report what was read and left out")

    fileprivate static let pageSizeDefault: Int64 = 100

    /// What every question takes.
    static let common = [
        project, since, from, to, condition, view, order, limit, offset, explain,
    ]
}
