// Bodies that no client should send: cut, flipped, too deep, lengths that lie. They give an error
// with a place, or a result; never a trap.

import SpanModel
import SpanTesting
import SpanWire
import Testing

/// A small generator with a fixed seed (SplitMix64).
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }
}

private func sample() -> OTLPSample {
    var span = OTLPSample.Span([
        ("gen_ai.request.model", .string("modèle")), ("n", .integer(-1)), ("d", .double(0.25)),
        ("list", .array([.integer(1), .object([("k", .bytes([1, 2]))])])),
        ("llm.input_messages.0.message.content", .string("hi \"you\"")),
        ("llm.cost.total", .double(0.5)),
    ])
    span.events = [OTLPSample.Event("e", time: 5, [("a", .bool(true))])]
    span.linkedSpanIDs = [[1, 2, 3, 4, 5, 6, 7, 8]]
    span.statusMessage = "m"
    var sample = OTLPSample([span, OTLPSample.Span()], resource: [("service.name", .string("s"))])
    sample.scopeName = "scope"
    return sample
}

@Suite struct OTLPHostileTests {
    @Test func everyPrefixGivesAnErrorOrRows() throws {
        let bytes = sample().protobuf()
        for count in 0..<bytes.count {
            if let body = try? decodeProtobuf(Array(bytes.prefix(count))) {
                #expect(body.acceptedCount + body.rejectedCount <= 2)
            }
        }
        let json = sample().json()
        for count in 0..<json.count - 1 {
            #expect(throws: StoreError.self) { try decodeJSON(Array(json.prefix(count))) }
        }
        #expect(try decodeProtobuf([]).acceptedCount == 0)
        #expect(try decodeProtobuf(bytes).acceptedCount == 2)
    }

