// ExportTraceServiceRequest in OTLP/JSON: lowerCamelCase names, hexadecimal ids, enums as numbers
// (names are understood), 64-bit integers as strings or numbers, unknown fields ignored, null as
// absent. Spans that stand before their resource or scope are put aside until it is known.

import SpanColumns
import SpanModel

/// Walks a trace request.
struct OTLPJSONTraces: ~Copyable {
    private enum RequestField: String, CaseIterable { case resourceSpans }
    private enum ResourceSpansField: String, CaseIterable { case resource, scopeSpans }
    private enum ResourceField: String, CaseIterable { case attributes }
    private enum ScopeSpansField: String, CaseIterable { case scope, spans }
    private enum ScopeField: String, CaseIterable { case name, version, attributes }
    private enum StatusField: String, CaseIterable { case message, code }
    private enum SpanField: String, CaseIterable {
        case traceId, spanId, traceState, parentSpanId, name, kind, startTimeUnixNano
        case endTimeUnixNano, attributes, droppedAttributesCount, events, droppedEventsCount
        case links, droppedLinksCount, status, flags
    }
    private enum EventField: String, CaseIterable {
        case timeUnixNano, name, attributes, droppedAttributesCount
    }
    private enum LinkField: String, CaseIterable {
        case traceId, spanId, traceState, attributes, droppedAttributesCount, flags
    }

    private static let requestFields = JSONFields(RequestField.self)
    private static let resourceSpansFields = JSONFields(ResourceSpansField.self)
    private static let resourceFields = JSONFields(ResourceField.self)
    private static let scopeSpansFields = JSONFields(ScopeSpansField.self)
    private static let scopeFields = JSONFields(ScopeField.self)
    private static let spanFields = JSONFields(SpanField.self)
    private static let statusFields = JSONFields(StatusField.self)
    private static let eventFields = JSONFields(EventField.self)
    private static let linkFields = JSONFields(LinkField.self)

    private static let kindNames = [
        "SPAN_KIND_UNSPECIFIED", "SPAN_KIND_INTERNAL", "SPAN_KIND_SERVER", "SPAN_KIND_CLIENT",
        "SPAN_KIND_PRODUCER", "SPAN_KIND_CONSUMER",
    ]
    private static let statusNames = [
        "STATUS_CODE_UNSET", "STATUS_CODE_OK", "STATUS_CODE_ERROR",
    ]

    private var collector = BatchCollector(schema: Tables.spans)
    private var writer: SpanRowWriter
    private var scratch: [UInt8] = []

    init(ingestTime: Int64, source: String) {
        writer = SpanRowWriter(ingestTime: ingestTime, source: source)
    }

    /// The rows and refusals so far.
    consuming func finish() -> DecodedBody {
        writer.finish(&collector.builder)
        return collector.finish()
    }

    mutating func decode(_ body: UnsafeRawBufferPointer) throws(JSONError) {
        var cursor = JSONCursor(body)
        try cursor.enterObject()
        var isFirst = true
        while let key = try cursor.nextKey(&isFirst) {
            guard Self.requestFields.find(key) != nil else {
                try cursor.skipUnknown()
                continue
            }
            var items = try ArrayItems(&cursor)
            while try items.next(&cursor) { try decodeResourceSpans(&cursor) }
        }
        try cursor.finish()
    }

    // MARK: Resource and scope

    private mutating func decodeResourceSpans(_ cursor: inout JSONCursor) throws(JSONError) {
        writer.beginResource()
        var isKnown = false
        var waiting: [JSONCursor] = []
        try cursor.enterObject()
        var isFirst = true
        while let key = try cursor.nextKey(&isFirst) {
            switch Self.resourceSpansFields.find(key) {
            case .resource:
                try decodeResource(&cursor)
                writer.endResource()
                isKnown = true
            case .scopeSpans where isKnown: try decodeScopeSpansList(&cursor)
            case .scopeSpans:
                waiting.append(cursor)
                try cursor.skipUnknown()
            case nil: try cursor.skipUnknown()
            }
        }
        for index in waiting.indices { try decodeScopeSpansList(&waiting[index]) }
    }

