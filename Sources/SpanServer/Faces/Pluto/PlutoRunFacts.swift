// What lists of runs are filtered and ordered by: fields of a run's entities, when it was last heard of,
// and the last values of its metrics, all of the moment. Cost: a look at the project's runs, and one question
// for each metric that is named.

import SpanAnalytics
import SpanColumns
import SpanModel

/// A field of a run, as filters and orders name it.
enum PlutoRunField: Hashable, Sendable {
    case name, status, tags, createdAt, updatedAt, heartbeat
    case config(String), systemMetadata(String)
    /// The last value of a metric.
    case metric(String)

    /// Nil for a name that stands for nothing.
    init?(_ text: String) {
        switch text {
        case "name": self = .name
        case "status", "state": self = .status
        case "tags": self = .tags
        case "createdAt", "created_at": self = .createdAt
        case "updatedAt", "updated_at": self = .updatedAt
        case "heartbeat_at": self = .heartbeat
        default:
            guard let dot = text.firstIndex(of: "."), text.index(after: dot) < text.endIndex
            else { return nil }
            let key = String(text[text.index(after: dot)...])
            // Keys of configurations may be written as wandb does, with `.value` behind.
            let plainKey = key.hasSuffix(".value") ? String(key.dropLast(6)) : key
            switch text[..<dot] {
            case "config": self = .config(plainKey)
            case "systemMetadata": self = .systemMetadata(plainKey)
            case "summaryMetrics", "summary_metrics": self = .metric(key)
            default: return nil
            }
        }
    }

    /// Whether only runs with points have it.
    var isOfPoints: Bool {
        switch self {
        case .heartbeat, .metric: true
        default: false
        }
    }

    /// What a value of a query means for the field. Throws `invalidArgument` for a time that is none.
    func literal(_ value: PlutoRunValue?) throws(RequestFailure) -> PlutoRunValue? {
        guard let value else { return nil }
        switch (self, value) {
        case (.status, .text(let text)): return .text(text.uppercased())
        case (.createdAt, _), (.updatedAt, _), (.heartbeat, _):
            // Python writes times of UTC without a zone.
            guard case .text(let text) = value,
                let time = Instant.parse(text) ?? Instant.parse(text + "Z")
            else { throw PlutoRunFilter.failure("times are compared with RFC 3339 texts") }
            return .time(time)
        default: return value
        }
    }
}

/// A value of a field.
enum PlutoRunValue: Equatable, Sendable {
    case text(String)
    case number(Double)
    case bool(Bool)
    case time(Int64)

    /// Whether both are of one type and in order.
    func isLess(than other: PlutoRunValue) -> Bool {
        switch (self, other) {
        case (.text(let left), .text(let right)): left < right
        case (.number(let left), .number(let right)): left < right
        case (.time(let left), .time(let right)): left < right
        default: false
        }
    }
}

/// What is known of a run.
struct PlutoRunFacts: Sendable {
    let run: RunDocument
    fileprivate(set) var config: RunDocument?
    /// Nanoseconds since the epoch.
    fileprivate(set) var heartbeat: Int64?
    fileprivate(set) var metrics: [String: Double] = [:]

    /// The values of a field: none when the run has none.
    func values(of field: PlutoRunField) -> [PlutoRunValue] {
        switch field {
        case .tags:
            return (run.json("tags").flatMap(PlutoJSON.strings) ?? []).map { .text($0) }
        case .name: return text(run.text("name"))
        case .status: return text(run.text("status")?.uppercased())
        case .createdAt: return time(run.text("created_at"))
        case .updatedAt: return time(run.text("updated_at"))
        case .heartbeat: return heartbeat.map { [.time($0)] } ?? []
        case .metric(let name): return metrics[name].map { [.number($0)] } ?? []
        case .config(let key): return Self.scalar(config?.json(key))
        case .systemMetadata(let key):
            return Self.scalar(
                run.json("system_metadata").flatMap {
                    RunDocument(run: "", project: "", body: $0).json(key)
                })
        }
    }

    private func text(_ text: String?) -> [PlutoRunValue] { text.map { [.text($0)] } ?? [] }

    private func time(_ text: String?) -> [PlutoRunValue] {
        text.flatMap { Instant.parse($0) }.map { [.time($0)] } ?? []
    }

    private static func scalar(_ json: [UInt8]?) -> [PlutoRunValue] {
        json.flatMap { PlutoJSON.scalars(in: [0x5B] + $0 + [0x5D]) }?.compactMap { $0 } ?? []
    }

    /// The runs of a project, with as much of them as the fields need.
    static func all(
        of project: String, _ fields: Set<PlutoRunField>, tables: any TableProvider, now: Int64
    ) throws(StoreError) -> [PlutoRunFacts] {
        var facts = try RunDirectory.documents(.run, project: project, tables: tables).map {
            PlutoRunFacts(run: $0)
        }
        var places: [String: Int] = [:]
        for (place, fact) in facts.enumerated() { places[fact.run.run] = place }
        if fields.contains(where: { if case .config = $0 { true } else { false } }) {
            for config in try RunDirectory.documents(.config, project: project, tables: tables) {
                if let place = places[config.run] { facts[place].config = config }
            }
        }
        if fields.contains(.heartbeat) {
            let table = try Questions.answer(
                "metrics/heartbeat", parameters: ["project": project], tables: tables, now: now
            ).table
            let times = try table.column("last_time").values.integers()
            for (run, time) in zip(try table.column("run_id").values.strings(), times) {
                if let place = run.flatMap({ places[$0] }) { facts[place].heartbeat = time }
            }
        }
        for case .metric(let name) in fields {
            let table = try Questions.answer(
                "metrics/leaderboard", parameters: ["project": project, "name": name],
                tables: tables, now: now
            ).table
            let values = try table.column("value").values.floats()
            for (run, value) in zip(try table.column("run_id").values.strings(), values) {
                if let place = run.flatMap({ places[$0] }) { facts[place].metrics[name] = value }
            }
        }
        return facts
    }
}
