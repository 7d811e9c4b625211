// ExportTraceServiceRequest in protobuf: resource → scope → span. Fields may come in any order, but
// clients put a scope before its spans, so a body is read in one pass, as memory delivers it, and only
// one that is otherwise a second time, level by level. Case labels are tags: field number << 3 | wire
// type.

import SpanColumns
import SpanModel

/// Walks a trace request.
struct OTLPProtobufTraces: ~Copyable {
    /// Rows that columns may have room for before there are any.
    private static let expectedRowsMax = 4_096

    private var collector: BatchCollector
    private var writer: SpanRowWriter
    private var scratch: [UInt8] = []
    /// The end of the body, and of the last message behind which 32 bytes are readable: the start of a
    /// shorter body.
    private var bodyEnd = UnsafeRawPointer(("" as StaticString).utf8Start)
    private var paddedEnd = UnsafeRawPointer(("" as StaticString).utf8Start)
    /// Whether a scope is looked for behind its spans too.
    private var isCareful = false
    private let ingestTime: Int64
    private let source: String
    private let textCodec: BlockCodec

    init(ingestTime: Int64, source: String, textCodec: BlockCodec) {
        collector = BatchCollector(schema: Tables.spans, textCodec: textCodec)
        writer = SpanRowWriter(ingestTime: ingestTime, source: source)
        self.ingestTime = ingestTime
        self.source = source
        self.textCodec = textCodec
    }

    /// The rows and refusals so far.
    consuming func finish() -> DecodedBody {
        writer.finish(&collector.builder)
        return collector.finish()
    }

    /// Decodes a body in one pass, as long as each scope stands before its spans, where every client
    /// puts it; else, and to find the first error in the order of the levels, in the slower way that
    /// needs no order.
    mutating func decode(_ body: UnsafeRawBufferPointer) throws(WireError) {
        do throws(WireError) { try decodeRequest(body) } catch {
            self = OTLPProtobufTraces(ingestTime: ingestTime, source: source, textCodec: textCodec)
            isCareful = true
            try decodeRequest(body)
        }
    }

    private mutating func decodeRequest(_ body: UnsafeRawBufferPointer) throws(WireError) {
        if let start = body.baseAddress {
            bodyEnd = start + body.count
            paddedEnd = start + max(body.count - 32, 0)
            writer.paddedEnd = paddedEnd
        }
        var request = ProtobufCursor(body)
        while let tag = try request.nextTag() {
            switch tag {
            case 1 << 3 | 2: try decodeResourceSpans(try request.message())
            default: try request.skip(tag)
            }
        }
    }

    private mutating func decodeResourceSpans(_ message: ProtobufCursor) throws(WireError) {
        writer.beginResource()
        var first = message
        while let tag = try first.nextTag() {
            switch tag {
            case 1 << 3 | 2: try decodeResource(try first.message())
            default: try first.skip(tag)
            }
        }
        writer.endResource()
        var second = message
        while let tag = try second.nextTag() {
            switch tag {
            case 2 << 3 | 2: try decodeScopeSpans(try second.message())
            default: try second.skip(tag)
            }
        }
    }

    private mutating func decodeResource(_ message: ProtobufCursor) throws(WireError) {
        var cursor = message
        while let tag = try cursor.nextTag() {
            switch tag {
            case 1 << 3 | 2:
                let (key, value) = try OTLPProtobufValue.keyValue(
                    try cursor.message(), &scratch, &writer.resourceArena)
                writer.resource.add(key, value)
            default: try cursor.skip(tag)
            }
        }
    }

