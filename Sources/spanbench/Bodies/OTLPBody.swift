// Spans as ExportTraceServiceRequest (opentelemetry-proto 1.9): one ResourceSpans for each project
// of the batch, as a collector groups them, attributes in the words of the GenAI conventions.

/// Writes OTLP trace requests.
struct OTLPBody {
    private let vocabulary: Vocabulary
    private let catalog: DataCatalog
    private let textBytesMax: Int
    private let attributeCount: Int?
    private var body = ProtobufBody()
    private var text: [UInt8] = []

    /// Input and output are cut after `textBytesMax` bytes. With an `attributeCount` each span has so
    /// many attributes, at most 17: fewer or more of those that no column holds, which come last.
    init(
        vocabulary: Vocabulary, catalog: DataCatalog, textBytesMax: Int = .max,
        attributeCount: Int? = nil
    ) {
        self.vocabulary = vocabulary
        self.catalog = catalog
        self.textBytesMax = textBytesMax
        self.attributeCount = attributeCount
    }

    /// A request of these spans.
    mutating func request(_ spans: [BenchSpan]) -> [UInt8] {
        body.removeAll()
        for project in catalog.projects.indices {
            let group = spans.filter { Int($0.project) == project }
            if !group.isEmpty { appendResource(UInt8(project), group) }
        }
        return body.bytes
    }

    private mutating func appendResource(_ project: UInt8, _ spans: [BenchSpan]) {
        var resource = ProtobufBody()
        resource.message(1) {
            Self.attribute(&$0, field: 1, "service.name", .string(SpanFields.service(project)))
            Self.attribute(&$0, field: 1, "service.version", .string("1.4.\(project)"))
            Self.attribute(&$0, field: 1, "telemetry.sdk.language", .string("python"))
            Self.attribute(
                &$0, field: 1, "gen_ai.project", .string(catalog.projects[Int(project)]))
        }
        resource.message(2) { scope in
            scope.message(1) { $0.string(1, "agent.instrumentation") }
            for span in spans { scope.message(2) { append(span, to: &$0) } }
        }
        body.blob(1, resource.bytes)
    }

    private mutating func append(_ span: BenchSpan, to out: inout ProtobufBody) {
        let operation = catalog.operations[Int(span.operation)]
        out.identifier(1, span.traceHigh, span.traceLow)
        out.identifier(2, span.spanID)
        if span.parentSpanID != 0 { out.identifier(4, span.parentSpanID) }
        out.string(5, operation.name)
        out.varint(6, 1)
        out.fixed64(7, UInt64(span.start))
        out.fixed64(8, UInt64(span.end))
        appendAttributes(span, operation, to: &out)
        out.message(15) {
            if let message = SpanFields.message(span) { $0.string(2, message) }
            $0.varint(3, span.status == .ok ? 1 : span.status == .error ? 2 : 0)
        }
    }

    private mutating func appendAttributes(
        _ span: BenchSpan, _ operation: Operation, to out: inout ProtobufBody
    ) {
        let named = names(span, operation) + usage(span)
        let kept = named.prefix(attributeCount.map { $0 - 2 } ?? named.count)
        for (key, value) in kept { Self.attribute(&out, field: 9, key, value) }
        for isOutput in [false, true] { appendText(span, isOutput, to: &out) }
        let rest = attributeCount.map { $0 - 2 - kept.count }
        SpanAttributes.forEach(seed: span.contentSeed, count: rest) { key, value in
            Self.attribute(&out, field: 9, key, value)
        }
    }

    private func names(
        _ span: BenchSpan, _ operation: Operation
    ) -> [(String, AttributeContent)] {
        var names = [
            ("openinference.span.kind", operation.kind.rawValue),
            ("gen_ai.operation.name", operation.kind.operationName),
            ("gen_ai.conversation.id", RecordText.session(span.session)),
            ("user.id", "user-\(span.user)"),
            ("gen_ai.agent.name", catalog.agents[Int(span.agent)]),
        ]
        if let tool = operation.tool { names.append(("gen_ai.tool.name", tool)) }
        if span.model >= 0 {
            names.append(("gen_ai.request.model", catalog.models[Int(span.model)].name))
            names.append(("gen_ai.system", catalog.models[Int(span.model)].provider))
        }
        if span.experiment >= 0 {
            names.append(("experiment.id", "experiment-\(span.experiment)"))
            names.append(("test_case.id", "case-\(span.testCase)"))
        }
        return names.map { ($0, .string($1)) }
    }

    private func usage(_ span: BenchSpan) -> [(String, AttributeContent)] {
        var usage: [(String, AttributeContent)] = []
        for (key, value) in [
            ("gen_ai.usage.input_tokens", span.inputTokens),
            ("gen_ai.usage.output_tokens", span.outputTokens),
            ("gen_ai.usage.cache_read.input_tokens", span.cachedTokens),
            ("gen_ai.usage.reasoning.output_tokens", span.reasoningTokens),
        ] where value >= 0 {
            usage.append((key, .integer(value)))
        }
        if span.cost >= 0 {
            usage.append(("gen_ai.usage.cost", .double(Double(span.cost) / 1e12)))
        }
        return usage
    }

    private mutating func appendText(
        _ span: BenchSpan, _ isOutput: Bool, to out: inout ProtobufBody
    ) {
        text.removeAll(keepingCapacity: true)
        vocabulary.appendText(
            seed: isOutput ? span.contentSeed : BenchRandom.mix(span.contentSeed),
            isOutput: isOutput, to: &text)
        let content = Array(text.prefix(textBytesMax))
        out.message(9) { attribute in
            attribute.string(1, isOutput ? "output.value" : "input.value")
            attribute.message(2) { $0.blob(1, content) }
        }
    }

    private static func attribute(
        _ out: inout ProtobufBody, field: UInt8, _ key: String, _ value: AttributeContent
    ) {
        out.message(field) { attribute in
            attribute.string(1, key)
            attribute.message(2) {
                switch value {
                case .string(let text): $0.string(1, text)
                case .bool(let flag): $0.explicitVarint(2, flag ? 1 : 0)
                case .integer(let number): $0.explicitVarint(3, UInt64(bitPattern: number))
                case .double(let number): $0.fixed64(4, number.bitPattern)
                }
            }
        }
    }
}