    @Test func flippedBitsNeverTrap() {
        var random = SplitMix(state: 42)
        let protobuf = sample().protobuf()
        let json = sample().json()
        for round in 0..<20_000 {
            var bytes = round % 2 == 0 ? protobuf : json
            for _ in 0...Int.random(in: 0..<4, using: &random) {
                let index = Int.random(in: 0..<bytes.count, using: &random)
                bytes[index] ^= 1 << UInt8.random(in: 0..<8, using: &random)
            }
            let body = round % 2 == 0 ? try? decodeProtobuf(bytes) : try? decodeJSON(bytes)
            // A row that came out can be printed.
            if let body { #expect(throws: Never.self) { try allColumns(body) } }
        }
    }

    @Test func randomBytesNeverTrap() {
        var random = SplitMix(state: 7)
        for _ in 0..<20_000 {
            let bytes = (0..<Int.random(in: 0..<64, using: &random)).map { _ in
                UInt8.random(in: .min ... .max, using: &random)
            }
            _ = try? decodeProtobuf(bytes)
            _ = try? bytes.withUnsafeBytes { try OTLPSignal.metrics.countProtobuf($0) }
        }
    }

    @Test func depthIsBounded() throws {
        func nested(_ depth: Int) -> OTLPSample.Value {
            (0..<depth).reduce(OTLPSample.Value.integer(1)) { value, _ in .array([value]) }
        }
        let allowed = OTLPSample([OTLPSample.Span([("k", nested(15))])])
        #expect(try decodeBoth(allowed).acceptedCount == 1)
        let refused = OTLPSample([OTLPSample.Span([("k", nested(16))])])
        #expect(throws: StoreError.self) { try decodeProtobuf(refused.protobuf()) }
        #expect(throws: StoreError.self) { try decodeJSON(refused.json()) }
        let open = String(repeating: "[", count: 10_000)
        #expect(throws: StoreError.self) { try decodeJSON(Array("{\"x\":\(open)".utf8)) }
        var value: [UInt8] = []
        for _ in 0..<3_000 {
            var list = ProtobufWriter()
            list.data(1, value)
            var outer = ProtobufWriter()
            outer.data(5, list.bytes)
            value = outer.bytes
        }
        var request = ProtobufWriter()
        request.message(1) {
            $0.message(2) {
                $0.message(2) {
                    $0.message(9) {
                        $0.string(1, "k")
                        $0.data(2, value)
                    }
                }
            }
        }
        #expect(throws: StoreError.self) { try decodeProtobuf(request.bytes) }
    }

    @Test(arguments: [
        // A varint of eleven bytes, one above 64 bits, one that is cut.
        ([UInt8](repeating: 0xFF, count: 11), "malformed varint"),
        ([0x08] + [UInt8](repeating: 0xFF, count: 9) + [0x02], "malformed varint"),
        ([0x08, 0x80], "malformed varint"),
        // A length beyond the end, and one near 2⁶⁴.
        ([0x0A, 0x05, 0x00], "length beyond the end of the message"),
        (
            [0x0A] + [UInt8](repeating: 0xFF, count: 9) + [0x01],
            "length beyond the end of the message"
        ),
        // A group, a reserved wire type, field number 0.
        ([0x13], "unsupported wire type"), ([0x0E], "unsupported wire type"),
        ([0x02, 0x00], "field number out of range"),
        // A fixed64 that is cut.
        ([0x11, 0, 0], "length beyond the end of the message"),
    ])
    func malformedProtobuf(_ bytes: [UInt8], _ reason: String) {
        do {
            _ = try decodeProtobuf(bytes)
            Issue.record("was accepted")
        } catch StoreError.malformedBody(_, let found) {
            #expect(found == reason)
        } catch {
            Issue.record("\(error)")
        }
    }

    @Test func invalidUTF8IsMalformed() {
        var span = ProtobufWriter()
        span.data(5, [0xFF])
        var request = ProtobufWriter()
        request.message(1) { $0.message(2) { $0.data(2, span.bytes) } }
        #expect(
            throws: StoreError.malformedBody(offset: 7, reason: "invalid UTF-8 in a string")
        ) { try decodeProtobuf(request.bytes) }
        #expect(throws: StoreError.malformedBody(offset: 2, reason: "invalid UTF-8")) {
            try decodeJSON([0x7B, 0x22, 0xC0])
        }
    }

    @Test func unknownFieldsAndWireTypesAreSkipped() throws {
        var request = ProtobufWriter()
        request.varint(9, .max)
        request.fixed64(10, 1)
        request.fixed32(1, 1)
        request.string(2_000, "future")
        request.message(1) { $0.message(2) { $0.message(2) { $0.string(7, "not a time") } } }
        #expect(try decodeProtobuf(request.bytes).rejectedCount == 1)
    }

    @Test func logsAndMetricsAreCounted() throws {
        var logs = ProtobufWriter()
        logs.message(1) { $0.message(2) { for _ in 0..<3 { $0.message(2) { $0.fixed64(1, 5) } } } }
        #expect(try logs.bytes.withUnsafeBytes { try OTLPSignal.logs.countProtobuf($0) } == 3)
        var metrics = ProtobufWriter()
        metrics.message(1) {
            $0.message(2) {
                $0.message(2) {
                    $0.string(1, "name")
                    $0.message(5) { $0.message(1) { _ in } }
                }
                $0.message(2) { $0.message(9) { for _ in 0..<2 { $0.message(1) { _ in } } } }
            }
        }
        #expect(try metrics.bytes.withUnsafeBytes { try OTLPSignal.metrics.countProtobuf($0) } == 3)
        let json = """
            {"resourceMetrics":[{"scopeMetrics":[{"metrics":[
            {"name":"a","gauge":{"dataPoints":[{},{}]}},{"sum":{"dataPoints":[{"x":1}],"y":2}}
            ]}]}]}
            """
        #expect(
            try Array(json.utf8).withUnsafeBytes { try OTLPSignal.metrics.countJSON($0) } == 3)
        #expect(
            try Array(#"{"resourceLogs":[{"scopeLogs":[{"logRecords":[{},{}]}]}]}"#.utf8)
                .withUnsafeBytes { try OTLPSignal.logs.countJSON($0) } == 2)
    }

    @Test func answers() throws {
        let good = try decodeProtobuf(sample().protobuf())
        #expect(OTLPResponse(isJSON: false).traces(good) == [])
        #expect(OTLPResponse(isJSON: true).traces(good) == Array("{}".utf8))
        var spans = Array(repeating: OTLPSample.Span(), count: 7)
        for index in spans.indices { spans[index].traceID = [] }
        let bad = try decodeProtobuf(OTLPSample(spans).protobuf())
        let json = String(decoding: OTLPResponse(isJSON: true).traces(bad), as: UTF8.self)
        #expect(json.hasPrefix(#"{"partialSuccess":{"rejectedSpans":"7","errorMessage":"span "#))
        #expect(json.hasSuffix(#"; and 2 more"}}"#))
        let protobuf = OTLPResponse(isJSON: false).partialSuccess(
            .logs, rejected: 300, message: "no")
        #expect(protobuf == [0x0A, 7, 0x08, 0xAC, 0x02, 0x12, 2, 0x6E, 0x6F])
    }

    @Test func statuses() {
        #expect(OTLPResponse(isJSON: false).status(code: 8, message: "x") == [8, 8, 0x12, 1, 0x78])
        let retry = OTLPResponse(isJSON: false)
            .status(code: 14, message: "x", retryAfterSeconds: 5)
        let type = Array("type.googleapis.com/google.rpc.RetryInfo".utf8)
        #expect(
            retry == [8, 14, 0x12, 1, 0x78, 0x1A, 48, 0x0A, 40] + type + [0x12, 4, 0x0A, 2, 8, 5])
        let bad = OTLPResponse(isJSON: true).status(code: 3, message: "x")
        #expect(
            String(decoding: bad, as: UTF8.self)
                == #"{"code":3,"message":"x","details":["#
                + #"{"@type":"type.googleapis.com/google.rpc.BadRequest","#
                + #""fieldViolations":[{"description":"x"}]}]}"#)
    }
}
