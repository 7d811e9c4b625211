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

/// Column numbers of `Tables.spans`.
package enum SpanColumn {
    package static let traceID = 3
    package static let spanID = 4
    package static let source = 5
    package static let parentSpanID = 6
    package static let startTime = 7
    package static let endTime = 8
    package static let name = 9
    package static let kind = 10
    package static let status = 11
    package static let statusMessage = 12
    package static let project = 13
    package static let serviceName = 14
    package static let sessionID = 15
    package static let userID = 16
    package static let agentName = 17
    package static let model = 18
    package static let provider = 19
    package static let toolName = 20
    package static let experiment = 21
    package static let testCaseID = 22
    package static let inputTokens = 23
    package static let outputTokens = 24
    package static let cachedTokens = 25
    package static let cacheWriteTokens = 26
    package static let reasoningTokens = 27
    package static let totalTokens = 28
    package static let cost = 29
    package static let version = 30
    package static let input = 31
    package static let output = 32
    package static let attributes = 33
    package static let events = 34
    package static let links = 35
    /// OTLP resource attributes, one JSON object per distinct resource.
    package static let resource = 36
    /// OTLP instrumentation scope, as JSON.
    package static let scope = 37
    package static let traceState = 38
    package static let flags = 39

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
