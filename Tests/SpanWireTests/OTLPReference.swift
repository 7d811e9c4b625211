// Protobuf read the slow and plain way, into lists of fields, and written as OTLP/JSON: what the fast
// decoder makes of a body must be what the JSON decoder makes of this text. A body that the rules of
// schemas/otlp-mapping.md refuse as a whole gives `Malformed`.

import SpanModel

/// A body that is no trace request.
struct Malformed: Error {}

/// A field of a message.
private enum WireValue {
    case varint(UInt64)
    case fixed64(UInt64)
    case fixed32(UInt64)
    case bytes([UInt8])
}

/// The reference decoder.
enum OTLPReference {
    /// The request as OTLP/JSON.
    static func json(_ body: [UInt8]) throws -> String {
        let resources = try messages(try fields(body), 1).map { message -> String in
            let parts = try fields(message)
            let attributes = try messages(parts, 1).flatMap { try keyValues(try fields($0), 1) }
            let scopes = try messages(parts, 2).map(scopeSpans)
            let resource = object([("attributes", list(attributes))])
            return object([("resource", resource), ("scopeSpans", list(scopes))])
        }
        return "{\"resourceSpans\":\(list(resources))}"
    }

    private static func scopeSpans(_ message: [UInt8]) throws -> String {
        let parts = try fields(message)
        let scopes = try messages(parts, 1).flatMap(fields)
        let scope = object([
            ("name", try text(scopes, 1)), ("version", try text(scopes, 2)),
            ("attributes", list(try keyValues(scopes, 3))),
        ])
        let spans = try messages(parts, 2).map { try span(try fields($0)) }
        return object([("scope", scope), ("spans", list(spans))])
    }

    private static func span(_ parts: [(UInt64, WireValue)]) throws -> String {
        let events = try messages(parts, 11).map { message -> String in
            let event = try fields(message)
            return object([
                ("timeUnixNano", fixed(event, 1)), ("name", try text(event, 2)),
                ("attributes", list(try keyValues(event, 3))),
                ("droppedAttributesCount", varint(event, 4)),
            ])
        }
        let links = try messages(parts, 13).map { message -> String in
            let link = try fields(message)
            return object([
                ("traceId", hex(link, 1)), ("spanId", hex(link, 2)),
                ("traceState", try text(link, 3)), ("attributes", list(try keyValues(link, 4))),
                ("droppedAttributesCount", varint(link, 5)), ("flags", fixed(link, 6)),
            ])
        }
        let status = try messages(parts, 15).flatMap(fields)
        return object([
            ("traceId", hex(parts, 1)), ("spanId", hex(parts, 2)),
            ("traceState", try text(parts, 3)), ("parentSpanId", hex(parts, 4)),
            ("name", try text(parts, 5)), ("kind", number(parts, 6)),
            ("startTimeUnixNano", fixed(parts, 7)), ("endTimeUnixNano", fixed(parts, 8)),
            ("attributes", list(try keyValues(parts, 9))),
            ("droppedAttributesCount", varint(parts, 10)), ("events", list(events)),
            ("droppedEventsCount", varint(parts, 12)), ("links", list(links)),
            ("droppedLinksCount", varint(parts, 14)),
            ("status", object([("message", try text(status, 2)), ("code", number(status, 3))])),
            ("flags", fixed(parts, 16)),
        ])
    }

    // MARK: Values

    private static func keyValues(
        _ parts: [(UInt64, WireValue)], _ number: UInt64
    ) throws -> [String] {
        try messages(parts, number).map { try keyValue($0, depth: 1, checksEveryValue: true) }
    }

    /// `checksEveryValue`: a value that a later one replaces must be well formed all the same.
    private static func keyValue(
        _ message: [UInt8], depth: Int, checksEveryValue: Bool = false
    ) throws -> String {
        let parts = try fields(message)
        let values = try messages(parts, 2)
        let checked = checksEveryValue ? values[...] : values.suffix(1)
        let json = try checked.map { try value($0, depth: depth) }.last ?? "{}"
        return object([("key", try text(parts, 1)), ("value", json)])
    }

