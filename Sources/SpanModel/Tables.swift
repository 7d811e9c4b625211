// The four tables (design: "Tables"), each with the numbers of its columns. Numbers are on disk.

/// The tables of a store.
package enum Tables {
    /// All tables, by number.
    package static let all: [TableSchema] = [spans, metrics, scores, entities]

    /// The table with this name.
    package static func named(_ name: String) -> TableSchema? { all.first { $0.name == name } }

    /// The table with this number on disk.
    package static func numbered(_ number: UInt8) -> TableSchema? {
        all.first { $0.number == number }
    }

    static let systemColumns: [ColumnSchema] = [
        ColumnSchema("sequence", .int64), ColumnSchema("write_kind", .int64),
        ColumnSchema("ingest_time", .instant),
    ]

    /// Spans of traces; see `SpanColumn` for the column numbers.
    package static let spans = TableSchema(
        number: 1, name: "spans",
        columns: systemColumns + SpanColumn.schemas,
        identity: [SpanColumn.traceID, SpanColumn.spanID, SpanColumn.source],
        lookup: .hashed(leading: 1), version: SpanColumn.version,
        sortKey: [SpanColumn.project, SpanColumn.startTime], time: SpanColumn.startTime,
        isSplitByDay: true,
        interval: ColumnInterval(start: SpanColumn.startTime, end: SpanColumn.endTime),
        reference: ColumnReference(column: SpanColumn.parentSpanID, target: SpanColumn.spanID),
        lengths: Rollups.latencies, rollups: [Rollups.sessions, Rollups.costs])

    /// Points of run metrics; the client's time orders the writes of one step.
    package static let metrics = TableSchema(
        number: 2, name: "metrics",
        columns: systemColumns + MetricColumn.schemas,
        identity: [
            MetricColumn.project, MetricColumn.runID, MetricColumn.name, MetricColumn.step,
        ],
        lookup: .sorted, version: MetricColumn.time,
        sortKey: [
            MetricColumn.project, MetricColumn.runID, MetricColumn.name, MetricColumn.step,
            MetricColumn.time,
        ],
        time: nil, isSplitByDay: false, summed: MetricColumn.value, rollups: [Rollups.metrics])

    /// Scores of sessions, traces or spans.
    package static let scores = TableSchema(
        number: 3, name: "scores",
        columns: systemColumns + ScoreColumn.schemas,
        identity: [
            ScoreColumn.traceID, ScoreColumn.spanID, ScoreColumn.sessionID, ScoreColumn.name,
            ScoreColumn.source,
        ],
        lookup: .hashed(leading: 1), version: nil,
        sortKey: [ScoreColumn.sessionID, ScoreColumn.name], time: nil, isSplitByDay: false)

    /// JSON documents that exist apart from spans: experiments, datasets, runs.
    package static let entities = TableSchema(
        number: 4, name: "entities",
        columns: systemColumns + EntityColumn.schemas,
        identity: [EntityColumn.kind, EntityColumn.project, EntityColumn.name],
        lookup: .sorted, version: nil,
        sortKey: [EntityColumn.kind, EntityColumn.project, EntityColumn.name],
        time: nil, isSplitByDay: false)
}

/// Column numbers of `Tables.spans`. Decoders ask for some twenty a span, so they are constants in the code
/// that asks: public, because the compiler does not inline members of package types across modules.
public enum SpanColumn {
    @inlinable package static var traceID: Int { 3 }
    @inlinable package static var spanID: Int { 4 }
    @inlinable package static var source: Int { 5 }
    @inlinable package static var parentSpanID: Int { 6 }
    @inlinable package static var startTime: Int { 7 }
    @inlinable package static var endTime: Int { 8 }
    @inlinable package static var name: Int { 9 }
    @inlinable package static var kind: Int { 10 }
    @inlinable package static var status: Int { 11 }
    @inlinable package static var statusMessage: Int { 12 }
    @inlinable package static var project: Int { 13 }
    @inlinable package static var serviceName: Int { 14 }
    @inlinable package static var sessionID: Int { 15 }
    @inlinable package static var userID: Int { 16 }
    @inlinable package static var agentName: Int { 17 }
    @inlinable package static var model: Int { 18 }
    @inlinable package static var provider: Int { 19 }
    @inlinable package static var toolName: Int { 20 }
    @inlinable package static var experiment: Int { 21 }
    @inlinable package static var testCaseID: Int { 22 }
    @inlinable package static var inputTokens: Int { 23 }
    @inlinable package static var outputTokens: Int { 24 }
    @inlinable package static var cachedTokens: Int { 25 }
    @inlinable package static var cacheWriteTokens: Int { 26 }
    @inlinable package static var reasoningTokens: Int { 27 }
    @inlinable package static var totalTokens: Int { 28 }
    @inlinable package static var cost: Int { 29 }
    @inlinable package static var version: Int { 30 }
    @inlinable package static var input: Int { 31 }
    @inlinable package static var output: Int { 32 }
    @inlinable package static var attributes: Int { 33 }
    @inlinable package static var events: Int { 34 }
    @inlinable package static var links: Int { 35 }
    /// OTLP resource attributes, one JSON object per distinct resource.
    @inlinable package static var resource: Int { 36 }
    /// OTLP instrumentation scope, as JSON.
    @inlinable package static var scope: Int { 37 }
    @inlinable package static var traceState: Int { 38 }
    @inlinable package static var flags: Int { 39 }

