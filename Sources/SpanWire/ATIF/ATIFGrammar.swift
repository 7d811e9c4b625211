// The grammar of a trajectory: which members it may have, of which kind, and what must hold between
// them. Unknown members are refused, except in `extra` and in `evaluation_context`, which newer
// clients fill with fields of their own. Steps are in ATIFGrammar+Steps.

import SpanModel

/// Reads a trajectory strictly.
struct ATIFGrammar {
    /// Versions that are read.
    private static let versions = (0...7).map { "ATIF-v1.\($0)" }

    var reader: ATIFReader
    /// Trajectories within trajectories.
    let depthMax: Int

    /// Reads a whole body.
    mutating func trajectory() throws(RecordError) -> ATIFTrajectory {
        let trajectory = try trajectory(depth: 1)
        try reader.finish()
        return trajectory
    }

    private mutating func trajectory(depth: Int) throws(RecordError) -> ATIFTrajectory {
        guard depth <= depthMax else {
            throw reader.refusal(
                "ATIF trajectory depth \(depth) exceeds configured maximum \(depthMax)")
        }
        guard var members = try reader.enterObject() else {
            throw reader.refusal("must be an object")
        }
        var trajectory = ATIFTrajectory()
        var hasAgent = false
        while let key = try reader.nextKey(&members) {
            let start = reader.position
            switch key {
            case "steps":
                trajectory.steps = try steps()
                continue
            case "subagent_trajectories":
                trajectory.subagents = try subagents(depth: depth)
                continue
            case "agent": hasAgent = try agent(&trajectory.agent)
            default: try member(key, of: &trajectory)
            }
            Self.append(key, reader.slice(from: start), to: &trajectory.raw)
        }
        guard hasAgent else { throw reader.refusal("is required", member: "agent") }
        guard Self.versions.contains(trajectory.version) else {
            throw reader.refusal(
                "must be ATIF-v1.0 to ATIF-v1.7", member: "schema_version")
        }
        if trajectory.version == "ATIF-v1.7" { try checkReferences(trajectory) }
        trajectory.raw.append(UInt8(ascii: "}"))
        trajectory.verifier = ATIFTimes.verifier(trajectory.extra)
        trajectory.extent = ATIFTimes.extent(trajectory)
        trajectory.hasError =
            trajectory.steps.contains(where: \.hasError)
            || trajectory.subagents.contains(where: \.hasError)
        return trajectory
    }

    private mutating func member(
        _ key: String, of trajectory: inout ATIFTrajectory
    ) throws(RecordError) {
        switch key {
        case "schema_version": trajectory.version = try reader.string() ?? ""
        case "session_id": trajectory.sessionID = try identifier()
        case "trajectory_id": trajectory.trajectoryID = try identifier()
        case "continued_trajectory_ref", "notes": _ = try reader.string(bytesMax: .max)
        case "final_metrics": trajectory.finalMetrics = try finalMetrics()
        case "extra": trajectory.extra = try extra()
        case "experiment_context": try experimentContext(&trajectory, isStrict: true)
        case "evaluation_context": try experimentContext(&trajectory, isStrict: false)
        default: throw reader.refusal("unknown field")
        }
    }

    /// An identifier that can name a session or trace.
    private mutating func identifier() throws(RecordError) -> String? {
        guard let text = try reader.string(bytesMax: Limits.identifierBytesMax) else { return nil }
        guard !text.isEmpty else { throw reader.refusal("must not be empty") }
        return text
    }

    /// An `extra` object.
    mutating func extra() throws(RecordError) -> ATIFExtra {
        ATIFExtra(try reader.object()?.raw ?? .init(start: nil, count: 0))
    }

    private mutating func agent(_ agent: inout ATIFAgent) throws(RecordError) -> Bool {
        guard var members = try reader.enterObject() else { return false }
        var present: Set<String> = []
        while let key = try reader.nextKey(&members) {
            switch key {
            case "name":
                agent.name = try required(try reader.string())
            case "version":
                agent.version = try required(try reader.string())
            case "model_name": agent.model = try reader.string()
            case "tool_definitions": try objects()
            case "extra": _ = try reader.object()
            default: throw reader.refusal("unknown field")
            }
            present.insert(key)
        }
        for key in ["name", "version"] where !present.contains(key) {
            throw reader.refusal("is required", member: key)
        }
        return true
    }

    /// The value, which may not be null.
    func required<T>(_ value: T?) throws(RecordError) -> T {
        guard let value else { throw reader.refusal("is required") }
        return value
    }

    private mutating func objects() throws(RecordError) {
        guard var elements = try reader.enterArray() else { return }
        while try reader.nextElement(&elements) {
            guard try reader.object() != nil else { throw reader.refusal("must be an object") }
        }
    }

    private mutating func finalMetrics() throws(RecordError) -> ATIFMetrics {
        var metrics = ATIFMetrics()
        guard var members = try reader.enterObject() else { return metrics }
        while let key = try reader.nextKey(&members) {
            switch key {
            case "total_prompt_tokens": metrics.promptTokens = try reader.integer(atLeast: 0)
            case "total_completion_tokens":
                metrics.completionTokens = try reader.integer(atLeast: 0)
            case "total_cached_tokens": metrics.cachedTokens = try reader.integer(atLeast: 0)
            case "total_cost_usd": metrics.cost = try reader.money()
            case "total_steps": _ = try reader.integer(atLeast: 0)
            case "extra": _ = try reader.object()
            default: throw reader.refusal("unknown field")
            }
        }
        return metrics
    }

    private mutating func experimentContext(
        _ trajectory: inout ATIFTrajectory, isStrict: Bool
    ) throws(RecordError) {
        guard var members = try reader.enterObject() else { return }
        while let key = try reader.nextKey(&members) {
            switch key {
            case "experiment_id", "evaluation_id": trajectory.experiment = try reader.string()
            case "test_case_id": trajectory.testCase = try reader.string()
            default:
                if isStrict { throw reader.refusal("unknown field") }
                _ = try reader.any()
            }
        }
    }

    // MARK: Sub-agents

    private mutating func subagents(depth: Int) throws(RecordError) -> [ATIFTrajectory] {
        var subagents: [ATIFTrajectory] = []
        var known: Set<String> = []
        guard var elements = try reader.enterArray() else { return [] }
        while try reader.nextElement(&elements) {
            let subagent = try trajectory(depth: depth + 1)
            guard let id = subagent.trajectoryID else {
                throw reader.refusal("is required within a trajectory", member: "trajectory_id")
            }
            guard known.insert(id).inserted else {
                throw reader.refusal("is given twice", member: "trajectory_id")
            }
            subagents.append(subagent)
        }
        return subagents
    }

    /// From version 1.7 on a session id alone does not say which trajectory is meant.
    private func checkReferences(_ trajectory: ATIFTrajectory) throws(RecordError) {
        for (stepIndex, step) in trajectory.steps.enumerated() {
            for (resultIndex, result) in step.results.enumerated() {
                for (index, reference) in result.subagents.enumerated()
                where reference.trajectoryID == nil && reference.path == nil {
                    throw reader.refusal(
                        "needs a trajectory_id or trajectory_path",
                        member: "steps[\(stepIndex)].observation.results[\(resultIndex)]"
                            + ".subagent_trajectory_ref[\(index)]")
                }
            }
        }
    }

    private static func append(_ key: String, _ value: JSONSlice, to raw: inout [UInt8]) {
        var key = key
        key.withUTF8 { JSONMembers.appendKey(UnsafeRawBufferPointer($0), to: &raw) }
        value.appendCompact(to: &raw)
    }
}
