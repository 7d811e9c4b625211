// Random and hostile trace requests: the fast decoder gives what the plain reference gives, the same
// rows and refusals or none at all.

import SpanModel
import SpanTesting
import SpanWire
import Testing

/// Draws trace requests: well-formed protobuf in which nothing else can be relied on.
private struct RequestGenerator {
    var random: SplitMix
    /// Keys that mean something, flattened messages, and some that need escapes.
    private static let keys = [
        "gen_ai.request.model", "gen_ai.response.model", "gen_ai.usage.input_tokens",
        "gen_ai.usage.cost", "session.id", "user.id", "status", "input.value", "output.value",
        "gen_ai.prompt", "gen_ai.prompt.0.content", "gen_ai.prompt.1.content", "gen_ai.prompt.x",
        "llm.input_messages.0.message.role", "llm.input_messages.0.message.content", "a", "", "é",
        "quoted \"key\"", "tab\tkey", "service.name", "gen_ai.operation.name",
        "openinference.span.kind", "langfuse.observation.usage_details",
    ]
    private static let texts = [
        "", "x", "abc", "gpt-4o", "twelve", "error", "chat", "LLM", "12", "1.5", "-3",
        "exactly 16 bytes", "a text of more than sixteen bytes", "with \"quotes\" and \\ in it",
        "line\nline\ttab", "grüße", "日本語のテキスト", "😀 emoji",
        "{\"input\":5,\"output\":7,\"total\":12}",
        "seventeen bytes\"!", "\u{1}\u{1F}",
    ]

    /// Keys that the spans of `repetitive` share.
    private var shared: [String] = []

    init(random: SplitMix) { self.random = random }

    /// A request of many spans with about the same keys in about the same order, as an SDK makes them.
    mutating func repetitive() -> [UInt8] {
        shared = (0..<below(9)).map { _ in Self.keys[below(Self.keys.count)] }
        if below(4) == 0 { shared.append(String(repeating: "k", count: below(300))) }
        var out = ProtobufWriter()
        message(1, &out) { generator, resource in
            generator.message(2, &resource) { generator, scope in
                for _ in 0..<6 { generator.message(2, &scope) { $0.similarSpan(&$1) } }
            }
        }
        return out.bytes
    }

    private mutating func similarSpan(_ out: inout ProtobufWriter) {
        out.data(1, bytes(16))
        out.data(2, bytes(8))
        for key in shared {
            let times = below(12)
            if times == 0 { continue }
            let key = times == 1 ? Self.keys[below(Self.keys.count)] : key
            for _ in 0...(times == 2 ? 1 : 0) {
                message(9, &out) { generator, attribute in
                    attribute.string(1, key)
                    if times == 3 { generator.unknown(&attribute) }
                    generator.message(2, &attribute) { $0.value(&$1, depth: 3) }
                    if times == 4 { generator.unknown(&attribute) }
                }
            }
            if times == 5 { unknown(&out) }
        }
    }

    mutating func request() -> [UInt8] {
        var out = ProtobufWriter()
        for _ in 0...below(2) {
            message(1, &out) { generator, resource in
                for _ in 0..<generator.below(3) {
                    generator.message(1, &resource) { $0.attributes(1, below: 4, &$1) }
                    generator.unknown(&resource)
                }
                for _ in 0..<generator.below(3) {
                    generator.message(2, &resource) { $0.scope(&$1) }
                }
            }
            unknown(&out)
        }
        return out.bytes
    }

    private mutating func scope(_ out: inout ProtobufWriter) {
        if below(2) == 0 {
            message(1, &out) { generator, scope in
                scope.string(1, generator.text())
                generator.unknown(&scope)
                scope.string(2, generator.text())
                generator.attributes(3, below: 3, &scope)
            }
        }
        for _ in 0..<below(4) { message(2, &out) { $0.span(&$1) } }
    }

    private mutating func span(_ out: inout ProtobufWriter) {
        out.data(1, bytes(16))
        out.data(2, bytes(8))
        out.fixed64(7, UInt64(below(1 << 40)))
        for _ in 0..<below(12) {
            switch below(16) {
            case 0: out.data(1, bytes(below(18)))
            case 1: out.data(4, bytes(below(3) * 4))
            case 2: out.string(3, text())
            case 3: out.string(5, text())
            case 4: out.varint(6, UInt64(below(8)))
            case 5: out.fixed64(8, random.next())
            case 6: out.varint(10, random.next() >> UInt64(below(64)))
            case 7: message(11, &out) { $0.event(&$1) }
            case 8: message(13, &out) { $0.link(&$1) }
            case 9:
                message(15, &out) { generator, status in
                    if generator.below(2) == 0 { status.string(2, generator.text()) }
                    if generator.below(2) == 0 { status.varint(3, UInt64(generator.below(4))) }
                }
            case 10: out.fixed32(16, UInt32(truncatingIfNeeded: random.next()))
            case 11: unknown(&out)
            default: attributes(9, below: 8, &out)
            }
        }
    }

