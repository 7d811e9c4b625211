// Trace requests as values, with both wire forms written from the same value: what one decoder
// makes of it the other must make of it too.

import SpanModel

/// A trace request of one resource and one scope.
package struct OTLPSample: Sendable {
    /// An attribute value.
    package indirect enum Value: Sendable {
        case string(String)
        case bool(Bool)
        case integer(Int64)
        case double(Double)
        case array([Value])
        case object([(String, Value)])
        case bytes([UInt8])
        case empty
    }

    /// An attribute list.
    package typealias Attributes = [(String, Value)]

    /// A span event.
    package struct Event: Sendable {
        package var name: String
        package var time: UInt64
        package var attributes: Attributes = []

        package init(_ name: String, time: UInt64, _ attributes: Attributes = []) {
            self.name = name
            self.time = time
            self.attributes = attributes
        }
    }

    /// A span.
    package struct Span: Sendable {
        package var traceID: [UInt8] = Array(repeating: 0xAB, count: 16)
        package var spanID: [UInt8] = [0, 0, 0, 0, 0, 0, 0, 1]
        package var parentSpanID: [UInt8] = []
        package var traceState = ""
        package var name = "span"
        package var kind: UInt64 = 0
        package var start: UInt64 = 1_000
        package var end: UInt64 = 2_000
        package var attributes: Attributes = []
        package var droppedAttributes: UInt64 = 0
        package var events: [Event] = []
        package var linkedSpanIDs: [[UInt8]] = []
        package var statusCode: UInt64 = 0
        package var statusMessage = ""
        package var flags: UInt32 = 0

        package init(_ attributes: Attributes = []) { self.attributes = attributes }
    }

    package var resource: Attributes = []
    package var scopeName = ""
    package var scopeVersion = ""
    package var spans: [Span]

    package init(_ spans: [Span], resource: Attributes = []) {
        self.spans = spans
        self.resource = resource
    }

    // MARK: Protobuf

    /// The request in protobuf. `spansFirst` puts resource and scope behind the spans.
    package func protobuf(spansFirst: Bool = false) -> [UInt8] {
        var request = ProtobufWriter()
        request.message(1) { resourceSpans in
            if !spansFirst { writeResource(&resourceSpans) }
            resourceSpans.message(2) { scopeSpans in
                if !spansFirst { writeScope(&scopeSpans) }
                for span in spans { scopeSpans.message(2) { Self.write(span, &$0) } }
                if spansFirst { writeScope(&scopeSpans) }
            }
            if spansFirst { writeResource(&resourceSpans) }
        }
        return request.bytes
    }

    private func writeResource(_ out: inout ProtobufWriter) {
        out.message(1) { Self.write(resource, field: 1, &$0) }
    }

    private func writeScope(_ out: inout ProtobufWriter) {
        out.message(1) {
            $0.string(1, scopeName)
            $0.string(2, scopeVersion)
        }
    }

    private static func write(
        _ attributes: Attributes, field: UInt64, _ out: inout ProtobufWriter
    ) {
        for (key, value) in attributes {
            out.message(field) {
                $0.string(1, key)
                $0.message(2) { write(value, &$0) }
            }
        }
    }

    private static func write(_ value: Value, _ out: inout ProtobufWriter) {
        switch value {
        case .string(let text): out.string(1, text)
        case .bool(let flag): out.varint(2, flag ? 1 : 0)
        case .integer(let number): out.varint(3, UInt64(bitPattern: number))
        case .double(let number): out.fixed64(4, number.bitPattern)
        case .array(let items):
            out.message(5) { for item in items { $0.message(1) { write(item, &$0) } } }
        case .object(let members): out.message(6) { write(members, field: 1, &$0) }
        case .bytes(let bytes): out.data(7, bytes)
        case .empty: break
        }
    }

    private static func write(_ span: Span, _ out: inout ProtobufWriter) {
        out.data(1, span.traceID)
        out.data(2, span.spanID)
        out.string(3, span.traceState)
        out.data(4, span.parentSpanID)
        out.string(5, span.name)
        out.varint(6, span.kind)
        out.fixed64(7, span.start)
        out.fixed64(8, span.end)
        write(span.attributes, field: 9, &out)
        out.varint(10, span.droppedAttributes)
        for event in span.events {
            out.message(11) {
                $0.fixed64(1, event.time)
                $0.string(2, event.name)
                write(event.attributes, field: 3, &$0)
            }
        }
        for linked in span.linkedSpanIDs {
            out.message(13) {
                $0.data(1, span.traceID)
                $0.data(2, linked)
            }
        }
        out.message(15) {
            $0.string(2, span.statusMessage)
            $0.varint(3, span.statusCode)
        }
        out.fixed32(16, span.flags)
    }

    // MARK: JSON

    /// The request in OTLP/JSON. `spansFirst` puts resource and scope behind the spans.
    package func json(spansFirst: Bool = false) -> [UInt8] {
        let spanList = "\"spans\":[" + spans.map(Self.json).joined(separator: ",") + "]"
        let scope =
            "\"scope\":{\"name\":\(Self.quoted(scopeName)),\"version\":\(Self.quoted(scopeVersion))}"
        let scopeMembers = spansFirst ? [spanList, scope] : [scope, spanList]
        let scopeSpans = "\"scopeSpans\":[{\(scopeMembers.joined(separator: ","))}]"
        let resourceMember = "\"resource\":{\"attributes\":\(Self.json(resource))}"
        let members = spansFirst ? [scopeSpans, resourceMember] : [resourceMember, scopeSpans]
        return Array("{\"resourceSpans\":[{\(members.joined(separator: ", "))}]}\n".utf8)
    }

    private static func json(_ span: Span) -> String {
        let events = span.events.map {
            "{\"timeUnixNano\":\"\($0.time)\",\"name\":\(quoted($0.name)),"
                + "\"attributes\":\(json($0.attributes))}"
        }
        let links = span.linkedSpanIDs.map {
            "{\"traceId\":\"\(hex(span.traceID))\",\"spanId\":\"\(hex($0))\"}"
        }
        let members = [
            "\"traceId\":\"\(hex(span.traceID))\"", "\"spanId\":\"\(hex(span.spanID))\"",
            "\"traceState\":\(quoted(span.traceState))",
            "\"parentSpanId\":\"\(hex(span.parentSpanID))\"", "\"name\":\(quoted(span.name))",
            "\"kind\":\(span.kind)", "\"startTimeUnixNano\":\"\(span.start)\"",
            "\"endTimeUnixNano\":\(span.end)", "\"attributes\":\(json(span.attributes))",
            "\"droppedAttributesCount\":\(span.droppedAttributes)",
            "\"events\":[\(events.joined(separator: ","))]",
            "\"links\":[\(links.joined(separator: ","))]",
            "\"status\":{\"message\":\(quoted(span.statusMessage)),\"code\":\(span.statusCode)}",
            "\"flags\":\(span.flags)", "\"fieldOfTheFuture\":[{}]",
        ]
        return "{\(members.joined(separator: ","))}"
    }

    private static func json(_ attributes: Attributes) -> String {
        let items = attributes.map { "{\"key\":\(quoted($0)),\"value\":\(json($1))}" }
        return "[\(items.joined(separator: ","))]"
    }

    private static func json(_ value: Value) -> String {
        switch value {
        case .string(let text): return "{\"stringValue\":\(quoted(text))}"
        case .bool(let flag): return "{\"boolValue\":\(flag)}"
        case .integer(let number): return "{\"intValue\":\"\(number)\"}"
        case .double(let number):
            if number.isFinite { return "{\"doubleValue\":\(number)}" }
            let name = number.isNaN ? "NaN" : number < 0 ? "-Infinity" : "Infinity"
            return "{\"doubleValue\":\"\(name)\"}"
        case .array(let items):
            return "{\"arrayValue\":{\"values\":[\(items.map(json).joined(separator: ","))]}}"
        case .object(let members): return "{\"kvlistValue\":{\"values\":\(json(members))}}"
        case .bytes(let bytes): return "{\"bytesValue\":\"\(base64(bytes))\"}"
        case .empty: return "{}"
        }
    }

    private static func quoted(_ text: String) -> String {
        var out: [UInt8] = []
        JSONWriter.appendString(text, to: &out)
        return String(decoding: out, as: UTF8.self)
    }

    private static func hex(_ bytes: [UInt8]) -> String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    /// Bit by bit, so that it shares nothing with what it tests.
    private static func base64(_ bytes: [UInt8]) -> String {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
        var bits = bytes.map { byte in
            let digits = String(byte, radix: 2)
            return String(repeating: "0", count: 8 - digits.count) + digits
        }.joined()
        while bits.count % 6 != 0 { bits += "0" }
        var text = ""
        var rest = Substring(bits)
        while !rest.isEmpty {
            text.append(alphabet[Int(rest.prefix(6), radix: 2) ?? 0])
            rest = rest.dropFirst(6)
        }
        while text.count % 4 != 0 { text += "=" }
        return text
    }
}
