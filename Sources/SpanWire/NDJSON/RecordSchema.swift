// The four record kinds of the NDJSON routes as tables of fields: which key fills which column and
// how its value is read (schemas/ndjson holds the same for clients). A new field is a line here.

import SpanModel

/// How a field's value is read.
enum FieldKind {
    /// Text of 1 to 128 bytes into an identifier column; empty counts as absent.
    case identifier
    /// A string of at most so many bytes.
    case string(bytesMax: Int)
    /// An integer or a string, both as text.
    case stringOrInteger
    /// A string as it is, anything else as compact JSON text.
    case text
    /// Nanoseconds since the epoch: an integer or a decimal string.
    case nanoseconds
    /// RFC 3339 text.
    case timestamp
    /// An integer ≥ 0.
    case count
    /// US dollars: a number or a decimal string, exact.
    case money
    /// A bounded object with distinct keys.
    case attributes
    /// Any object, kept as compact JSON.
    case object
    /// Any array, kept as compact JSON.
    case array
    /// A number, a non-finite token or its name in a string.
    case metricValue
    /// A number, bool or string, each with its own column.
    case scoreValue
    /// Makes the record a patch.
    case patch
    /// Makes the record a tombstone.
    case deleted
}

/// A key of a record.
struct RecordField {
    let name: String
    let column: Int
    let kind: FieldKind

    init(_ name: String, _ column: Int, _ kind: FieldKind) {
        self.name = name
        self.column = column
        self.kind = kind
    }
}

/// A record kind.
struct RecordSchema {
    let table: TableSchema
    let fields: [RecordField]
    let keys: KeyTable
    /// Values that absent columns take: in every record …
    let defaults: [(column: Int, value: String)]
    /// … and in complete records only.
    let completeDefaults: [(column: Int, value: String)]
    /// Fields without which no record makes sense, and those a complete record needs besides.
    let required: [RecordField]
    let completeRequired: [RecordField]

    private init(
        _ table: TableSchema, _ fields: [RecordField],
        defaults: [(column: Int, value: String)],
        completeDefaults: [(column: Int, value: String)] = [],
        required: [String], completeRequired: [String] = []
    ) {
        self.table = table
        self.fields = fields
        self.keys = KeyTable(fields.map(\.name))
        self.defaults = defaults
        self.completeDefaults = completeDefaults
        self.required = fields.filter { required.contains($0.name) }
        self.completeRequired = fields.filter { completeRequired.contains($0.name) }
    }

    /// The record kind of a table.
    static func of(_ table: TableSchema) throws(StoreError) -> RecordSchema {
        switch table.number {
        case Tables.spans.number: return spans
        case Tables.metrics.number: return metrics
        case Tables.scores.number: return scores
        case Tables.entities.number: return entities
        default: throw .unknown(what: "record kind", name: table.name)
        }
    }

    private static let string = FieldKind.string(bytesMax: Limits.stringBytesMax)
    private static let shortString = FieldKind.string(bytesMax: Limits.identifierBytesMax)

    private static let spans = RecordSchema(
        Tables.spans,
        [
            RecordField("trace_id", SpanColumn.traceID, .identifier),
            RecordField("span_id", SpanColumn.spanID, .identifier),
            RecordField("source", SpanColumn.source, string),
            RecordField("parent_span_id", SpanColumn.parentSpanID, .identifier),
            RecordField("start_time_unix_nano", SpanColumn.startTime, .nanoseconds),
            RecordField("start_time", SpanColumn.startTime, .timestamp),
            RecordField("end_time_unix_nano", SpanColumn.endTime, .nanoseconds),
            RecordField("end_time", SpanColumn.endTime, .timestamp),
            RecordField("name", SpanColumn.name, string),
            RecordField("kind", SpanColumn.kind, string),
            RecordField("status", SpanColumn.status, string),
            RecordField("status_message", SpanColumn.statusMessage, string),
            RecordField("project", SpanColumn.project, string),
            RecordField("service_name", SpanColumn.serviceName, string),
            RecordField("session_id", SpanColumn.sessionID, shortString),
            RecordField("user_id", SpanColumn.userID, string),
            RecordField("agent_name", SpanColumn.agentName, string),
            RecordField("model", SpanColumn.model, string),
            RecordField("provider", SpanColumn.provider, string),
            RecordField("tool_name", SpanColumn.toolName, string),
            RecordField("experiment", SpanColumn.experiment, string),
            RecordField("test_case_id", SpanColumn.testCaseID, string),
            RecordField("input_tokens", SpanColumn.inputTokens, .count),
            RecordField("output_tokens", SpanColumn.outputTokens, .count),
            RecordField("cached_tokens", SpanColumn.cachedTokens, .count),
            RecordField("cache_write_tokens", SpanColumn.cacheWriteTokens, .count),
            RecordField("reasoning_tokens", SpanColumn.reasoningTokens, .count),
            RecordField("total_tokens", SpanColumn.totalTokens, .count),
            RecordField("cost_usd", SpanColumn.cost, .money),
            RecordField("version", SpanColumn.version, .count),
            RecordField("input", SpanColumn.input, .text),
            RecordField("output", SpanColumn.output, .text),
            RecordField("attributes", SpanColumn.attributes, .attributes),
            RecordField("events", SpanColumn.events, .array),
            RecordField("links", SpanColumn.links, .array),
            RecordField("patch", SystemColumn.writeKind, .patch),
            RecordField("deleted", SystemColumn.writeKind, .deleted),
        ],
        defaults: [(SpanColumn.source, "native")],
        completeDefaults: [(SpanColumn.project, "default")],
        required: ["trace_id", "span_id"], completeRequired: ["start_time_unix_nano"])

    private static let metrics = RecordSchema(
        Tables.metrics,
        [
            RecordField("project", MetricColumn.project, string),
            RecordField("run_id", MetricColumn.runID, .stringOrInteger),
            RecordField("name", MetricColumn.name, string),
            RecordField("step", MetricColumn.step, .count),
            RecordField("time_unix_nano", MetricColumn.time, .nanoseconds),
            RecordField("time", MetricColumn.time, .timestamp),
            RecordField("value", MetricColumn.value, .metricValue),
        ],
        defaults: [(MetricColumn.project, "default")],
        required: ["run_id", "name", "step", "time_unix_nano", "value"])

    private static let scores = RecordSchema(
        Tables.scores,
        [
            RecordField("trace_id", ScoreColumn.traceID, .identifier),
            RecordField("span_id", ScoreColumn.spanID, .identifier),
            RecordField("session_id", ScoreColumn.sessionID, shortString),
            RecordField("name", ScoreColumn.name, string),
            RecordField("source", ScoreColumn.source, string),
            RecordField("value", ScoreColumn.value, .scoreValue),
            RecordField("comment", ScoreColumn.comment, .text),
            RecordField("time_unix_nano", ScoreColumn.time, .nanoseconds),
            RecordField("time", ScoreColumn.time, .timestamp),
        ],
        defaults: [(ScoreColumn.source, "native")],
        required: ["name"])

    private static let entities = RecordSchema(
        Tables.entities,
        [
            RecordField("kind", EntityColumn.kind, string),
            RecordField("project", EntityColumn.project, string),
            RecordField("name", EntityColumn.name, string),
            RecordField("body", EntityColumn.body, .object),
            RecordField("deleted", SystemColumn.writeKind, .deleted),
        ],
        defaults: [(EntityColumn.project, "default")],
        required: ["kind", "name"], completeRequired: ["body"])
}
