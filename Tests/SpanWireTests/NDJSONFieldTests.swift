// Good and bad values, field by field.

import SpanColumns
import SpanModel
import SpanWire
import Testing

/// A record that lacks nothing but what the case adds.
private func record(_ table: TableSchema, _ members: String) -> String {
    switch table.number {
    case Tables.spans.number:
        #"{"trace_id":"t","span_id":"s","start_time_unix_nano":1,"# + members + "}"
    case Tables.metrics.number:
        #"{"run_id":"r","name":"n","step":1,"time_unix_nano":1,"value":1,"# + members + "}"
    case Tables.scores.number: #"{"trace_id":"t","name":"n","value":1,"# + members + "}"
    default: #"{"kind":"k","project":"p","name":"n","body":{},"# + members + "}"
    }
}

struct GoodCase: Sendable, CustomTestStringConvertible {
    let table: TableSchema
    let members: String
    let column: String
    let json: String

    init(_ table: TableSchema, _ members: String, _ column: String, _ json: String) {
        self.table = table
        self.members = members
        self.column = column
        self.json = json
    }

    var testDescription: String { String(members.prefix(60)) }
}

struct BadCase: Sendable, CustomTestStringConvertible {
    let table: TableSchema
    let record: String
    let error: String

    init(_ table: TableSchema, _ record: String, _ error: String) {
        self.table = table
        self.record = record
        self.error = error
    }

    var testDescription: String { String(record.prefix(60)) }
}

private let longID = String(repeating: "x", count: 128)

