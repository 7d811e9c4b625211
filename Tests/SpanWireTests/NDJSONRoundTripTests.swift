// Random span records: what is decoded and printed decodes to the same again, and the same record
// in another spelling (whitespace, escapes, order of keys) decodes to the same row.

import SpanColumns
import SpanModel
import SpanWire
import Testing

private let texts = ["name", "kind", "status", "session_id", "model", "project", "agent_name"]
private let counts = ["input_tokens", "output_tokens", "total_tokens", "version"]
private let printed =
    ["trace_id", "span_id", "parent_span_id", "source", "start_time", "end_time", "cost_usd"]
    + texts + counts + ["input", "output", "attributes", "events"]

private struct RecordGenerator {
    var random: SplitMix

    mutating func member(_ name: String, _ value: String) -> String { "\"\(name)\":\(value)" }

    mutating func text() -> String {
        let alphabet: [Unicode.Scalar] = ["a", "Z", "0", "\"", "\\", "\n", "\u{1}", "é", "界", "😀"]
        var text = String.UnicodeScalarView("x".unicodeScalars)
        for _ in 0..<Int.random(in: 0..<20, using: &random) {
            text.append(alphabet[Int.random(in: 0..<alphabet.count, using: &random)])
        }
        return String(text)
    }

    /// A JSON string, each character now and then as an escape.
    mutating func quoted(_ text: String) -> String {
        var out = "\""
        for unit in text.utf16 {
            let mustEscape = unit < 0x20 || unit == 0x22 || unit == 0x5C || unit & 0xF800 == 0xD800
            if mustEscape || Bool.random(using: &random), let scalar = Unicode.Scalar(unit) {
                let hex = String(scalar.value, radix: 16)
                out += "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
            } else if mustEscape {
                out += "\\u" + String(unit, radix: 16)
            } else {
                out.unicodeScalars.append(Unicode.Scalar(unit) ?? "?")
            }
        }
        return out + "\""
    }

    mutating func pad(_ text: String) -> String {
        let spaces = ["", "", " ", "\t", "  "]
        return spaces[Int.random(in: 0..<spaces.count, using: &random)] + text
    }

    /// The members of a record, as names and values.
    mutating func members() -> [(String, String)] {
        var members = [
            ("trace_id", quoted(text())), ("span_id", quoted(text())),
            ("start_time_unix_nano", String(Int64.random(in: 0 ... .max, using: &random))),
        ]
        for name in texts where Bool.random(using: &random) {
            members.append((name, quoted(text())))
        }
        for name in counts where Bool.random(using: &random) {
            members.append((name, String(Int64.random(in: 0 ... .max, using: &random))))
        }
        if Bool.random(using: &random) {
            let amount = Int64.random(in: .min ... .max, using: &random)
            members.append(("cost_usd", Money.format(Int128(amount))))
        }
        for name in ["input", "output"] where Bool.random(using: &random) {
            members.append((name, quoted(text())))
        }
        if Bool.random(using: &random) {
            let keys = (0..<5).map { "\(pad(quoted("k\($0)"))):\(pad(quoted(text())))" }
            members.append(("attributes", "{\(keys.joined(separator: ","))}"))
        }
        return members.shuffled(using: &random)
    }

    mutating func record(_ members: [(String, String)]) -> String {
        var parts: [String] = []
        for (name, value) in members { parts.append(pad("\"\(name)\"") + pad(":") + pad(value)) }
        return pad("{") + parts.joined(separator: pad(",")) + pad("}")
    }
}

@Suite struct NDJSONRoundTripTests {
    @Test func printedRowsDecodeToTheSameRows() throws {
        var generator = RecordGenerator(random: SplitMix(state: 2026))
        var records: [String] = []
        for _ in 0..<500 { records.append(generator.record(generator.members())) }
        let first = try decode(records.joined(separator: "\n"), Tables.spans)
        #expect(first.rejections == [])
        let rows = try lines(first, printed)
        #expect(rows.count == 500)
        let second = try decode(rows.joined(separator: "\n"), Tables.spans)
        #expect(second.rejections == [])
        #expect(try lines(second, printed) == rows)
    }

    @Test func spellingDoesNotMatter() throws {
        var generator = RecordGenerator(random: SplitMix(state: 11))
        for _ in 0..<200 {
            let members = generator.members()
            let one = try decode(generator.record(members), Tables.spans)
            let other = try decode(
                generator.record(members.shuffled(using: &generator.random)), Tables.spans)
            #expect(one.rejections == [])
            #expect(try allColumns(one) == allColumns(other))
        }
    }

    @Test func flippedBitsNeverTrap() throws {
        var generator = RecordGenerator(random: SplitMix(state: 99))
        let record = Array(generator.record(generator.members()).utf8)
        for _ in 0..<20_000 {
            var bytes = record
            let index = Int.random(in: 0..<bytes.count, using: &generator.random)
            bytes[index] ^= 1 << UInt8.random(in: 0..<8, using: &generator.random)
            let body = try NDJSONDecoder.decode(bytes, table: Tables.spans)
            _ = try allColumns(body)
        }
        for count in 0..<record.count {
            let body = try NDJSONDecoder.decode(Array(record.prefix(count)), table: Tables.spans)
            #expect(body.acceptedCount == 0)
        }
    }
}
