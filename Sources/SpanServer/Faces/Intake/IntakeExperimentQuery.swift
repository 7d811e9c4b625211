// Filters and order of the list of experiments: members of the document by equality, figures of the
// roll-up by comparison (`filter[cost_usd.mean][$lte]=0.5`), nulls never match and are always last.

import SpanAnalytics
import SpanModel

/// An experiment of the list.
struct IntakeExperimentItem {
    let entity: ExperimentEntity
    /// Nil when the telemetry cannot be read.
    let rollup: ExperimentRollup?

    /// A member of the document that is a string.
    func text(_ name: String) -> String? {
        if name == "name" { return entity.name }
        if name == "created_at" || name == "updated_at" {
            return member("created_at") ?? IntakeObject.time(entity.ingestTime)
        }
        return member(name)
    }

    private func member(_ name: String) -> String? {
        guard let json = IntakeExperimentBody.member(name, of: entity) else { return nil }
        return json.withUnsafeBytes { bytes in
            var cursor = JSONCursor(bytes)
            guard let string = try? cursor.string() else { return nil }
            var text: [UInt8] = []
            string.appendText(to: &text)
            return String(decoding: text, as: UTF8.self)
        }
    }

    func number(_ figure: IntakeFigure) -> Double? {
        guard let rollup else { return nil }
        let distribution: Distribution? =
            switch figure.source {
            case .runs: nil
            case .cost: rollup.cost
            case .latency: rollup.latency
            case .score(let name): rollup.scores.first { $0.name == name }?.distribution
            }
        guard figure.source != .runs else { return Double(rollup.runCount) }
        guard let distribution else { return nil }
        if figure.statistic == "count" { return Double(distribution.count) }
        return distribution.figures.first { $0.name == figure.statistic }?.value
    }
}

/// A figure of the roll-up: `run_count`, `cost_usd.mean`, `evaluators.<name>.p90` …
struct IntakeFigure: Equatable {
    enum Source: Equatable {
        case runs, cost, latency
        case score(String)
    }

    let source: Source
    let statistic: String

    /// Nil for a path that names none.
    init?(_ path: String) {
        if path == "run_count" {
            (source, statistic) = (.runs, "count")
            return
        }
        guard let dot = path.lastIndex(of: ".") else { return nil }
        statistic = String(path[path.index(after: dot)...])
        let known = ["sum", "mean", "median", "p90", "p95", "p99", "count"]
        guard known.contains(statistic) else { return nil }
        let prefix = "evaluators."
        switch path[..<dot] {
        case "cost_usd": source = .cost
        case "latency_ms": source = .latency
        case let name where name.hasPrefix(prefix) && name.count > prefix.count:
            source = .score(String(name.dropFirst(prefix.count)))
        default: return nil
        }
    }
}

/// What a request wants to see of the experiments, and in which order.
struct IntakeExperimentQuery: Sendable {
    private enum Test: Sendable {
        case text(String, String)
        case figure(String, comparison: String, Double)
    }

    private static let texts: Set<String> = [
        "name", "experiment_group_id", "agent_name", "agent_version", "dataset_name",
        "dataset_version",
    ]
    private static let sorts: Set<String> = ["name", "created_at", "updated_at"]
    private static let comparisons = ["$gte", "$lte", "$gt", "$lt", "$eq"]

    /// As it was asked for.
    let sort: String
    private let tests: [Test]

    /// Throws `invalidArgument` for a filter or an order that does not exist.
    init(_ parameters: [String: String]) throws(RequestFailure) {
        sort = parameters["sort"] ?? "-created_at"
        for key in Self.keys(sort) where !Self.sorts.contains(key.name) {
            guard IntakeFigure(key.name) != nil else {
                throw RequestFailure(.invalidArgument, "Unsupported sort field '\(key.name)'.")
            }
        }
        var tests: [Test] = []
        for (name, value) in parameters.sorted(by: { $0.key < $1.key })
        where name.hasPrefix("filter[") { tests.append(try Self.test(name, value)) }
        self.tests = tests
    }

    /// Whether the answer depends on roll-ups.
    var needsRollups: Bool {
        let filters = tests.contains { if case .figure = $0 { true } else { false } }
        return filters || Self.keys(sort).contains { IntakeFigure($0.name) != nil }
    }

    /// Those that pass, in order; ties by name.
    func apply(to items: [IntakeExperimentItem]) -> [IntakeExperimentItem] {
        let passing = items.filter { item in tests.allSatisfy { Self.passes(item, $0) } }
        let keys = Self.keys(sort)
        return passing.sorted { left, right in
            for key in keys {
                if let isBefore = Self.isBefore(left, right, key) { return isBefore }
            }
            return left.entity.name < right.entity.name
        }
    }

    private static func keys(_ sort: String) -> [(name: String, isDescending: Bool)] {
        sort.split(separator: ",").map { key in
            (String(key.first == "-" ? key.dropFirst() : key), key.first == "-")
        }
    }

    /// `filter[path]` or `filter[path][$gte]`.
    private static func test(_ name: String, _ value: String) throws(RequestFailure) -> Test {
        let parts = name.dropFirst("filter[".count).dropLast()
            .split(separator: "][", omittingEmptySubsequences: false).map(String.init)
        if parts.count == 1, texts.contains(parts[0]) { return .text(parts[0], value) }
        guard name.hasSuffix("]"), parts.count <= 2, IntakeFigure(parts[0]) != nil,
            comparisons.contains(parts.count == 2 ? parts[1] : "$eq")
        else { throw RequestFailure(.invalidArgument, "Unsupported filter '\(name)'.") }
        guard let number = Double(value) else {
            throw RequestFailure(.invalidArgument, "\(name): must be a number")
        }
        return .figure(parts[0], comparison: parts.count == 2 ? parts[1] : "$eq", number)
    }

    private static func passes(_ item: IntakeExperimentItem, _ test: Test) -> Bool {
        switch test {
        case .text(let name, let wanted): return item.text(name) == wanted
        case .figure(let path, let comparison, let bound):
            guard let value = IntakeFigure(path).flatMap({ item.number($0) }) else { return false }
            switch comparison {
            case "$gte": return value >= bound
            case "$lte": return value <= bound
            case "$gt": return value > bound
            case "$lt": return value < bound
            default: return value == bound
            }
        }
    }

    /// Whether one comes before the other; nil when they tie.
    private static func isBefore(
        _ left: IntakeExperimentItem, _ right: IntakeExperimentItem,
        _ key: (name: String, isDescending: Bool)
    ) -> Bool? {
        if let figure = IntakeFigure(key.name) {
            return isBefore(left.number(figure), right.number(figure), key.isDescending)
        }
        return isBefore(left.text(key.name), right.text(key.name), key.isDescending)
    }

    private static func isBefore<Value: Comparable>(
        _ left: Value?, _ right: Value?, _ isDescending: Bool
    ) -> Bool? {
        guard let left, let right else {
            return left == nil && right == nil ? nil : left != nil
        }
        return left == right ? nil : isDescending ? left > right : left < right
    }
}
