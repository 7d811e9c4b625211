// A session that came as an ATIF trajectory → the trajectory again, equal to what was sent but for
// whitespace and the order of its members. Spans of trajectories and steps carry what they were made
// from as the attribute `atif.raw` (schemas/atif-mapping.md); parents put the pieces together.
// A session of several trajectories gives one a line. Any other session becomes one (`SpanTrajectory`).
// Cost: one query for the session, memory of the trajectories.

import SpanColumns
import SpanModel
import SpanQuery

/// Exports trajectories.
package enum ATIFExport {
    /// What the CLI and the daemon call it.
    package static let name = "export/atif"

    /// The trajectories of a session as JSON, a line each. Throws `unknown` for a session without spans.
    package static func trajectory(
        session: String, tables: any TableProvider
    ) throws(StoreError) -> [UInt8] {
        var statistics = QueryStatistics()
        let spans = try Executor.run(plan(session), tables: tables, statistics: &statistics)
        let pieces = Pieces(
            ids: try spans.column("span").values.strings(),
            parents: try spans.column("parent").values.strings(),
            raws: try spans.column("raw").values.strings(),
            positions: try spans.column("position").values.strings())
        guard !pieces.roots.isEmpty else { return try made(session: session, tables: tables) }
        var json: [UInt8] = []
        for root in pieces.roots {
            pieces.append(root, depth: 1, to: &json)
            json.append(UInt8(ascii: "\n"))
        }
        return json
    }

    /// A trajectory of the spans of a session.
    private static func made(
        session: String, tables: any TableProvider
    ) throws(StoreError) -> [UInt8] {
        var statistics = QueryStatistics()
        let table = try Executor.run(
            TrajectorySpan.plan(session: session), tables: tables, statistics: &statistics)
        let usage = EffectiveUsage(try UsageSpans(table).spans).total
        let spans = try TrajectorySpan.read(table)
        guard let trajectory = SpanTrajectory(session: session, spans, usage: usage) else {
            throw .unknown(what: "session", name: session)
        }
        return TrajectoryWriter.json(trajectory) + [UInt8(ascii: "\n")]
    }

    private static func attribute(_ key: String) -> Operand {
        .attribute(column: SpanColumn.attributes, key: key)
    }

    private static func plan(_ session: String) -> Plan {
        var plan = Plan(
            table: Tables.spans,
            filter: .and([
                .compare(.column(SpanColumn.sessionID), .equal, .string(session)),
                .compare(.column(SpanColumn.source), .equal, .string("atif")),
            ]),
            outputs: [
                Plan.Output("span", .column(SpanColumn.spanID)),
                Plan.Output("parent", .column(SpanColumn.parentSpanID)),
                Plan.Output("raw", attribute("atif.raw")),
                Plan.Output("position", attribute("atif.position")),
            ])
        plan.tieBreak = [.column(SpanColumn.startTime), .column(SpanColumn.spanID)]
        return plan
    }
}

/// Trajectories and steps of a session, by the trajectory they belong to.
private struct Pieces {
    private struct Step {
        let number: Int64
        let raw: String
    }

    private struct Subagent {
        let position: Int64
        let id: String
    }

    /// The trajectories without a parent, oldest first.
    private(set) var roots: [String] = []
    private var raws: [String: String] = [:]
    private var steps: [String: [Step]] = [:]
    private var subagents: [String: [Subagent]] = [:]

    init(ids: [String?], parents: [String?], raws: [String?], positions: [String?]) {
        var stepParents: [String: String] = [:]
        for (index, id) in ids.enumerated() {
            guard let id, let raw = raws[index] else { continue }
            guard let number = Self.stepNumber(raw) else {
                self.raws[id] = raw
                if parents[index] == nil { roots.append(id) }
                continue
            }
            guard let parent = parents[index] else { continue }
            stepParents[id] = parent
            steps[parent, default: []].append(Step(number: number, raw: raw))
        }
        for (index, id) in ids.enumerated() {
            guard let id, self.raws[id] != nil, let parent = parents[index] else { continue }
            let position = positions[index].flatMap { Int64($0) } ?? 0
            subagents[stepParents[parent] ?? parent, default: []].append(
                Subagent(position: position, id: id))
        }
    }

    /// The `step_id` of a step; nil for a trajectory.
    private static func stepNumber(_ raw: String) -> Int64? {
        let key = Array("step_id".utf8)
        return Array(raw.utf8).withUnsafeBytes { raw in
            key.withUnsafeBytes { key in
                JSONObject.member(of: raw, key: key).flatMap { JSONNumber.int64($0) }
            }
        }
    }

    /// Appends a trajectory with its steps and those within it.
    func append(_ id: String, depth: Int, to json: inout [UInt8]) {
        json += (raws[id] ?? "{}").utf8.dropLast()
        json += ",\"steps\":[".utf8
        let steps = (steps[id] ?? []).sorted { $0.number < $1.number }
        for (index, step) in steps.enumerated() {
            if index > 0 { json.append(UInt8(ascii: ",")) }
            json += step.raw.utf8
        }
        json.append(UInt8(ascii: "]"))
        let within = (subagents[id] ?? []).sorted { ($0.position, $0.id) < ($1.position, $1.id) }
        if !within.isEmpty, depth < Limits.trajectoryDepthMax {
            json += ",\"subagent_trajectories\":[".utf8
            for (index, subagent) in within.enumerated() {
                if index > 0 { json.append(UInt8(ascii: ",")) }
                append(subagent.id, depth: depth + 1, to: &json)
            }
            json.append(UInt8(ascii: "]"))
        }
        json.append(UInt8(ascii: "}"))
    }
}