    private mutating func decodeResource(_ cursor: inout JSONCursor) throws(JSONError) {
        if try cursor.takeNull() { return }
        try cursor.enterObject()
        var isFirst = true
        while let key = try cursor.nextKey(&isFirst) {
            guard Self.resourceFields.find(key) != nil else {
                try cursor.skipUnknown()
                continue
            }
            var items = try ArrayItems(&cursor)
            while try items.next(&cursor) {
                let (key, value) = try OTLPJSONValue.keyValue(
                    &cursor, &scratch, &writer.resourceArena)
                writer.resource.add(key, value)
            }
        }
    }

    private mutating func decodeScopeSpansList(_ cursor: inout JSONCursor) throws(JSONError) {
        var items = try ArrayItems(&cursor)
        while try items.next(&cursor) { try decodeScopeSpans(&cursor) }
    }

    private mutating func decodeScopeSpans(_ cursor: inout JSONCursor) throws(JSONError) {
        writer.scopeJSON = []
        var isKnown = false
        var waiting: [JSONCursor] = []
        try cursor.enterObject()
        var isFirst = true
        while let key = try cursor.nextKey(&isFirst) {
            switch Self.scopeSpansFields.find(key) {
            case .scope:
                writer.scopeJSON = try decodeScope(&cursor)
                isKnown = true
            case .spans where isKnown: try decodeSpans(&cursor)
            case .spans:
                waiting.append(cursor)
                try cursor.skipUnknown()
            case nil: try cursor.skipUnknown()
            }
        }
        for index in waiting.indices { try decodeSpans(&waiting[index]) }
    }

    private mutating func decodeScope(_ cursor: inout JSONCursor) throws(JSONError) -> [UInt8] {
        if try cursor.takeNull() { return [] }
        var scope = OTLPScope()
        // The scope's strings end up in its JSON, so the span's arena may hold them until then.
        writer.arena.reset()
        try cursor.enterObject()
        var isFirst = true
        while let key = try cursor.nextKey(&isFirst) {
            switch Self.scopeFields.find(key) {
            case .name: scope.name = try string(&cursor)
            case .version: scope.version = try string(&cursor)
            case .attributes:
                var items = try ArrayItems(&cursor)
                while try items.next(&cursor) {
                    try OTLPJSONValue.appendMember(&cursor, to: &scope.attributes)
                }
            case nil: try cursor.skipUnknown()
            }
        }
        return scope.json
    }

    // MARK: Spans

    private mutating func decodeSpans(_ cursor: inout JSONCursor) throws(JSONError) {
        writer.beginSpans(&collector.builder)
        var items = try ArrayItems(&cursor)
        while try items.next(&cursor) { try decodeSpan(&cursor) }
    }

    private mutating func decodeSpan(_ cursor: inout JSONCursor) throws(JSONError) {
        writer.beginSpan()
        try cursor.enterObject()
        var isFirst = true
        while let key = try cursor.nextKey(&isFirst) {
            guard let field = Self.spanFields.find(key) else {
                try cursor.skipUnknown()
                continue
            }
            try decodeSpanField(field, &cursor)
        }
        writer.endSpan(&collector)
    }

    private mutating func decodeSpanField(
        _ field: SpanField, _ cursor: inout JSONCursor
    ) throws(JSONError) {
        switch field {
        case .traceId: writer.span.traceID = try identifier(&cursor)
        case .spanId: writer.span.spanID = try identifier(&cursor)
        case .traceState: writer.span.traceState = try string(&cursor)
        case .parentSpanId: writer.span.parentSpanID = try identifier(&cursor)
        case .name: writer.span.name = try string(&cursor)
        case .kind: writer.span.kind = try cursor.enumeration(Self.kindNames)
        case .startTimeUnixNano: writer.span.startTime = try cursor.unsigned()
        case .endTimeUnixNano: writer.span.endTime = try cursor.unsigned()
        case .attributes:
            var items = try ArrayItems(&cursor)
            while try items.next(&cursor) {
                let (key, value) = try OTLPJSONValue.keyValue(&cursor, &scratch, &writer.arena)
                writer.attributes.add(key, value)
            }
        case .droppedAttributesCount: writer.span.droppedAttributes = try cursor.unsigned()
        case .events:
            var items = try ArrayItems(&cursor)
            while try items.next(&cursor) { try decodeEvent(&cursor) }
        case .droppedEventsCount: writer.span.droppedEvents = try cursor.unsigned()
        case .links:
            var items = try ArrayItems(&cursor)
            while try items.next(&cursor) { try decodeLink(&cursor) }
        case .droppedLinksCount: writer.span.droppedLinks = try cursor.unsigned()
        case .status: try decodeStatus(&cursor)
        case .flags: writer.span.flags = UInt32(truncatingIfNeeded: try cursor.unsigned())
        }
    }

