// The neutral form of an OTLP span between its two wire forms and the columns, so that protobuf
// and JSON of the same span give the same row.

import SpanModel

/// A span's own fields; bytes lie in the body or in an arena.
struct OTLPSpan {
    var traceID = UnsafeRawBufferPointer(start: nil, count: 0)
    var spanID = UnsafeRawBufferPointer(start: nil, count: 0)
    var parentSpanID = UnsafeRawBufferPointer(start: nil, count: 0)
    var traceState = UnsafeRawBufferPointer(start: nil, count: 0)
    var name = UnsafeRawBufferPointer(start: nil, count: 0)
    var statusMessage = UnsafeRawBufferPointer(start: nil, count: 0)
    var kind: UInt64 = 0
    var statusCode: UInt64 = 0
    /// Nanoseconds since the epoch; 0: not given.
    var startTime: UInt64 = 0
    var endTime: UInt64 = 0
    var flags: UInt32 = 0
    var droppedAttributes: UInt64 = 0
    var droppedEvents: UInt64 = 0
    var droppedLinks: UInt64 = 0
}

/// JSON arrays of a span's events and links, built while they are decoded.
struct OTLPDetails {
    /// Empty, or `[{…},…` without the closing bracket.
    private(set) var events: [UInt8] = []
    private(set) var links: [UInt8] = []

    var isEmpty: Bool {
        @inline(__always) get { events.isEmpty && links.isEmpty }
    }

    @inline(__always)
    mutating func reset() {
        if isEmpty { return }
        events.removeAll(keepingCapacity: true)
        links.removeAll(keepingCapacity: true)
    }

    /// Adds `{name,time_unix_nano,attributes}`; `attributes` is empty or `{…` without its brace.
    mutating func addEvent(
        name: UnsafeRawBufferPointer, time: UInt64, attributes: [UInt8], dropped: UInt64
    ) {
        events.append(UInt8(ascii: events.isEmpty ? "[" : ","))
        events.append(contentsOf: "{\"name\":".utf8)
        JSONWriter.appendString(name, to: &events)
        events.append(contentsOf: ",\"time_unix_nano\":".utf8)
        events.append(contentsOf: String(time).utf8)
        Self.endItem(attributes, dropped, to: &events)
    }

    /// Adds `{trace_id,span_id,attributes}`.
    mutating func addLink(
        traceID: UnsafeRawBufferPointer, spanID: UnsafeRawBufferPointer,
        traceState: UnsafeRawBufferPointer, flags: UInt32, attributes: [UInt8], dropped: UInt64
    ) {
        links.append(UInt8(ascii: links.isEmpty ? "[" : ","))
        links.append(contentsOf: "{\"trace_id\":\"".utf8)
        Hex.append(traceID, to: &links)
        links.append(contentsOf: "\",\"span_id\":\"".utf8)
        Hex.append(spanID, to: &links)
        links.append(UInt8(ascii: "\""))
        if traceState.count > 0 {
            links.append(contentsOf: ",\"trace_state\":".utf8)
            JSONWriter.appendString(traceState, to: &links)
        }
        if flags != 0 { links.append(contentsOf: ",\"flags\":\(flags)".utf8) }
        Self.endItem(attributes, dropped, to: &links)
    }

    private static func endItem(_ attributes: [UInt8], _ dropped: UInt64, to out: inout [UInt8]) {
        if !attributes.isEmpty {
            out.append(contentsOf: ",\"attributes\":".utf8)
            out.append(contentsOf: attributes)
            out.append(UInt8(ascii: "}"))
        }
        if dropped > 0 {
            out.append(contentsOf: ",\"dropped_attributes_count\":\(dropped)".utf8)
        }
        out.append(UInt8(ascii: "}"))
    }
}

/// JSON objects that are built member by member: `{"key":value,…` until `}` is appended.
enum JSONMembers {
    /// Appends the brace or comma, the key and its colon.
    static func appendKey(_ key: UnsafeRawBufferPointer, to out: inout [UInt8]) {
        out.append(UInt8(ascii: out.isEmpty ? "{" : ","))
        JSONWriter.appendString(key, to: &out)
        out.append(UInt8(ascii: ":"))
    }

    /// Appends the brace or comma, the key and its colon.
    static func appendKey(_ key: StaticString, to out: inout [UInt8]) {
        appendKey(
            UnsafeRawBufferPointer(start: key.utf8Start, count: key.utf8CodeUnitCount), to: &out)
    }
}