    private mutating func event(_ out: inout ProtobufWriter) {
        out.fixed64(1, random.next() >> 1)
        out.string(2, text())
        attributes(3, below: 3, &out)
        unknown(&out)
    }

    private mutating func link(_ out: inout ProtobufWriter) {
        out.data(1, bytes(16))
        out.data(2, bytes(8))
        out.string(3, text())
        attributes(4, below: 3, &out)
        out.fixed32(6, UInt32(below(3)))
    }

    private mutating func attributes(
        _ field: UInt64, below count: Int, _ out: inout ProtobufWriter
    ) {
        for _ in 0..<below(count) { message(field, &out) { $0.keyValue(&$1, depth: 1) } }
    }

    private mutating func keyValue(_ out: inout ProtobufWriter, depth: Int) {
        let isPlain = below(4) > 0
        if isPlain || below(4) > 0 { out.string(1, Self.keys[below(Self.keys.count)]) }
        if !isPlain { unknown(&out) }
        if isPlain || below(4) > 0 { message(2, &out) { $0.value(&$1, depth: depth) } }
        if !isPlain, below(3) == 0 { message(2, &out) { $0.value(&$1, depth: depth) } }
        if !isPlain, below(3) == 0 { out.string(1, Self.keys[below(Self.keys.count)]) }
    }

    private mutating func value(_ out: inout ProtobufWriter, depth: Int) {
        for _ in 0...(below(8) / 7) {
            switch below(depth < 4 ? 10 : 7) {
            case 0, 1: out.string(1, text())
            case 2: out.varint(2, UInt64(below(3)))
            case 3: out.varint(3, random.next() >> UInt64(below(64)))
            case 4: out.fixed64(4, double().bitPattern)
            case 5: unknown(&out)
            case 6: out.data(7, bytes(below(5)))
            case 7, 8:
                message(5, &out) { generator, list in
                    for _ in 0..<generator.below(3) {
                        generator.message(1, &list) { $0.value(&$1, depth: depth + 1) }
                    }
                    generator.unknown(&list)
                }
            default:
                message(6, &out) { generator, list in
                    for _ in 0..<generator.below(3) {
                        generator.message(1, &list) { $0.keyValue(&$1, depth: depth + 1) }
                    }
                }
            }
        }
    }

    /// At times a field that no message has, or one that all have with a wire type that none has.
    private mutating func unknown(_ out: inout ProtobufWriter) {
        switch below(8) {
        case 0: out.varint(UInt64(30 + below(2_000)), random.next())
        case 1: out.fixed64(3_000, 1)
        case 2: out.fixed32(1, 7)
        case 3: out.data(29, bytes(below(40)))
        default: break
        }
    }

    private mutating func double() -> Double {
        switch below(4) {
        case 0: Double(below(2_000) - 1_000) / 100
        case 1: Double(bitPattern: random.next())
        case 2: Double(below(100))
        default: Double(below(1 << 40)) / 1e12
        }
    }

    /// A message, its length at times longer than it need be, as some writers make it.
    private mutating func message(
        _ field: UInt64, _ out: inout ProtobufWriter,
        _ body: (inout RequestGenerator, inout ProtobufWriter) -> Void
    ) {
        var inner = ProtobufWriter()
        body(&self, &inner)
        out.raw(field << 3 | 2)
        out.raw(UInt64(inner.bytes.count), paddedBy: below(8) == 0 ? below(4) : 0)
        out.append(inner.bytes)
    }

    private mutating func text() -> String { Self.texts[below(Self.texts.count)] }

    private mutating func bytes(_ count: Int) -> [UInt8] {
        (0..<count).map { _ in UInt8(truncatingIfNeeded: random.next()) }
    }

    mutating func below(_ bound: Int) -> Int { Int.random(in: 0..<bound, using: &random) }
}

/// Rows and refusals, or nil for a body that is refused as a whole.
private func outcome(_ decode: () throws -> DecodedBody) throws -> [String]? {
    guard let body = try? decode() else { return nil }
    return try allColumns(body) + body.rejections.map { "\($0.line) \($0.error)" }
}

@Suite struct OTLPPropertyTests {
    private func check(_ body: [UInt8], _ seed: UInt64) throws {
        let found = try outcome { try decodeProtobuf(body) }
        let expected = try outcome { try decodeJSON(Array(try OTLPReference.json(body).utf8)) }
        if found == expected { return }
        let lines = zip(found ?? [], expected ?? []).first { $0 != $1 }
        Issue.record("seed \(seed): \(lines?.0 ?? "") is not \(lines?.1 ?? "")")
    }

    /// An unknown field, so that the last span is not the end of the body: what ends close to it
    /// takes a slower way.
    private static let padding: [UInt8] = [15 << 3 | 2, 40] + [UInt8](repeating: 0xFF, count: 40)

    private func body(_ seed: UInt64, _ generator: inout RequestGenerator) -> [UInt8] {
        let body = seed % 2 == 0 ? generator.request() : generator.repetitive()
        return seed % 4 < 2 ? body + Self.padding : body
    }

