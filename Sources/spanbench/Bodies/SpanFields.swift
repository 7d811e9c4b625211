// A span's fields under the names of contract §2, in one order, as NDJSON and CSV both write them.

/// One field of a record.
enum FieldContent {
    case absent
    case text(String)
    case integer(Int64)
    /// Picodollars.
    case money(Int64)
}

/// The short fields of a span: all but texts and attributes.
struct SpanFields {
    static let names = [
        "trace_id", "span_id", "parent_span_id", "start_time_unix_nano", "end_time_unix_nano",
        "name", "kind", "status", "status_message", "project", "service_name", "session_id",
        "user_id", "agent_name", "model", "provider", "tool_name", "experiment", "test_case_id",
        "input_tokens", "output_tokens", "cached_tokens", "reasoning_tokens", "cost_usd",
    ]

    let catalog: DataCatalog

    static let messages = [
        "rate limit reached", "context length exceeded", "tool call timed out",
        "upstream connection reset", "invalid arguments",
    ]

    /// The message of a failed span.
    static func message(_ span: BenchSpan) -> String? {
        span.status == .error ? messages[Int(span.contentSeed % 5)] : nil
    }

    /// The service of a project's spans.
    static func service(_ project: UInt8) -> String { "agents-\(project)" }

    /// Values in the order of `names`.
    func values(_ span: BenchSpan) -> [FieldContent] {
        let operation = catalog.operations[Int(span.operation)]
        let model = span.model < 0 ? nil : catalog.models[Int(span.model)]
        return [
            .text(Hexadecimal.text(span.traceHigh) + Hexadecimal.text(span.traceLow)),
            .text(Hexadecimal.text(span.spanID)),
            span.parentSpanID == 0 ? .absent : .text(Hexadecimal.text(span.parentSpanID)),
            .integer(span.start), .integer(span.end), .text(operation.name),
            .text(operation.kind.rawValue), .text(span.status.rawValue),
            Self.optional(Self.message(span)), .text(catalog.projects[Int(span.project)]),
            .text(Self.service(span.project)), .text(RecordText.session(span.session)),
            .text("user-\(span.user)"), .text(catalog.agents[Int(span.agent)]),
            Self.optional(model?.name), Self.optional(model?.provider),
            Self.optional(operation.tool),
            span.experiment < 0 ? .absent : .text("experiment-\(span.experiment)"),
            span.testCase < 0 ? .absent : .text("case-\(span.testCase)"),
            Self.count(span.inputTokens), Self.count(span.outputTokens),
            Self.count(span.cachedTokens), Self.count(span.reasoningTokens),
            span.cost < 0 ? .absent : .money(span.cost),
        ]
    }

    private static func optional(_ text: String?) -> FieldContent {
        text.map { .text($0) } ?? .absent
    }

    private static func count(_ value: Int64) -> FieldContent {
        value < 0 ? .absent : .integer(value)
    }
}
