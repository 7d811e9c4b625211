// What Harbor's verifier said: `extra.verifier_result`, with one score or several named rewards. The
// main one is the score `harbor.verifier`; a verifier with several criteria also gets one score for
// each, named as it names them.

import SpanModel

/// A verifier's result.
struct ATIFVerdict {
    static let name = "harbor.verifier"

    enum Value {
        case number(Double)
        case flag(Bool)
        case text(String)
    }

    struct Score {
        let name: String
        let value: Value
    }

    private let extra: ATIFExtra
    private let result: ATIFExtra

    /// Nil for a trajectory without one.
    init?(_ trajectory: ATIFTrajectory) {
        guard let result = trajectory.extra["verifier_result"], result.isObject else { return nil }
        extra = trajectory.extra
        self.result = result
    }

    /// `score`, else the reward called `reward`, else the only one.
    private var main: ATIFExtra? {
        if let score = result["score"], Self.value(score) != nil { return score }
        let rewards = result["rewards"]?.members ?? []
        if let reward = result["rewards"]?["reward"], Self.value(reward) != nil { return reward }
        return rewards.count == 1 && Self.value(rewards[0].value) != nil ? rewards[0].value : nil
    }

    /// The scores, the main one first.
    var scores: [Score] {
        var scores: [Score] = []
        if let value = main.flatMap(Self.value) {
            scores.append(Score(name: Self.name, value: value))
        }
        let rewards = result["rewards"]?.members ?? []
        guard rewards.count > 1 else { return scores }
        for reward in rewards where reward.key != Self.name {
            guard let value = Self.value(reward.value), !reward.key.isEmpty,
                reward.key.utf8.count <= Limits.stringBytesMax
            else { continue }
            scores.append(Score(name: reward.key, value: value))
        }
        return scores
    }

    /// What was judged, as JSON.
    func input(session: String, evaluated: String) -> [UInt8] {
        var json: [UInt8] = []
        JSONMembers.appendKey("session_id", to: &json)
        JSONWriter.appendString(session, to: &json)
        JSONMembers.appendKey("evaluated_span_id", to: &json)
        JSONWriter.appendString(evaluated, to: &json)
        for key in ["task_id", "task_name", "trial_name", "trial_uri"] {
            guard let slice = extra[key]?.slice, slice.kind != .null else { continue }
            json += ",\"\(key)\":".utf8
            slice.appendCompact(to: &json)
        }
        json.append(UInt8(ascii: "}"))
        return json
    }

    /// The judgement, as JSON.
    var output: [UInt8] {
        var json: [UInt8] = Array("{\"score\":".utf8)
        if let main = main?.slice { main.appendCompact(to: &json) } else { json += "null".utf8 }
        json += ",\"verifier_result\":".utf8
        result.slice?.appendCompact(to: &json)
        json.append(UInt8(ascii: "}"))
        return json
    }

    private static func value(_ extra: ATIFExtra) -> Value? {
        switch extra.slice?.kind {
        case .number: extra.number.map { .number($0) }
        case .bool: .flag(extra.isTrue)
        case .string:
            extra.text.flatMap { $0.utf8.count <= Limits.stringBytesMax ? .text($0) : nil }
        default: nil
        }
    }
}