    static let schemas: [ColumnSchema] = [
        ColumnSchema("trace_id", .identifier, required: true),
        ColumnSchema("span_id", .identifier, required: true),
        ColumnSchema("source", .string, required: true),
        ColumnSchema("parent_span_id", .identifier),
        ColumnSchema("start_time", .instant, required: true),
        ColumnSchema("end_time", .instant),
        ColumnSchema("name", .string),
        ColumnSchema("kind", .string),
        ColumnSchema("status", .string),
        ColumnSchema("status_message", .string),
        ColumnSchema("project", .string, required: true),
        ColumnSchema("service_name", .string),
        ColumnSchema("session_id", .string),
        ColumnSchema("user_id", .string),
        ColumnSchema("agent_name", .string),
        ColumnSchema("model", .string),
        ColumnSchema("provider", .string),
        ColumnSchema("tool_name", .string),
        ColumnSchema("experiment", .string),
        ColumnSchema("test_case_id", .string),
        ColumnSchema("input_tokens", .int64),
        ColumnSchema("output_tokens", .int64),
        ColumnSchema("cached_tokens", .int64),
        ColumnSchema("cache_write_tokens", .int64),
        ColumnSchema("reasoning_tokens", .int64),
        ColumnSchema("total_tokens", .int64),
        ColumnSchema("cost_usd", .money),
        ColumnSchema("version", .int64),
        ColumnSchema("input", .text, indexed: true),
        ColumnSchema("output", .text, indexed: true),
        ColumnSchema("attributes", .json, indexed: true),
        ColumnSchema("events", .json),
        ColumnSchema("links", .json),
        ColumnSchema("resource", .string),
        ColumnSchema("scope", .string),
        ColumnSchema("trace_state", .string),
        ColumnSchema("flags", .int64),
    ]
}

/// Column numbers of `Tables.metrics`.
package enum MetricColumn {
    package static let project = 3
    package static let runID = 4
    package static let name = 5
    package static let step = 6
    package static let time = 7
    package static let value = 8

    static let schemas: [ColumnSchema] = [
        ColumnSchema("project", .string, required: true),
        ColumnSchema("run_id", .string, required: true),
        ColumnSchema("name", .string, required: true),
        ColumnSchema("step", .int64, required: true),
        ColumnSchema("time", .instant, required: true),
        ColumnSchema("value", .float64, required: true),
    ]
}

/// Column numbers of `Tables.scores`. Exactly one of the three values is present.
package enum ScoreColumn {
    package static let traceID = 3
    package static let spanID = 4
    package static let sessionID = 5
    package static let name = 6
    package static let source = 7
    package static let value = 8
    package static let booleanValue = 9
    package static let stringValue = 10
    package static let comment = 11
    package static let time = 12

    static let schemas: [ColumnSchema] = [
        ColumnSchema("trace_id", .identifier),
        ColumnSchema("span_id", .identifier),
        ColumnSchema("session_id", .string),
        ColumnSchema("name", .string, required: true),
        ColumnSchema("source", .string, required: true),
        ColumnSchema("value", .float64),
        ColumnSchema("boolean_value", .bool),
        ColumnSchema("string_value", .string),
        ColumnSchema("comment", .text),
        ColumnSchema("time", .instant),
    ]
}

/// Column numbers of `Tables.entities`.
package enum EntityColumn {
    package static let kind = 3
    package static let project = 4
    package static let name = 5
    package static let body = 6

    static let schemas: [ColumnSchema] = [
        ColumnSchema("kind", .string, required: true),
        ColumnSchema("project", .string, required: true),
        ColumnSchema("name", .string, required: true),
        ColumnSchema("body", .json),
    ]
}
