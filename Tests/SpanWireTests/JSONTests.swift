// The JSON tokenizer by itself.

import SpanModel
import SpanWire
import Testing

/// Whether a text is one JSON value.
private func isValid(_ bytes: [UInt8]) -> Bool {
    bytes.withUnsafeBytes {
        var cursor = JSONCursor($0)
        do throws(JSONError) {
            _ = try cursor.skipValue()
            try cursor.finish()
            return true
        } catch {
            return false
        }
    }
}

private func compact(_ text: String) throws -> String {
    var out: [UInt8] = []
    try Array(text.utf8).withUnsafeBytes {
        var cursor = JSONCursor($0)
        try cursor.skipValue().appendCompact(to: &out)
    }
    return String(decoding: out, as: UTF8.self)
}

private func member(_ object: String, _ key: String) -> String? {
    var out: [UInt8] = []
    let isFound = Array(object.utf8).withUnsafeBytes { object in
        Array(key.utf8).withUnsafeBytes {
            JSONObject.appendMemberText(of: object, key: $0, to: &out)
        }
    }
    return isFound ? String(decoding: out, as: UTF8.self) : nil
}

@Suite struct JSONTests {
    @Test(arguments: [
        "null", "true", "false", "0", "-0", "-0.5e+10", "1E5", "\"\"", "\"\\u0000\"", "[]", "{}",
        " [ 1 , { \"a\" : [ ] } ] ", "\"\\ud83d\\ude00\"", "[[],{},\"\"]",
    ])
    func accepts(_ text: String) { #expect(isValid(Array(text.utf8))) }

    @Test(arguments: [
        "", " ", "nul", "truE", "01", "1.", ".5", "-", "+1", "1e", "1e+", "0x1", "NaN", "Infinity",
        "-Infinity", "\"", "\"\\", "\"\\u12", "\"\\u12g4\"", "\"\t\"", "[1,]", "[,1]", "[1 2]",
        "{\"a\"}", "{\"a\":}", "{\"a\":1,}", "{a:1}", "{\"a\":1]", "[1}", "[", "{", "]", "1 2",
        "\"\\ud800\"", "\"\\ud800\\u0041\"", "\"\\udc00\"", "//", "[1]x",
    ])
    func refuses(_ text: String) { #expect(!isValid(Array(text.utf8))) }

    @Test func controlCharactersAtEveryPlaceOfAWord() {
        for length in 0..<24 {
            for place in 0..<length {
                for special: UInt8 in [0x00, 0x1F, 0x22, 0x5C] {
                    var bytes = [UInt8](repeating: 0x80 | 0x41, count: length).map { $0 & 0x7F }
                    bytes[place] = special
                    #expect(!isValid([0x22] + bytes + [0x22]), "\(length) \(place) \(special)")
                }
            }
            #expect(isValid([0x22] + [UInt8](repeating: 0x20, count: length) + [0x22]))
        }
    }

    @Test func compaction() throws {
        #expect(try compact(" { \"a b\" : [ 1 , \"x \\\" y\" ] } ") == #"{"a b":[1,"x \" y"]}"#)
        #expect(try compact(#"{"a":1}"#) == #"{"a":1}"#)
    }

    @Test func members() {
        let object = #"{"a":"x\ny","b":{"c": 1},"d":null,"\u0065":2,"f":true}"#
        #expect(member(object, "a") == "x\ny")
        #expect(member(object, "b") == #"{"c":1}"#)
        #expect(member(object, "c") == nil)
        #expect(member(object, "d") == nil)
        #expect(member(object, "e") == "2")
        #expect(member(object, "f") == "true")
        #expect(member("[1]", "a") == nil)
        #expect(member("", "a") == nil)
    }

    @Test func depth() {
        func nested(_ depth: Int) -> [UInt8] {
            [UInt8](repeating: 0x5B, count: depth) + [UInt8](repeating: 0x5D, count: depth)
        }
        #expect(isValid(nested(16)))
        #expect(!isValid(nested(17)))
        #expect(!isValid(nested(10_000)))
    }

    @Test(arguments: [
        ("0", 0.0), ("-0", -0.0), ("0.1", 0.1), ("123456789012345", 123_456_789_012_345),
        ("1234567890123456789", 1_234_567_890_123_456_768), ("1e22", 1e22),
        ("5e-324", .leastNonzeroMagnitude),
        ("2.2250738585072014e-308", 2.2250738585072014e-308), ("1e400", .infinity),
        ("0.30000000000000004", 0.30000000000000004), ("9007199254740993", 9_007_199_254_740_992),
    ])
    func doubles(_ text: String, _ expected: Double) {
        let value = Array(text.utf8).withUnsafeBytes { JSONNumber.double($0) }
        #expect(value?.bitPattern == expected.bitPattern)
    }

    @Test func doublesRoundTrip() {
        var random = SplitMix(state: 3)
        for _ in 0..<20_000 {
            let value = Double(bitPattern: random.next())
            guard value.isFinite else { continue }
            var out: [UInt8] = []
            JSONWriter.appendDouble(value, to: &out)
            #expect(out.withUnsafeBytes { JSONNumber.double($0) }?.bitPattern == value.bitPattern)
            #expect(isValid(out))
        }
    }

    @Test(arguments: [
        ("9223372036854775807", Int64.max), ("-9223372036854775808", .min), ("0", 0), ("-0", 0),
    ])
    func integers(_ text: String, _ expected: Int64) {
        #expect(Array(text.utf8).withUnsafeBytes { JSONNumber.int64($0) } == expected)
    }

    @Test func integersThatDoNotFit() {
        for text in ["9223372036854775808", "-9223372036854775809", "1.0", "1e3", "", "-"] {
            #expect(Array(text.utf8).withUnsafeBytes { JSONNumber.int64($0) } == nil)
        }
    }

    @Test func stringsRoundTrip() throws {
        var random = SplitMix(state: 5)
        let alphabet: [Unicode.Scalar] = [
            "a", "\"", "\\", "\u{0}", "\u{1F}", "\n", "é", "界", "😀", " ",
        ]
        for _ in 0..<2_000 {
            var text = String.UnicodeScalarView()
            for _ in 0..<Int.random(in: 0..<30, using: &random) {
                text.append(alphabet[Int.random(in: 0..<alphabet.count, using: &random)])
            }
            var out: [UInt8] = []
            JSONWriter.appendString(String(text), to: &out)
            var back: [UInt8] = []
            try out.withUnsafeBytes {
                var cursor = JSONCursor($0)
                try cursor.string().appendText(to: &back)
            }
            #expect(String(decoding: back, as: UTF8.self) == String(text))
        }
    }

    @Test(
        arguments: [
            [0x80], [0xC0, 0x80], [0xC1, 0xBF], [0xC2], [0xC2, 0x41], [0xE0, 0x9F, 0xBF],
            [0xE2, 0x82],
            [0xED, 0xA0, 0x80], [0xF0, 0x8F, 0xBF, 0xBF], [0xF4, 0x90, 0x80, 0x80],
            [0xF5, 0, 0, 0],
            [0xFF], [0xF0, 0x9F, 0x98],
        ] as [[UInt8]])
    func invalidUTF8(_ bytes: [UInt8]) {
        for padding in [0, 1, 7, 8, 31, 32, 40] {
            let text = [UInt8](repeating: 0x61, count: padding) + bytes
            #expect(text.withUnsafeBytes { UTF8Validation.firstInvalidByte(in: $0) } == padding)
        }
    }

    @Test func validUTF8() {
        let text = Array("aé界😀\u{7FF}\u{800}\u{D7FF}\u{E000}\u{FFFF}\u{10000}\u{10FFFF}".utf8)
        for padding in 0..<40 {
            let bytes = [UInt8](repeating: 0x61, count: padding) + text + text
            #expect(bytes.withUnsafeBytes { UTF8Validation.isValid($0) })
        }
    }
}
