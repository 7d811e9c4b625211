// The body of an experiment: what a client may send, what is kept, and what is answered.

import SpanAnalytics
import SpanModel
import SpanWire

/// A checked request to create an experiment.
struct IntakeExperimentDraft: Sendable {
    /// Members that a request may have, as the reference's versions name them.
    private static let members: Set<String> = [
        "name", "experiment_group_id", "experiment_ids", "agent_name", "agent_version",
        "dataset_name", "dataset_version", "source_link", "metadata", "description", "summary",
        "parent_evaluation_id", "status", "root_cause",
    ]

    let name: String
    /// The entity's body.
    let body: [UInt8]
    /// The entity as a line of NDJSON.
    let line: [UInt8]

    /// Throws `invalidRecord` for a body that is no object, has unknown members or no name.
    init(_ request: [UInt8], workspace: String, now: Int64) throws(RequestFailure) {
        var object = IntakeObject()
        var found: String?
        var unknown: String?
        guard String(validating: request, as: UTF8.self) != nil, Self.isObject(request) else {
            throw RequestFailure(.invalidRecord, "the body must be a JSON object")
        }
        request.withUnsafeBytes { bytes in
            JSONObject.forEachMember(of: bytes) { key, value in
                var text: [UInt8] = []
                key.appendText(to: &text)
                let key = String(decoding: text, as: UTF8.self)
                if !Self.members.contains(key) { unknown = unknown ?? key }
                var json: [UInt8] = []
                value.appendCompact(to: &json)
                object.add(key, json: json)
                guard key == "name", value.kind == .string else { return }
                var name: [UInt8] = []
                if value.appendText(to: &name) { found = String(decoding: name, as: UTF8.self) }
            }
        }
        if let unknown { throw RequestFailure(.invalidRecord, "\(unknown): unknown field") }
        guard let found, !found.isEmpty else {
            throw RequestFailure(.invalidRecord, "name: is required")
        }
        name = found
        object.add("id", StableID.make("experiment", [workspace, found]))
        object.add("created_at", instant: now)
        body = object.json
        var line = IntakeObject()
        line.add("kind", ExperimentEntities.kind)
        line.add("name", found)
        line.add("body", json: body)
        self.line = line.json
    }

    private static func isObject(_ bytes: [UInt8]) -> Bool {
        bytes.withUnsafeBytes { bytes in
            var cursor = JSONCursor(bytes)
            do throws(JSONError) {
                let value = try cursor.skipValue(depthMax: Limits.nestingDepthMax - 1)
                try cursor.finish()
                return value.kind == .object
            } catch {
                return false
            }
        }
    }
}

/// The answer's body.
enum IntakeExperimentBody {
    /// Members of the document, in the order of the answer.
    private static let texts = [
        "experiment_group_id", "agent_name", "agent_version", "dataset_name", "dataset_version",
        "source_link",
    ]

    /// An experiment with its roll-up; without one its figures are null.
    static func json(
        _ entity: ExperimentEntity, _ workspace: String, _ rollup: ExperimentRollup?
    ) -> [UInt8] {
        var object = IntakeObject()
        let created =
            member("created_at", of: entity)
            ?? IntakeObject.text(
                IntakeObject.time(entity.ingestTime))
        object.add(
            "id",
            json: member("id", of: entity)
                ?? IntakeObject.text(StableID.make("experiment", [workspace, entity.name])))
        object.add("name", entity.name)
        object.add("workspace", workspace)
        for name in texts { object.add(name, json: member(name, of: entity)) }
        object.add("metadata", json: member("metadata", of: entity) ?? Array("{}".utf8))
        object.add("description", json: member("description", of: entity))
        object.add("summary", json: member("summary", of: entity))
        object.add("created_at", json: created)
        object.add("updated_at", json: created)
        object.add("evaluator_names", rollup?.scores.map(\.name) ?? [])
        object.add("model_names", rollup?.models ?? [])
        object.add("agent_names", rollup?.agents ?? [])
        object.add("aggregate_scores", json: rollup.flatMap(scores))
        object.add("run_count", Int64(rollup?.runCount ?? 0))
        object.add("cost_usd", rollup?.cost)
        object.add("latency_ms", rollup?.latency)
        return object.json
    }

    /// Null without any score.
    private static func scores(_ rollup: ExperimentRollup) -> [UInt8]? {
        guard !rollup.scores.isEmpty else { return nil }
        var object = IntakeObject()
        for score in rollup.scores { object.add(score.name, score.distribution) }
        return object.json
    }

    /// A member of the document as JSON; nil when it is absent or null.
    static func member(_ name: String, of entity: ExperimentEntity) -> [UInt8]? {
        let key = Array(name.utf8)
        return entity.body.withUnsafeBytes { body in
            key.withUnsafeBytes { key in
                JSONObject.member(of: body, key: key).map { Array($0) }
            }
        }.flatMap { $0.elementsEqual("null".utf8) ? nil : $0 }
    }
}
