// A trajectory in the Agent Trajectory Interchange Format (Harbor RFC 0001, versions 1.0 to 1.7) as
// far as rows need it; all else is kept as the JSON it came in. Slices lie in the body, which
// outlives the trajectory. Made by `ATIFGrammar`, turned into rows by `ATIFSpanWriter`. What is looked
// up in an `extra` is looked up once, while it is read.

import SpanModel

/// A trajectory and the sub-agents' trajectories inside it.
struct ATIFTrajectory {
    var version = ""
    var sessionID: String?
    var trajectoryID: String?
    var agent = ATIFAgent()
    var steps: [ATIFStep] = []
    /// The totals of `final_metrics`.
    var finalMetrics = ATIFMetrics()
    var extra = ATIFExtra()
    /// When the verifier ran.
    var verifier = ATIFWindow()
    /// The earliest and the latest time that it or one within it names.
    var extent = ATIFWindow()
    /// Whether a tool failed in it or in one within it.
    var hasError = false
    /// What `experiment_context` or `evaluation_context` names.
    var experiment: String?
    var testCase: String?
    var subagents: [ATIFTrajectory] = []
    /// `{"key":value,…}` of all members but the steps and the sub-agents.
    var raw: [UInt8] = []
}

/// Who acts.
struct ATIFAgent {
    var name = ""
    var version = ""
    var model: String?
}

/// One step.
struct ATIFStep {
    enum Source: String {
        case system, user, agent
    }

    var id: Int64 = 0
    var source = Source.user
    /// Nanoseconds since the epoch.
    var timestamp: Int64?
    /// A string, or an array of parts.
    var message: JSONSlice?
    var model: String?
    var reasoning: JSONSlice?
    /// The array that `calls` were read from.
    var callsRaw: JSONSlice?
    var calls: [ATIFToolCall] = []
    var results: [ATIFResult] = []
    var metrics: ATIFMetrics?
    /// A repetition of a step that another trajectory holds: its metrics count there.
    var isCopied = false
    /// When it ran, by `extra.invocation`.
    var invocation = ATIFWindow()
    /// What `extra` says of its results.
    var marks = ATIFResultMarks()
    /// The whole object.
    var raw = JSONSlice()
}

/// A call of a tool.
struct ATIFToolCall {
    var id = ""
    var function = ""
    var invocation = ATIFWindow()
    var raw = JSONSlice()
}

/// What came back for a call, or unasked.
struct ATIFResult {
    var callID: String?
    /// A string, or an array of parts.
    var content: JSONSlice?
    var subagents: [ATIFSubagentRef] = []
    var raw = JSONSlice()
}

/// A trajectory of a sub-agent by name.
struct ATIFSubagentRef {
    var trajectoryID: String?
    var path: String?
    var sessionID: String?
    var raw = JSONSlice()

    /// The best name there is.
    var name: String { trajectoryID ?? path ?? sessionID ?? "" }
}

/// Tokens and cost of a step, or the totals of a trajectory.
struct ATIFMetrics {
    var promptTokens: Int64?
    var completionTokens: Int64?
    var cachedTokens: Int64?
    /// Picodollars.
    var cost: Int64?
}

/// An `extra` object: free in form, so what is not there or not of the expected kind is nil.
struct ATIFExtra {
    private let bytes: UnsafeRawBufferPointer

    init(_ bytes: UnsafeRawBufferPointer = .init(start: nil, count: 0)) { self.bytes = bytes }

    /// The value of a key.
    subscript(_ key: String) -> ATIFExtra? {
        var key = key
        let value = key.withUTF8 { JSONObject.member(of: bytes, key: UnsafeRawBufferPointer($0)) }
        return value.map { ATIFExtra($0) }
    }

    /// The value as it stands there.
    var slice: JSONSlice? {
        var cursor = JSONCursor(bytes)
        return try? cursor.skipValue(depthMax: ATIFReader.opaqueDepthMax)
    }

    var isObject: Bool { bytes.first == UInt8(ascii: "{") }
    var isTrue: Bool { bytes.elementsEqual("true".utf8) }

    /// The content of a string.
    var text: String? {
        var cursor = JSONCursor(bytes)
        guard let string = try? cursor.string() else { return nil }
        var text: [UInt8] = []
        string.appendText(to: &text)
        return String(decoding: text, as: UTF8.self)
    }

    /// A number.
    var number: Double? {
        var cursor = JSONCursor(bytes)
        return (try? cursor.number()).flatMap { JSONNumber.double($0) }
    }

    /// The members of an object, in order.
    var members: [(key: String, value: ATIFExtra)] {
        var members: [(key: String, value: ATIFExtra)] = []
        JSONObject.forEachMember(of: bytes) { key, value in
            var name: [UInt8] = []
            key.appendText(to: &name)
            members.append((String(decoding: name, as: UTF8.self), ATIFExtra(value.raw)))
        }
        return members
    }
}
