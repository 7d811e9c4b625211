// How OTLP fields and attributes become columns. Each case goes through both wire forms.

import SpanColumns
import SpanModel
import SpanTesting
import SpanWire
import Testing

/// Decodes both wire forms, in both orders of their fields; all four must agree.
func decodeBoth(_ sample: OTLPSample, ingestTime: Int64 = 77) throws -> DecodedBody {
    let body = try decodeProtobuf(sample.protobuf(), ingestTime)
    for other in [
        try decodeProtobuf(sample.protobuf(spansFirst: true), ingestTime),
        try decodeJSON(sample.json(), ingestTime),
        try decodeJSON(sample.json(spansFirst: true), ingestTime),
    ] {
        #expect(other.rejections == body.rejections)
        #expect(try allColumns(other) == allColumns(body))
    }
    return body
}

func decodeProtobuf(_ bytes: [UInt8], _ ingestTime: Int64 = 77) throws -> DecodedBody {
    try bytes.withUnsafeBytes {
        try OTLPTraceDecoder.decodeProtobuf($0, ingestTime: ingestTime)
    }
}

func decodeJSON(_ bytes: [UInt8], _ ingestTime: Int64 = 77) throws -> DecodedBody {
    try bytes.withUnsafeBytes { try OTLPTraceDecoder.decodeJSON($0, ingestTime: ingestTime) }
}

/// One span's column as JSON.
private func column(
    _ name: String, _ attributes: OTLPSample.Attributes, resource: OTLPSample.Attributes = []
) throws -> String {
    let body = try decodeBoth(OTLPSample([OTLPSample.Span(attributes)], resource: resource))
    let line = try #require(try lines(body, [name]).first)
    return String(line.dropFirst(name.utf8.count + 4).dropLast())
}