    private mutating func decodeScopeSpans(_ message: ProtobufCursor) throws(WireError) {
        if isCareful { return try decodeScopeSpansInAnyOrder(message) }
        var scope = OTLPScope()
        var hasSpans = false
        var cursor = message
        while let tag = try cursor.nextTag() {
            switch tag {
            case 1 << 3 | 2:
                if hasSpans { throw cursor.error(.lateScope) }
                try decodeScope(try cursor.message(), &scope)
            case 2 << 3 | 2:
                let span = try cursor.message()
                if !hasSpans { beginSpans(scope, of: message, first: span) }
                hasSpans = true
                try decodeSpan(span)
            default: try cursor.skip(tag)
            }
        }
    }

    private mutating func decodeScopeSpansInAnyOrder(
        _ message: ProtobufCursor
    ) throws(WireError) {
        var scope = OTLPScope()
        var first = message
        while let tag = try first.nextTag() {
            switch tag {
            case 1 << 3 | 2: try decodeScope(try first.message(), &scope)
            default: try first.skip(tag)
            }
        }
        beginSpans(scope, of: message, first: message)
        var second = message
        while let tag = try second.nextTag() {
            switch tag {
            case 2 << 3 | 2: try decodeSpan(try second.message())
            default: try second.skip(tag)
            }
        }
    }

    /// Begins the spans of a scope's message. About as many as the first fits into the rest of the body
    /// will come.
    private mutating func beginSpans(
        _ scope: OTLPScope, of message: ProtobufCursor, first span: ProtobufCursor
    ) {
        writer.scopeJSON = scope.json
        writer.beginSpans(&collector.builder)
        let count = (bodyEnd - message.next) / max(span.end - span.next, 1)
        collector.builder.expect(rows: min(count + count / 4 + 1, Self.expectedRowsMax))
        writer.expect(rows: count)
    }

    private mutating func decodeScope(
        _ message: ProtobufCursor, _ scope: inout OTLPScope
    ) throws(WireError) {
        var cursor = message
        while let tag = try cursor.nextTag() {
            switch tag {
            case 1 << 3 | 2: scope.name = try cursor.string()
            case 2 << 3 | 2: scope.version = try cursor.string()
            case 3 << 3 | 2:
                try OTLPProtobufValue.appendMember(try cursor.message(), to: &scope.attributes)
            default: try cursor.skip(tag)
            }
        }
    }

    private mutating func decodeSpan(_ message: ProtobufCursor) throws(WireError) {
        writer.beginSpan()
        var cursor = message
        try decodeUsual(&cursor)
        while let tag = try cursor.nextTag() {
            switch tag {
            case 1 << 3 | 2: writer.span.traceID = try cursor.data()
            case 2 << 3 | 2: writer.span.spanID = try cursor.data()
            case 3 << 3 | 2: writer.span.traceState = try cursor.string()
            case 4 << 3 | 2: writer.span.parentSpanID = try cursor.data()
            case 5 << 3 | 2: writer.span.name = try cursor.string()
            case 6 << 3: writer.span.kind = try cursor.varint()
            case 7 << 3 | 1: writer.span.startTime = try cursor.fixed64()
            case 8 << 3 | 1: writer.span.endTime = try cursor.fixed64()
            case 9 << 3 | 2: try decodeAttributes(&cursor)
            case 10 << 3: writer.span.droppedAttributes = try cursor.varint()
            case 11 << 3 | 2: try decodeEvent(try cursor.message())
            case 12 << 3: writer.span.droppedEvents = try cursor.varint()
            case 13 << 3 | 2: try decodeLink(try cursor.message())
            case 14 << 3: writer.span.droppedLinks = try cursor.varint()
            case 15 << 3 | 2: try decodeStatus(try cursor.message())
            case 16 << 3 | 5: writer.span.flags = try cursor.fixed32()
            default: try cursor.skip(tag)
            }
        }
        writer.endSpan(&collector)
    }