private let good: [GoodCase] = [
    GoodCase(Tables.spans, #""trace_id":"\#(longID)""#, "trace_id", #""\#(longID)""#),
    GoodCase(
        Tables.spans, #""trace_id":"ABCDEF00112233445566778899AABBCC""#, "trace_id",
        #""abcdef00112233445566778899aabbcc""#),
    GoodCase(Tables.spans, #""span_id":"0123456789ABCDEF""#, "span_id", #""0123456789abcdef""#),
    GoodCase(Tables.spans, #""parent_span_id":"""#, "parent_span_id", "null"),
    GoodCase(Tables.spans, #""parent_span_id":null"#, "parent_span_id", "null"),
    GoodCase(
        Tables.spans, #""start_time":"2026-11-21T08:55:03.5+02:00""#, "start_time",
        #""2026-11-21T06:55:03.500000000Z""#),
    GoodCase(
        Tables.spans, #""end_time_unix_nano":"-1""#, "end_time",
        #""1969-12-31T23:59:59.999999999Z""#),
    GoodCase(
        Tables.spans, #""name":"a\"\\\/\b\f\n\r\t\u0041\ud83d\ude00é""#, "name",
        #""a\"\\/\u0008\u000c\n\r\tA😀é""#),
    GoodCase(Tables.spans, #""name":"first","name":"last""#, "name", #""last""#),
    GoodCase(Tables.spans, #""\u006eame":"escaped key""#, "name", #""escaped key""#),
    GoodCase(Tables.spans, #""status":"quarantined""#, "status", #""quarantined""#),
    GoodCase(Tables.spans, #""input_tokens":0"#, "input_tokens", "0"),
    GoodCase(
        Tables.spans, #""total_tokens":9223372036854775807"#, "total_tokens",
        "9223372036854775807"),
    GoodCase(Tables.spans, #""cost_usd":0.000000000001"#, "cost_usd", "0.000000000001"),
    GoodCase(Tables.spans, #""cost_usd":"12.30""#, "cost_usd", "12.3"),
    GoodCase(Tables.spans, #""cost_usd":1.4e-3"#, "cost_usd", "0.0014"),
    GoodCase(Tables.spans, #""input":"text""#, "input", #""text""#),
    GoodCase(Tables.spans, #""input":"""#, "input", #""""#),
    GoodCase(
        Tables.spans, #""output": { "a" : [ 1 , "x y" ] } "#, "output",
        #""{\"a\":[1,\"x y\"]}""#),
    GoodCase(Tables.spans, #""output":17"#, "output", #""17""#),
    GoodCase(Tables.spans, #""attributes":{}"#, "attributes", "{}"),
    GoodCase(
        Tables.spans, #""attributes":{"a": 1, "b":"x", "\u0061":2}"#, "attributes",
        #"{"a":2,"b":"x"}"#),
    GoodCase(
        Tables.spans, #""events":[ {"name":"e","time_unix_nano":1} ]"#, "events",
        #"[{"name":"e","time_unix_nano":1}]"#),
    GoodCase(Tables.spans, #""version":3"#, "version", "3"),
    GoodCase(Tables.spans, #""patch":false"#, "project", #""default""#),
    GoodCase(Tables.spans, #""patch":true"#, "project", "null"),
    GoodCase(Tables.spans, #""patch":true"#, "write_kind", "1"),
    GoodCase(Tables.spans, #""deleted":true"#, "write_kind", "2"),
    GoodCase(Tables.spans, #""deleted":true"#, "source", #""native""#),
    GoodCase(Tables.metrics, #""run_id":7"#, "run_id", #""7""#),
    GoodCase(Tables.metrics, #""run_id":-7"#, "run_id", #""-7""#),
    GoodCase(Tables.metrics, #""value":1e308"#, "value", "1e+308"),
    GoodCase(Tables.metrics, #""value":0.1"#, "value", "0.1"),
    GoodCase(Tables.metrics, #""value":-0.0"#, "value", "-0.0"),
    GoodCase(Tables.metrics, #""value":3.141592653589793238"#, "value", "3.141592653589793"),
    GoodCase(Tables.metrics, #""value":"Infinity""#, "value", "null"),
    GoodCase(Tables.scores, #""comment":"c""#, "comment", #""c""#),
    GoodCase(Tables.entities, #""body":{"a":  1}"#, "body", #"{"a":1}"#),
    GoodCase(Tables.entities, #""deleted":true"#, "write_kind", "2"),
]

private func bad(_ table: TableSchema, _ members: String, _ error: String) -> BadCase {
    BadCase(table, record(table, members), error)
}

private let refused: [BadCase] = [
    bad(Tables.spans, #""trace_id":"\#(longID)x""#, "trace_id: is longer than 128 bytes"),
    bad(Tables.spans, #""span_id":"\#(longID)x""#, "span_id: is longer than 128 bytes"),
    bad(
        Tables.spans, #""parent_span_id":"\#(longID)x""#,
        "parent_span_id: is longer than 128 bytes"),
    bad(Tables.spans, #""session_id":"\#(longID)x""#, "session_id: is longer than 128 bytes"),
    bad(Tables.spans, #""span_id":7"#, "span_id: must be a string"),
    bad(Tables.spans, #""source":"""#, "source: must not be empty"),
    bad(Tables.spans, #""name":{}"#, "name: must be a string"),
    bad(
        Tables.spans, #""start_time":"2026-13-01T00:00:00Z""#,
        "start_time: must be an RFC 3339 time between 1677 and 2262"),
    bad(
        Tables.spans, #""start_time":"tomorrow""#,
        "start_time: must be an RFC 3339 time between 1677 and 2262"),
    bad(
        Tables.spans, #""end_time_unix_nano":1.5"#,
        "end_time_unix_nano: must be nanoseconds since the epoch, an integer of 64 bits"),
    bad(
        Tables.spans, #""end_time_unix_nano":9223372036854775808"#,
        "end_time_unix_nano: must be nanoseconds since the epoch, an integer of 64 bits"),
    bad(Tables.spans, #""input_tokens":-1"#, "input_tokens: must be an integer of at least 0"),
    bad(Tables.spans, #""input_tokens":1.5"#, "input_tokens: must be an integer of at least 0"),
    bad(Tables.spans, #""input_tokens":"1""#, "input_tokens: must be an integer of at least 0"),
    bad(Tables.spans, #""version":-1"#, "version: must be an integer of at least 0"),
    bad(
        Tables.spans, #""cost_usd":0.0000000000001"#,
        "cost_usd: must be a decimal number with at most 12 decimals"),
    bad(
        Tables.spans, #""cost_usd":"ten""#,
        "cost_usd: must be a decimal number with at most 12 decimals"),
    bad(Tables.spans, #""attributes":[]"#, "attributes: must be an object"),
    bad(
        Tables.spans, #""attributes":{"\#(longID)\#(longID)x":1}"#,
        "attributes: has a key longer than 256 bytes"),
    bad(Tables.spans, #""events":{}"#, "events: must be an array"),
    bad(Tables.spans, #""patch":1"#, "patch: must be true or false"),
    bad(Tables.spans, #""patch":true,"deleted":true"#, "patch: cannot be combined with deleted"),
    bad(Tables.spans, #""spam":1"#, "spam: unknown field"),
    bad(Tables.spans, #""name":"\ud800""#, "name: lone surrogate in a \\u escape at byte 63"),
    bad(
        Tables.spans, #""name":"\udc00\ud800""#,
        "name: lone surrogate in a \\u escape at byte 63"),
    bad(Tables.spans, #""name":"\x""#, "name: malformed escape in a string at byte 63"),
    bad(
        Tables.spans, "\"name\":\"\u{1}\"",
        "name: unescaped control character in a string at byte 63"),
    bad(Tables.spans, #""name":NaN"#, "name: unexpected character at byte 62"),
    bad(Tables.spans, #""input_tokens":01"#, "record: unexpected character at byte 71"),
    bad(Tables.spans, #""name":"x","#, "record: unexpected character at byte 66"),
    BadCase(
        Tables.spans, #"{"span_id":"s","start_time_unix_nano":1}"#,
        "trace_id: is required"),
    BadCase(
        Tables.spans, #"{"trace_id":"","span_id":"s","start_time_unix_nano":1}"#,
        "trace_id: is required"),
    BadCase(
        Tables.spans, #"{"trace_id":"t","span_id":"s"}"#,
        "start_time_unix_nano: is required"),
    BadCase(Tables.spans, #"{"trace_id":"t","patch":true}"#, "span_id: is required"),
    BadCase(Tables.spans, "[1]", "record: must be a JSON object at byte 0"),
    BadCase(Tables.spans, "{\"trace_id\":\"t", "trace_id: unterminated string at byte 14"),
    BadCase(
        Tables.spans, #"{"trace_id":"t","span_id":"s","start_time_unix_nano":1}x"#,
        "record: unexpected bytes after the JSON value at byte 55"),
    bad(Tables.metrics, #""value":1e999"#, "value: is out of the range of a double"),
    bad(
        Tables.metrics, #""value":"nan""#,
        #"value: must be a number, "NaN", "Infinity" or "-Infinity""#),
    bad(
        Tables.metrics, #""value":true"#,
        #"value: must be a number, "NaN", "Infinity" or "-Infinity""#),
    bad(Tables.metrics, #""run_id":1.5"#, "run_id: must be an integer or a string"),
    bad(Tables.metrics, #""run_id":"""#, "run_id: must not be empty"),
    bad(Tables.metrics, #""step":-1"#, "step: must be an integer of at least 0"),
    BadCase(
        Tables.metrics, #"{"run_id":"r","name":"n","step":1,"value":1}"#,
        "time_unix_nano: is required"),
    BadCase(
        Tables.metrics, #"{"run_id":"r","name":"n","step":1,"time_unix_nano":1}"#,
        "value: is required"),
    BadCase(
        Tables.scores, #"{"name":"n","value":1}"#,
        "record: needs a trace_id, span_id or session_id"),
    BadCase(Tables.scores, #"{"name":"n","session_id":"s"}"#, "value: is required"),
    BadCase(
        Tables.scores, #"{"name":"n","session_id":"s","value":[]}"#,
        "value: must be a number, a bool or a string"),
    bad(Tables.scores, #""value":"a""#, "value: is given twice with different types"),
    BadCase(Tables.entities, #"{"kind":"k","name":"n"}"#, "body: is required"),
    bad(Tables.entities, #""body":[1]"#, "body: must be an object"),
]

@Suite struct NDJSONFieldTests {
    @Test(arguments: good) func accepts(_ example: GoodCase) throws {
        let body = try decode(record(example.table, example.members), example.table)
        #expect(body.rejections == [])
        #expect(
            try lines(body, [example.column]) == [#"{"\#(example.column)":\#(example.json)}"#])
    }

    @Test(arguments: refused) func refuses(_ example: BadCase) throws {
        let body = try decode(example.record, example.table)
        #expect(body.rejections == [Rejection(line: 1, error: example.error)])
        #expect(body.batches.isEmpty)
    }

    @Test func aScoreFillsTheColumnOfItsType() throws {
        let values = ["0.25", "true", #""good""#].map {
            #"{"session_id":"s","name":"n","value":\#($0)}"#
        }
        let body = try decode(values.joined(separator: "\n"), Tables.scores)
        #expect(
            try lines(body, ["value", "boolean_value", "string_value", "source"]) == [
                #"{"value":0.25,"boolean_value":null,"string_value":null,"source":"native"}"#,
                #"{"value":null,"boolean_value":true,"string_value":null,"source":"native"}"#,
                #"{"value":null,"boolean_value":null,"string_value":"good","source":"native"}"#,
            ])
    }

    @Test func aBadLineLeavesItsNeighboursAlone() throws {
        let good = #"{"trace_id":"t","span_id":"s","start_time_unix_nano":1,"input":"kept"}"#
        let bad = #"{"trace_id":"t","span_id":"b","input":"dropped","input_tokens":-1}"#
        let body = try decode([good, bad, "", good].joined(separator: "\n"), Tables.spans)
        #expect(body.acceptedCount == 2)
        #expect(body.rejections.map(\.line) == [2])
        #expect(
            try lines(body, ["span_id", "input"])
                == Array(repeating: #"{"span_id":"s","input":"kept"}"#, count: 2))
    }

    @Test func invalidUTF8IsRefusedByLine() throws {
        let good = Array(#"{"trace_id":"t","span_id":"s","start_time_unix_nano":1}"#.utf8)
        let bad = Array("{\"name\":\"".utf8) + [0xC0, 0x80] + Array("\"}".utf8)
        let body = try NDJSONDecoder.decode(
            good + [0x0A] + bad + [0x0A] + good, table: Tables.spans)
        #expect(body.acceptedCount == 2)
        #expect(
            body.rejections == [Rejection(line: 2, error: "record: invalid UTF-8 at byte 9")])
    }

    @Test func depthIsBounded() throws {
        let deep = String(repeating: "[", count: 10_000) + String(repeating: "]", count: 10_000)
        for field in ["input", "attributes", "events", "links"] {
            let value = field == "attributes" ? "{\"a\":\(deep)}" : deep
            let body = try decode(record(Tables.spans, "\"\(field)\":\(value)"), Tables.spans)
            #expect(body.rejections.count == 1)
            #expect(body.rejections.first?.error.contains("nested deeper than 16") == true)
        }
        let allowed = String(repeating: "[", count: 16) + String(repeating: "]", count: 16)
        #expect(
            try decode(record(Tables.spans, "\"input\":\(allowed)"), Tables.spans).acceptedCount
                == 1)
    }

    @Test func tooManyAttributesAreRefused() throws {
        func attributes(_ count: Int) -> String {
            "\"attributes\":{"
                + (0..<count).map { "\"k\($0)\":1" }.joined(separator: ",") + "}"
        }
        #expect(
            try decode(record(Tables.spans, attributes(512)), Tables.spans).acceptedCount == 1)
        #expect(
            try decode(record(Tables.spans, attributes(513)), Tables.spans).rejections.map(\.error)
                == ["attributes: has more than 512 keys"])
    }

    @Test func rejectionsAreCountedExactlyAndListedUpToTheLimit() throws {
        let body = try decode(String(repeating: "{}\n", count: 250), Tables.metrics)
        #expect(body.rejectedCount == 250)
        #expect(body.rejections.count == 100)
        #expect(body.rejections.last?.line == 100)
    }

    @Test func aLargeBodyBecomesSeveralBatches() throws {
        let line = #"{"run_id":"r","name":"n","step":1,"time_unix_nano":1,"value":1}"# + "\n"
        let body = try decode(String(repeating: line, count: 65_537), Tables.metrics)
        #expect(body.batches.map(\.rowCount) == [65_536, 1])
        #expect(body.acceptedCount == 65_537)
    }
}