    @Test func decodesAsTheReferenceDoes() throws {
        for seed in 0..<1_500 as Range<UInt64> {
            var generator = RequestGenerator(random: SplitMix(state: seed))
            let body = body(seed, &generator)
            #expect(throws: Never.self) { try OTLPReference.json(body) }
            try check(body, seed)
        }
    }

    /// A value with each of its bytes damaged, behind a span that makes its key the expected one:
    /// the text is refused where its length stands, or kept where it is still text.
    @Test func everyByteOfAValueIsValidated() throws {
        for (key, text) in [
            ("key", "a value of more than sixteen bytes"), ("key", "short"),
            ("input.value", "text"),
            ("key", "grüße"), ("a key of more than thirty-two bytes in all", "x"),
        ] {
            let span = OTLPSample.Span([(key, .string(text)), ("last", .integer(1))])
            let good = OTLPSample([span, span]).protobuf() + Self.padding
            let count = text.utf8.count
            let start = try #require(
                good.indices.last { good[$0...].prefix(count).elementsEqual(text.utf8) })
            for place in 0..<count {
                for byte: UInt8 in [0x80, 0xBF, 0xC0, 0xC3, 0xE2, 0xED, 0xF0, 0xF5, 0xFF, 0x22, 0] {
                    var bad = good
                    bad[start + place] = byte
                    try check(bad, UInt64(place))
                    let value = bad[start..<start + count]
                    if String(validating: value, as: UTF8.self) != nil { continue }
                    #expect(
                        throws: StoreError.malformedBody(
                            offset: start - 1, reason: "invalid UTF-8 in a string")
                    ) { try decodeProtobuf(bad) }
                }
            }
        }
    }

    /// A scope in two parts around its spans, and a late one: each counts for all of the spans.
    @Test func scopesCountWhereverTheyStand() throws {
        for places in [[true, false], [false, true], [true, true], [false, false]] {
            var request = ProtobufWriter()
            request.message(1) {
                $0.message(2) { scope in
                    if places[0] { scope.message(1) { $0.string(1, "name") } }
                    for id in 1...3 as ClosedRange<UInt8> {
                        scope.message(2) {
                            $0.data(1, [UInt8](repeating: id, count: 16))
                            $0.data(2, [UInt8](repeating: id, count: 8))
                        }
                    }
                    if places[1] { scope.message(1) { $0.string(2, "version") } }
                }
            }
            try check(request.bytes, 0)
            let scopes = try lines(decodeProtobuf(request.bytes), ["scope"])
            #expect(scopes.count == 3 && Set(scopes).count == 1)
            #expect(scopes[0].contains("version") == places[1])
        }
    }

    /// More rows than a batch takes: the next batch has what the resource says too.
    @Test func batchesShareTheirResource() throws {
        var request = ProtobufWriter()
        request.message(1) {
            $0.message(1) {
                $0.message(1) {
                    $0.string(1, "service.name")
                    $0.message(2) { $0.string(1, "api") }
                }
            }
            $0.message(2) { scope in
                for _ in 0...Limits.recordRowsMax {
                    scope.data(
                        2,
                        [0x0A, 16] + [UInt8](repeating: 1, count: 16) + [0x12, 8]
                            + [UInt8](repeating: 2, count: 8))
                }
            }
        }
        let body = try decodeProtobuf(request.bytes)
        #expect(body.batches.map(\.rowCount) == [Limits.recordRowsMax, 1])
        var last = DecodedBody()
        last.batches = [body.batches[1]]
        #expect(
            try lines(last, ["source", "project", "service_name", "resource"]) == [
                #"{"source":"otlp","project":"default","service_name":"api","#
                    + #""resource":"{\"service.name\":\"api\"}"}"#
            ])
    }

    @Test func damagedBodiesDecodeAsTheReferenceDoes() throws {
        for seed in 0..<3_000 as Range<UInt64> {
            var generator = RequestGenerator(random: SplitMix(state: seed &* 977))
            var body = body(seed, &generator)
            if body.isEmpty { continue }
            switch generator.below(3) {
            case 0: body.removeLast(generator.below(body.count))
            case 1: body[generator.below(body.count)] = UInt8(generator.below(256))
            default: body[generator.below(body.count)] ^= 1 << UInt8(generator.below(8))
            }
            try check(body, seed)
        }
    }

    /// More distinct keys than are remembered, in spans that share none and all of them.
    @Test func manyKeys() throws {
        var spans: [OTLPSample.Span] = []
        for number in 0..<30 {
            let first = number % 3 == 2 ? 0 : number * 400
            spans.append(
                OTLPSample.Span((0..<400).map { ("key \(first + $0)", .integer(Int64($0))) }))
        }
        #expect(try decodeBoth(OTLPSample(spans)).acceptedCount == 30)
        let body = OTLPSample(spans).protobuf()
        try check(body, 0)
    }
}