    /// Takes the fields that nearly every span has where they stand first and in order, as they mostly
    /// do.
    @inline(__always)
    private mutating func decodeUsual(_ cursor: inout ProtobufCursor) throws(WireError) {
        if let id = cursor.take(16 << 8 | 1 << 3 | 2, 16) { writer.span.traceID = id }
        if let id = cursor.take(8 << 8 | 2 << 3 | 2, 8) { writer.span.spanID = id }
        if let id = cursor.take(8 << 8 | 4 << 3 | 2, 8) { writer.span.parentSpanID = id }
        if cursor.take(5 << 3 | 2) { writer.span.name = try cursor.string() }
        if cursor.take(6 << 3) { writer.span.kind = try cursor.varint() }
        if cursor.take(7 << 3 | 1) { writer.span.startTime = try cursor.fixed64() }
        if cursor.take(8 << 3 | 1) { writer.span.endTime = try cursor.fixed64() }
        if cursor.take(9 << 3 | 2) { try decodeAttributes(&cursor) }
        if let status = cursor.peek(2 << 8 | 15 << 3 | 2, 2), status[0] == 3 << 3,
            status[1] < 0x80
        {
            writer.span.statusCode = UInt64(status[1])
            cursor.next += 4
        }
    }

    /// Decodes an attribute behind its tag, and those that follow at once.
    private mutating func decodeAttributes(_ cursor: inout ProtobufCursor) throws(WireError) {
        let limit = min(cursor.end, paddedEnd)
        repeat {
            let (place, isDone) = writer.attributes.addPlain(from: cursor.next, to: limit)
            cursor.next = place
            if isDone { return }
            let message = try cursor.message()
            let (key, value) = try OTLPProtobufValue.keyValue(message, &scratch, &writer.arena)
            writer.attributes.add(key, value)
        } while cursor.take(9 << 3 | 2)
    }

    private mutating func decodeStatus(_ message: ProtobufCursor) throws(WireError) {
        var cursor = message
        while let tag = try cursor.nextTag() {
            switch tag {
            case 2 << 3 | 2: writer.span.statusMessage = try cursor.string()
            case 3 << 3: writer.span.statusCode = try cursor.varint()
            default: try cursor.skip(tag)
            }
        }
    }

    private mutating func decodeEvent(_ message: ProtobufCursor) throws(WireError) {
        var name = UnsafeRawBufferPointer(start: nil, count: 0)
        var time: UInt64 = 0
        var dropped: UInt64 = 0
        scratch.removeAll(keepingCapacity: true)
        var cursor = message
        while let tag = try cursor.nextTag() {
            switch tag {
            case 1 << 3 | 1: time = try cursor.fixed64()
            case 2 << 3 | 2: name = try cursor.string()
            case 3 << 3 | 2:
                try OTLPProtobufValue.appendMember(try cursor.message(), to: &scratch)
            case 4 << 3: dropped = try cursor.varint()
            default: try cursor.skip(tag)
            }
        }
        writer.details.addEvent(name: name, time: time, attributes: scratch, dropped: dropped)
    }

    private mutating func decodeLink(_ message: ProtobufCursor) throws(WireError) {
        var traceID = UnsafeRawBufferPointer(start: nil, count: 0)
        var spanID = traceID
        var traceState = traceID
        var flags: UInt32 = 0
        var dropped: UInt64 = 0
        scratch.removeAll(keepingCapacity: true)
        var cursor = message
        while let tag = try cursor.nextTag() {
            switch tag {
            case 1 << 3 | 2: traceID = try cursor.data()
            case 2 << 3 | 2: spanID = try cursor.data()
            case 3 << 3 | 2: traceState = try cursor.string()
            case 4 << 3 | 2:
                try OTLPProtobufValue.appendMember(try cursor.message(), to: &scratch)
            case 5 << 3: dropped = try cursor.varint()
            case 6 << 3 | 5: flags = try cursor.fixed32()
            default: try cursor.skip(tag)
            }
        }
        writer.details.addLink(
            traceID: traceID, spanID: spanID, traceState: traceState, flags: flags,
            attributes: scratch, dropped: dropped)
    }
}