    private mutating func decodeStatus(_ cursor: inout JSONCursor) throws(JSONError) {
        if try cursor.takeNull() { return }
        try cursor.enterObject()
        var isFirst = true
        while let key = try cursor.nextKey(&isFirst) {
            switch Self.statusFields.find(key) {
            case .message: writer.span.statusMessage = try string(&cursor)
            case .code: writer.span.statusCode = try cursor.enumeration(Self.statusNames)
            case nil: try cursor.skipUnknown()
            }
        }
    }

    private mutating func decodeEvent(_ cursor: inout JSONCursor) throws(JSONError) {
        var name = UnsafeRawBufferPointer(start: nil, count: 0)
        var time: UInt64 = 0
        var dropped: UInt64 = 0
        var attributes: [UInt8] = []
        try cursor.enterObject()
        var isFirst = true
        while let key = try cursor.nextKey(&isFirst) {
            switch Self.eventFields.find(key) {
            case .timeUnixNano: time = try cursor.unsigned()
            case .name: name = try string(&cursor)
            case .attributes: try decodeMembers(&cursor, to: &attributes)
            case .droppedAttributesCount: dropped = try cursor.unsigned()
            case nil: try cursor.skipUnknown()
            }
        }
        writer.details.addEvent(name: name, time: time, attributes: attributes, dropped: dropped)
    }

    private mutating func decodeLink(_ cursor: inout JSONCursor) throws(JSONError) {
        var traceID = UnsafeRawBufferPointer(start: nil, count: 0)
        var spanID = traceID
        var traceState = traceID
        var flags: UInt64 = 0
        var dropped: UInt64 = 0
        var attributes: [UInt8] = []
        try cursor.enterObject()
        var isFirst = true
        while let key = try cursor.nextKey(&isFirst) {
            switch Self.linkFields.find(key) {
            case .traceId: traceID = try identifier(&cursor)
            case .spanId: spanID = try identifier(&cursor)
            case .traceState: traceState = try string(&cursor)
            case .attributes: try decodeMembers(&cursor, to: &attributes)
            case .droppedAttributesCount: dropped = try cursor.unsigned()
            case .flags: flags = try cursor.unsigned()
            case nil: try cursor.skipUnknown()
            }
        }
        writer.details.addLink(
            traceID: traceID, spanID: spanID, traceState: traceState,
            flags: UInt32(truncatingIfNeeded: flags), attributes: attributes, dropped: dropped)
    }

    // MARK: Parts

    private func decodeMembers(
        _ cursor: inout JSONCursor, to out: inout [UInt8]
    ) throws(JSONError) {
        var items = try ArrayItems(&cursor)
        while try items.next(&cursor) { try OTLPJSONValue.appendMember(&cursor, to: &out) }
    }

    /// A string's text, kept until the next span.
    private mutating func string(
        _ cursor: inout JSONCursor
    ) throws(JSONError) -> UnsafeRawBufferPointer {
        if try cursor.takeNull() { return UnsafeRawBufferPointer(start: nil, count: 0) }
        return try OTLPJSONValue.text(try cursor.string(), &scratch, &writer.arena)
    }

    /// The bytes of a hexadecimal id; text that is none gives one byte, which is no id.
    private mutating func identifier(
        _ cursor: inout JSONCursor
    ) throws(JSONError) -> UnsafeRawBufferPointer {
        let text = try string(&cursor)
        return writer.arena.copy(Hex.decode(text) ?? [1])
    }
}
