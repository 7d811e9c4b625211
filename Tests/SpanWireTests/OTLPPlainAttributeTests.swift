// The attributes that the protobuf decoder takes in whole strides, and each way out of that: lengths
// around every bound, bytes that need an escape, keys that come twice, in another order or with another
// type, spans that are refused when their attributes are written already.

import SpanModel
import SpanTesting
import SpanWire
import Testing

@Suite struct OTLPPlainAttributeTests {
    /// An unknown field, so that the last span is not the end of the body: what ends close to it
    /// takes a slower way.
    private static let padding: [UInt8] = [15 << 3 | 2, 40] + [UInt8](repeating: 0xFF, count: 40)

    /// Decodes as the reference does, far from the end of the body and close to it.
    @discardableResult
    private func check(_ body: [UInt8], _ what: String = "") throws -> [String] {
        let expected = try allColumns(decodeJSON(Array(try OTLPReference.json(body).utf8)))
        #expect(try allColumns(decodeProtobuf(body)) == expected, "\(what)")
        #expect(try allColumns(decodeProtobuf(body + Self.padding)) == expected, "\(what)")
        return expected
    }

    private func check(_ spans: [OTLPSample.Attributes], _ what: String = "") throws {
        try check(OTLPSample(spans.map { OTLPSample.Span($0) }).protobuf(), what)
    }

    /// Texts of every length with a byte at their end that is plain, needs an escape or is not ASCII.
    @Test(arguments: ["key", "session.id", "input.value", String(repeating: "k", count: 40)])
    func textsOfEveryLength(key: String) throws {
        let ends = ["x", "\"", "\\", "\n", "\u{7F}", "é", "日", "😀"]
        for end in ends {
            let texts = (0...140).map { String(repeating: "a", count: $0) + end }
            try check(texts.map { [(key, .string($0)), ("last", .bool(true))] }, end)
        }
        try check([[(key, .string(""))], [(key, .string(""))]])
    }

    /// The same byte at every place of texts about as long as the strides.
    @Test func escapesAtEveryPlace() throws {
        for count in [1, 15, 16, 17, 31, 32, 33, 48, 49, 64] {
            let texts = (0..<count).map { place in
                String(repeating: "a", count: place) + "\""
                    + String(repeating: "b", count: count - 1 - place)
            }
            try check(texts.map { [("key", .string($0))] }, "\(count)")
        }
    }

    @Test func keysOfEveryLength() throws {
        for count in 0...140 {
            let key = String(repeating: "k", count: count)
            try check(
                (0..<3).map {
                    [(key, .integer($0)), (key + "!", .string("text")), ("z", .double(0.5))]
                },
                "\(count)")
        }
    }

    /// Numbers whose varints take every number of bytes, also more than they need.
    @Test func integersOfEveryLength() throws {
        var spans: [OTLPSample.Attributes] = []
        for shift in 0..<64 as Range<Int64> {
            let power = Int64(bitPattern: 1 << UInt64(shift))
            spans.append([
                ("a", .integer(power)), ("b", .integer(power &- 1)), ("c", .integer(0 &- power)),
                ("gen_ai.usage.input_tokens", .integer(power)), ("input.value", .integer(power)),
            ])
        }
        try check(spans)
        for count in 1...11 {
            for last: UInt8 in [0, 1, 0x7F, 0x80] {
                let number = [UInt8](repeating: 0x81, count: count - 1) + [last]
                try checkOrRefuse(Self.body(values: [[3 << 3] + number, [3 << 3, 5]]))
            }
        }
    }

    /// AnyValues that end within a value or behind it.
    @Test func valuesWithAWrongLength() throws {
        let values: [[UInt8]] = [
            [], [1 << 3 | 2], [1 << 3 | 2, 0], [1 << 3 | 2, 1], [1 << 3 | 2, 2, 97],
            [1 << 3 | 2, 1, 97, 2 << 3, 1], [2 << 3, 2], [2 << 3, 0x81, 0], [2 << 3], [3 << 3],
            [4 << 3 | 1, 0, 0, 0, 0, 0, 0, 0], [4 << 3 | 1, 0, 0, 0, 0, 0, 0, 0xF0, 0x3F],
            [4 << 3 | 1, 0, 0, 0, 0, 0, 0, 0xF0, 0x3F, 2 << 3, 1], [3 << 3 | 2, 1, 1],
            [5 << 3 | 2, 0],
        ]
        for value in values { try checkOrRefuse(Self.body(values: [[3 << 3, 5], value, value])) }
    }