    private static func value(_ message: [UInt8], depth: Int) throws -> String {
        var json = "{}"
        for (number, field) in try fields(message) {
            switch (number, field) {
            case (1, .bytes(let bytes)): json = "{\"stringValue\":\(try quoted(bytes))}"
            case (2, .varint(let flag)): json = "{\"boolValue\":\(flag != 0)}"
            case (3, .varint(let word)): json = "{\"intValue\":\"\(Int64(bitPattern: word))\"}"
            case (4, .fixed64(let bits)):
                let double = Double(bitPattern: bits)
                let name = double.isNaN ? "NaN" : double < 0 ? "-Infinity" : "Infinity"
                json = "{\"doubleValue\":\(double.isFinite ? "\(double)" : "\"\(name)\"")}"
            case (5, .bytes(let bytes)), (6, .bytes(let bytes)), (7, .bytes(let bytes)):
                guard depth < Limits.nestingDepthMax else { throw Malformed() }
                if number == 7 {
                    json = "{\"bytesValue\":\"\(base64(bytes))\"}"
                    continue
                }
                let items = try messages(try fields(bytes), 1).map {
                    number == 5
                        ? try value($0, depth: depth + 1) : try keyValue($0, depth: depth + 1)
                }
                let name = number == 5 ? "arrayValue" : "kvlistValue"
                json = "{\"\(name)\":{\"values\":\(list(items))}}"
            default: break
            }
        }
        return json
    }

    // MARK: Fields

    private static func fields(_ message: [UInt8]) throws -> [(UInt64, WireValue)] {
        var rest = message[...]
        var found: [(UInt64, WireValue)] = []
        while !rest.isEmpty {
            let tag = try varint(&rest)
            guard tag >= 8, tag <= UInt64(UInt32.max) else { throw Malformed() }
            switch tag & 7 {
            case 0: found.append((tag >> 3, .varint(try varint(&rest))))
            case 1: found.append((tag >> 3, .fixed64(try little(&rest, 8))))
            case 5: found.append((tag >> 3, .fixed32(try little(&rest, 4))))
            case 2:
                let length = try varint(&rest)
                guard length <= UInt64(rest.count) else { throw Malformed() }
                found.append((tag >> 3, .bytes(Array(rest.prefix(Int(length))))))
                rest = rest.dropFirst(Int(length))
            default: throw Malformed()
            }
        }
        return found
    }

    private static func varint(_ rest: inout ArraySlice<UInt8>) throws -> UInt64 {
        var value: UInt64 = 0
        for index in 0..<10 {
            guard let byte = rest.popFirst() else { throw Malformed() }
            if index == 9, byte > 1 { throw Malformed() }
            value |= UInt64(byte & 0x7F) << UInt64(7 * index)
            if byte < 0x80 { return value }
        }
        throw Malformed()
    }

    private static func little(_ rest: inout ArraySlice<UInt8>, _ count: Int) throws -> UInt64 {
        guard rest.count >= count else { throw Malformed() }
        defer { rest = rest.dropFirst(count) }
        return rest.prefix(count).reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }

    private static func messages(
        _ parts: [(UInt64, WireValue)], _ number: UInt64
    ) throws -> [[UInt8]] {
        parts.compactMap {
            if $0.0 == number, case .bytes(let bytes) = $0.1 { bytes } else { nil }
        }
    }

    /// The last text of a field, as JSON; all of them must be UTF-8.
    private static func text(_ parts: [(UInt64, WireValue)], _ number: UInt64) throws -> String {
        try messages(parts, number).map(quoted).last ?? "\"\""
    }

    private static func hex(_ parts: [(UInt64, WireValue)], _ number: UInt64) -> String {
        let bytes = (try? messages(parts, number).last) ?? []
        let digits = bytes.map { byte in
            (byte < 16 ? "0" : "") + String(byte, radix: 16)
        }
        return "\"\(digits.joined())\""
    }

    private static func varint(_ parts: [(UInt64, WireValue)], _ number: UInt64) -> String {
        last(parts, number) { if case .varint(let value) = $0 { value } else { nil } }
    }

    /// An enum: a string would be its name.
    private static func number(_ parts: [(UInt64, WireValue)], _ number: UInt64) -> String {
        varint(parts, number).filter { $0 != "\"" }
    }

    private static func fixed(_ parts: [(UInt64, WireValue)], _ number: UInt64) -> String {
        last(parts, number) {
            switch $0 {
            case .fixed64(let value) where number != 16 && number != 6: value
            case .fixed32(let value) where number == 16 || number == 6: value
            default: nil
            }
        }
    }

    private static func last(
        _ parts: [(UInt64, WireValue)], _ number: UInt64, _ value: (WireValue) -> UInt64?
    ) -> String {
        "\"\(parts.compactMap { $0.0 == number ? value($0.1) : nil }.last ?? 0)\""
    }

    // MARK: JSON

    private static func quoted(_ bytes: [UInt8]) throws -> String {
        guard let text = String(validating: bytes, as: UTF8.self) else { throw Malformed() }
        var json = "\""
        for scalar in text.unicodeScalars {
            if scalar == "\"" || scalar == "\\" || scalar.value < 0x20 {
                let digits = String(scalar.value, radix: 16)
                json += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            } else {
                json.unicodeScalars.append(scalar)
            }
        }
        return json + "\""
    }

    private static func base64(_ bytes: [UInt8]) -> String {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
        var text = ""
        var bits = bytes.flatMap { byte in (0..<8).map { byte >> (7 - $0) & 1 } }
        while bits.count % 6 != 0 { bits.append(0) }
        for start in stride(from: 0, to: bits.count, by: 6) {
            text.append(alphabet[bits[start..<start + 6].reduce(0) { $0 << 1 | Int($1) }])
        }
        return text
    }

    private static func object(_ members: [(String, String)]) -> String {
        "{" + members.map { "\"\($0)\":\($1)" }.joined(separator: ",") + "}"
    }

    private static func list(_ items: [String]) -> String {
        "[" + items.joined(separator: ",") + "]"
    }
}