@Suite struct OTLPMappingTests {
    @Test func everyFieldHasItsPlace() throws {
        var span = OTLPSample.Span([
            ("gen_ai.request.model", .string("m")), ("n", .integer(-5)), ("d", .double(2)),
            ("nan", .double(.nan)), ("b", .bool(true)), ("none", .empty),
            ("list", .array([.integer(1), .string("x\n"), .array([])])),
            ("map", .object([("k", .double(0.5)), ("e", .object([]))])),
            ("raw", .bytes([0, 255, 7, 8])),
        ])
        span.parentSpanID = [0, 0, 0, 0, 0, 0, 0, 2]
        span.traceState = "a=b"
        span.name = "chat \"x\""
        span.kind = 3
        span.statusCode = 2
        span.statusMessage = "boom"
        span.flags = 0x101
        span.droppedAttributes = 4
        span.events = [
            OTLPSample.Event("first", time: 1_500, [("k", .string("v"))]),
            OTLPSample.Event("second", time: 1_600),
        ]
        span.linkedSpanIDs = [[9, 9, 9, 9, 9, 9, 9, 9]]
        var sample = OTLPSample(
            [span], resource: [("service.name", .string("api")), ("host", .string("h"))])
        sample.scopeName = "lib"
        sample.scopeVersion = "1"
        let body = try decodeBoth(sample)
        let trace = String(repeating: "ab", count: 16)
        #expect(
            try lines(
                body,
                [
                    "trace_id", "span_id", "source", "parent_span_id", "start_time", "end_time",
                    "name", "kind", "status", "status_message", "project", "service_name", "model",
                    "attributes", "events", "links", "resource", "scope", "trace_state", "flags",
                ]) == [
                    #"{"trace_id":"\#(trace)","span_id":"0000000000000001","source":"otlp","#
                        + #""parent_span_id":"0000000000000002","#
                        + #""start_time":"1970-01-01T00:00:00.000001000Z","#
                        + #""end_time":"1970-01-01T00:00:00.000002000Z","#
                        + #""name":"chat \"x\"","kind":"client","status":"error","#
                        + #""status_message":"boom","project":"default","service_name":"api","#
                        + #""model":"m","attributes":{"gen_ai.request.model":"m","n":-5,"#
                        + #""d":2.0,"nan":"NaN","b":true,"none":null,"list":[1,"x\n",[]],"#
                        + #""map":{"k":0.5,"e":{}},"raw":{"bytes":"AP8HCA=="},"#
                        + #""otel.dropped_attributes_count":4},"#
                        + #""events":[{"name":"first","time_unix_nano":1500,"attributes":{"k":"v"}},"#
                        + #"{"name":"second","time_unix_nano":1600}],"#
                        + #""links":[{"trace_id":"\#(trace)","span_id":"0909090909090909"}],"#
                        + #""resource":"{\"service.name\":\"api\",\"host\":\"h\"}","#
                        + #""scope":"{\"name\":\"lib\",\"version\":\"1\"}","#
                        + #""trace_state":"a=b","flags":257}"#
                ])
    }

    @Test func timesNotGiven() throws {
        var span = OTLPSample.Span()
        span.start = 0
        span.end = 0
        #expect(
            try lines(decodeBoth(OTLPSample([span])), ["start_time", "end_time"]) == [
                #"{"start_time":"1970-01-01T00:00:00.000000077Z","end_time":null}"#
            ])
    }

    @Test(arguments: [
        (0, "", "unset"), (1, "", "ok"), (2, "", "error"), (0, "canceled", "cancelled"),
        (2, "Cancelled", "cancelled"), (1, "STATUS_CODE_ERROR", "error"), (1, "200", "ok"),
    ])
    func status(_ code: Int, _ word: String, _ expected: String) throws {
        var span = OTLPSample.Span([("status", .string(word))])
        span.statusCode = UInt64(code)
        #expect(
            try lines(decodeBoth(OTLPSample([span])), ["status"]) == [#"{"status":"\#(expected)"}"#]
        )
    }

    @Test func sessionByPriority() throws {
        let conversation = ("gen_ai.conversation.id", OTLPSample.Value.string("c1"))
        let session = ("session.id", OTLPSample.Value.string("s1"))
        #expect(try column("session_id", [session, conversation]) == #""c1""#)
        #expect(try column("session_id", [conversation, session]) == #""c1""#)
        #expect(try column("session_id", [session]) == #""s1""#)
        #expect(
            try column("session_id", [("session.id", .string("")), ("thread_id", .integer(7))])
                == #""7""#)
        #expect(try column("session_id", []) == "null")
        let long = String(repeating: "s", count: 129)
        #expect(try column("session_id", [("session.id", .string(long))]) == "null")
    }

    @Test func aliasesByPriority() throws {
        let both: OTLPSample.Attributes = [
            ("llm.model_name", .string("b")), ("gen_ai.request.model", .string("a")),
        ]
        #expect(try column("model", both) == #""a""#)
        #expect(
            try column("attributes", both)
                == #"{"llm.model_name":"b","gen_ai.request.model":"a"}"#)
    }

    @Test func theSpanWinsOverItsResource() throws {
        let resource: OTLPSample.Attributes = [("project.name", .string("p1"))]
        #expect(
            try column("project", [("project.name", .string("p2"))], resource: resource)
                == #""p2""#)
        #expect(try column("project", [], resource: resource) == #""p1""#)
        #expect(
            try column(
                "project", [], resource: [("openinference.project.name", .string("oi"))])
                == #""oi""#)
        #expect(try column("project", []) == #""default""#)
    }

    @Test(arguments: [
        ("gen_ai.usage.input_tokens", "input_tokens"), ("llm.token_count.prompt", "input_tokens"),
        ("gen_ai.usage.prompt_tokens", "input_tokens"),
        ("llm.token_count.completion", "output_tokens"),
        ("gen_ai.usage.cache_read.input_tokens", "cached_tokens"),
        ("gen_ai.usage.cache_creation.input_tokens", "cache_write_tokens"),
        ("llm.token_count.completion_details.reasoning", "reasoning_tokens"),
        ("llm.usage.total_tokens", "total_tokens"),
    ])
    func tokens(_ key: String, _ name: String) throws {
        #expect(try column(name, [(key, .integer(0))]) == "0")
        #expect(try column(name, [(key, .double(12))]) == "12")
        #expect(try column(name, [(key, .string("12"))]) == "12")
        #expect(try column(name, [(key, .integer(-1))]) == "null")
        #expect(try column(name, [(key, .double(0.5))]) == "null")
        #expect(try column(name, [(key, .string("many"))]) == "null")
    }

    @Test func costIsExact() throws {
        #expect(try column("cost_usd", [("llm.cost.total", .double(0.0014))]) == "0.0014")
        #expect(try column("cost_usd", [("gen_ai.usage.cost", .string("0.10"))]) == "0.1")
        #expect(try column("cost_usd", [("gen_ai.usage.cost", .double(0.1 + 0.2))]) == "0.3")
        #expect(
            try column(
                "cost_usd",
                [("llm.cost.prompt", .double(0.1)), ("llm.cost.completion", .double(0.2))])
                == "0.3")
        #expect(
            try column(
                "cost_usd", [("llm.cost.prompt", .double(5)), ("llm.cost.total", .double(1))])
                == "1")
        #expect(try column("cost_usd", [("llm.cost.total", .double(.nan))]) == "null")
    }

    @Test func langfuseDetails() throws {
        let attributes: OTLPSample.Attributes = [
            (
                "langfuse.observation.usage_details",
                .string(#"{"input": 10, "output": 5, "total": 15, "input_cached_tokens": 3}"#)
            ),
            ("langfuse.observation.cost_details", .string(#"{"input": 0.1, "output": 0.2}"#)),
            ("gen_ai.usage.output_tokens", .integer(6)),
        ]
        #expect(try column("input_tokens", attributes) == "10")
        #expect(try column("output_tokens", attributes) == "6")
        #expect(try column("cached_tokens", attributes) == "3")
        #expect(try column("total_tokens", attributes) == "15")
        #expect(try column("cost_usd", attributes) == "0.3")
        #expect(
            try column("input_tokens", [("langfuse.observation.usage_details", .string("{\"a"))])
                == "null")
    }

    @Test(arguments: [
        ("chat", "LLM"), ("generate_content", "LLM"), ("execute_tool", "TOOL"),
        ("invoke_agent", "AGENT"), ("embeddings", "EMBEDDING"), ("retrieval", "RETRIEVER"),
    ])
    func kindOfOperations(_ operation: String, _ kind: String) throws {
        let named: OTLPSample.Attributes = [("gen_ai.operation.name", .string(operation))]
        #expect(try column("kind", named) == #""\#(kind)""#)
        #expect(
            try column("kind", named + [("openinference.span.kind", .string("CHAIN"))])
                == #""CHAIN""#)
    }

    @Test(arguments: [
        ("langfuse.observation.type", "generation", "LLM"),
        ("langfuse.observation.type", "agent", "agent"), ("traceloop.span.kind", "task", "task"),
    ])
    func kindOfOtherConventions(_ key: String, _ word: String, _ kind: String) throws {
        #expect(try column("kind", [(key, .string(word))]) == #""\#(kind)""#)
    }

    @Test func theOtherKindIsKept() throws {
        var span = OTLPSample.Span([("openinference.span.kind", .string("LLM"))])
        span.kind = 3
        #expect(
            try lines(decodeBoth(OTLPSample([span])), ["kind", "attributes"]) == [
                #"{"kind":"LLM","attributes":{"openinference.span.kind":"LLM","otel.kind":"client"}}"#
            ])
    }

    @Test func inputAndOutputLeaveTheAttributes() throws {
        let attributes: OTLPSample.Attributes = [
            ("input.value", .string("question")), ("k", .integer(1)),
            ("gen_ai.output.messages", .array([.object([("role", .string("assistant"))])])),
        ]
        #expect(try column("input", attributes) == #""question""#)
        #expect(try column("output", attributes) == #""[{\"role\":\"assistant\"}]""#)
        #expect(
            try column("attributes", attributes)
                == #"{"k":1,"otel.input_key":"input.value","otel.output_key":"gen_ai.output.messages"}"#
        )
    }

    @Test func flattenedMessagesAreAssembledFirst() throws {
        let attributes: OTLPSample.Attributes = [
            ("input.value", .string("question")),
            ("llm.input_messages.10.message.content", .string("last")),
            ("llm.input_messages.0.message.role", .string("user")),
            ("llm.input_messages.0.message.content", .string("hi")),
            (
                "llm.input_messages.1.message.tool_calls.0.tool_call.function.name",
                .string("search")
            ),
        ]
        #expect(
            try column("input", attributes)
                == #""{\"messages\":[{\"role\":\"user\",\"content\":\"hi\"},"#
                + #"{\"tool_calls\":[{\"function\":{\"name\":\"search\"}}]},"#
                + #"{\"content\":\"last\"}]}""#)
        #expect(
            try column("attributes", attributes)
                == #"{"input.value":"question","otel.input_key":"llm.input_messages"}"#)
        #expect(
            try column("output", [("gen_ai.completion.0.content", .string("yes"))])
                == #""{\"messages\":[{\"content\":\"yes\"}]}""#)
    }

    @Test func contradictoryMessagesStayAttributes() throws {
        let attributes: OTLPSample.Attributes = [
            ("llm.input_messages.0.message.content", .string("text")),
            ("llm.input_messages.0.message.content.0.text", .string("part")),
            ("input.value", .string("question")),
        ]
        #expect(try column("input", attributes) == #""question""#)
        #expect(
            try column("attributes", attributes).contains("llm.input_messages.0.message.content"))
    }

    @Test func ofEqualKeysTheLastCounts() throws {
        let attributes: OTLPSample.Attributes = [
            ("k", .integer(1)), ("session.id", .string("a")), ("k", .integer(2)),
            ("session.id", .string("b")),
        ]
        #expect(try column("attributes", attributes) == #"{"k":2,"session.id":"b"}"#)
        #expect(try column("session_id", attributes) == #""b""#)
    }

    @Test func badSpansAreRefusedByName() throws {
        var noTrace = OTLPSample.Span()
        noTrace.traceID = []
        var zeroID = OTLPSample.Span()
        zeroID.spanID = Array(repeating: 0, count: 8)
        zeroID.name = "zero"
        var shortParent = OTLPSample.Span()
        shortParent.parentSpanID = [1, 2]
        var zeroParent = OTLPSample.Span()
        zeroParent.parentSpanID = Array(repeating: 0, count: 8)
        var late = OTLPSample.Span()
        late.start = .max
        let longKey = OTLPSample.Span([(String(repeating: "k", count: 257), .integer(1))])
        let body = try decodeBoth(
            OTLPSample([noTrace, zeroID, shortParent, zeroParent, late, longKey]))
        #expect(body.acceptedCount == 1)
        #expect(try lines(body, ["parent_span_id"]) == [#"{"parent_span_id":null}"#])
        #expect(
            body.rejections == [
                Rejection(
                    line: 1,
                    error:
                        #"span 0000000000000001 "span": trace_id: must be 16 bytes and not all zero"#
                ),
                Rejection(
                    line: 2,
                    error:
                        #"span 0000000000000000 "zero": span_id: must be 8 bytes and not all zero"#
                ),
                Rejection(
                    line: 3,
                    error: #"span 0000000000000001 "span": parent_span_id: must be 8 bytes"#),
                Rejection(
                    line: 5,
                    error:
                        #"span 0000000000000001 "span": start_time_unix_nano: is beyond the year 2262"#
                ),
                Rejection(
                    line: 6,
                    error:
                        #"span 0000000000000001 "span": attributes: has a key longer than 256 bytes"#
                ),
            ])
    }
}