    /// Spans that take turns in keys, their order and the types of their values.
    @Test func shapesThatAlternate() throws {
        let shapes: [OTLPSample.Attributes] = [
            [("a", .string("x")), ("session.id", .string("s")), ("b", .integer(1))],
            [
                ("session.id", .integer(7)), ("a", .double(0)), ("b", .string("\"")),
                ("c", .bool(false)),
            ],
            [("b", .array([.integer(1)])), ("a", .empty), ("session.id", .string(""))],
            [
                ("a", .string("1")), ("a", .string("2")), ("session.id", .string("t")),
                ("a", .integer(3)),
            ],
            [],
            [("input.value", .string("in")), ("output.value", .bytes([1])), ("a", .double(-0.0))],
            [
                ("session.id", .bool(true)), ("thread_id", .string("u")),
                ("session.id", .string("v")),
            ],
        ]
        for step in 1..<shapes.count {
            try check((0..<40).map { shapes[$0 * step % shapes.count] }, "\(step)")
        }
    }

    /// More kinds than are remembered, short and long ones, and all states.
    @Test func wordsOfKindsAndStates() throws {
        var sample = OTLPSample([])
        for round in 0..<120 {
            let word = [
                "LLM", "chat", "execute_tool", "generate_content", "a kind of many words", "",
            ]
            var span = OTLPSample.Span([
                (
                    "openinference.span.kind",
                    .string(round % 3 == 0 ? "kind \(round % 50)" : word[round % 6])
                ),
                ("status", .string(["", "cancelled", "ok"][round % 3])),
            ])
            span.statusCode = UInt64(round / 5 % 4)
            if round % 7 == 0 { span.attributes.removeAll() }
            sample.spans.append(span)
        }
        try check(sample.protobuf())
    }

    /// Spans that are refused leave nothing behind: neither members nor codes of words.
    @Test func refusedSpansLeaveNothing() throws {
        var bad = OTLPSample.Span([
            ("openinference.span.kind", .string("LLM")), ("a", .string("bad")), ("b", .integer(1)),
        ])
        bad.spanID = [0, 0, 0, 0, 0, 0, 0, 0]
        var good = OTLPSample.Span([
            ("a", .string("good")), ("openinference.span.kind", .string("TOOL")),
        ])
        good.statusCode = 1
        for order in [[bad, good], [bad, bad, good, bad, good], [good, bad, good]] {
            let rows = try check(OTLPSample(order).protobuf())
            #expect(rows.allSatisfy { $0.contains("good") && !$0.contains("bad") })
        }
        var long = good
        long.attributes.append(
            ("b", .string(String(repeating: "x", count: Limits.attributeValueBytesMax + 1))))
        let body = try decodeProtobuf(OTLPSample([good, long, good]).protobuf() + Self.padding)
        #expect(body.acceptedCount == 2 && body.rejectedCount == 1)
        let rows = try allColumns(body)
        #expect(rows[0] == rows[1])
    }

    /// Codes of words belong to a batch: the first row of the next one has its own.
    @Test func wordsOfTheNextBatch() throws {
        var request = ProtobufWriter()
        request.message(1) {
            $0.message(2) { scope in
                for row in 0...Limits.recordRowsMax {
                    let kind = row == Limits.recordRowsMax ? "TOOL" : row % 2 == 0 ? "LLM" : "TOOL"
                    scope.message(2) {
                        $0.data(1, [UInt8](repeating: 1, count: 16))
                        $0.data(2, [UInt8](repeating: 2, count: 8))
                        $0.message(9) {
                            $0.string(1, "openinference.span.kind")
                            $0.message(2) { $0.string(1, kind) }
                        }
                        $0.message(15) { $0.varint(3, row % 2 == 0 ? 1 : 2) }
                    }
                }
            }
        }
        let body = try decodeProtobuf(request.bytes)
        #expect(body.batches.count == 2)
        var last = DecodedBody()
        last.batches = [body.batches[1]]
        #expect(try lines(last, ["kind", "status"]) == [#"{"kind":"TOOL","status":"ok"}"#])
    }

    /// The reference's rows, or no rows from either.
    private func checkOrRefuse(_ body: [UInt8]) throws {
        for body in [body, body + Self.padding] {
            guard let json = try? OTLPReference.json(body) else {
                #expect(throws: StoreError.self) { try decodeProtobuf(body) }
                continue
            }
            let expected = try allColumns(decodeJSON(Array(json.utf8)))
            #expect(try allColumns(decodeProtobuf(body)) == expected)
        }
    }

    /// A request of two spans with an attribute for each of the AnyValues.
    private static func body(values: [[UInt8]]) -> [UInt8] {
        var request = ProtobufWriter()
        request.message(1) {
            $0.message(2) { scope in
                for id in 1...2 as ClosedRange<UInt8> {
                    scope.message(2) { span in
                        span.data(1, [UInt8](repeating: id, count: 16))
                        span.data(2, [UInt8](repeating: id, count: 8))
                        for (number, value) in values.enumerated() {
                            span.message(9) {
                                $0.string(1, "key \(number)")
                                $0.data(2, value)
                            }
                        }
                    }
                }
            }
        }
        return request.bytes
    }
}
