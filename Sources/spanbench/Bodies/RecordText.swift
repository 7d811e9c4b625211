// Pieces of text that records have in common: session names, decimal money, JSON strings.

/// Text of record fields.
enum RecordText {
    /// The id of a session, with nothing of its order in it.
    static func session(_ number: UInt32) -> String {
        "session-" + Hexadecimal.text(BenchRandom.mix(UInt64(number) &+ 0x5E55_1014))
    }

    /// Picodollars as dollars with up to twelve decimals.
    static func appendMoney(_ picodollars: Int64, to bytes: inout [UInt8]) {
        let fraction = String(picodollars % 1_000_000_000_000)
        bytes += "\(picodollars / 1_000_000_000_000).".utf8
        bytes += repeatElement(UInt8(ascii: "0"), count: 12 - fraction.utf8.count)
        bytes += fraction.utf8
    }

    /// A JSON string of bytes that need no other escapes than those of quotes and line ends.
    static func appendJSONString(_ text: [UInt8], to bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: "\""))
        var start = 0
        for (index, byte) in text.enumerated()
        where byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\n") {
            bytes += text[start..<index]
            bytes += (byte == UInt8(ascii: "\n") ? "\\n" : "\\\"").utf8
            start = index + 1
        }
        bytes += text[start...]
        bytes.append(UInt8(ascii: "\""))
    }

    /// The attributes as a JSON object.
    static func appendAttributes(_ seed: UInt64, to bytes: inout [UInt8]) {
        var object = Array("{".utf8)
        SpanAttributes.forEach(seed: seed) { key, value in
            if object.count > 1 { object.append(UInt8(ascii: ",")) }
            object += "\"\(key)\":".utf8
            switch value {
            case .string(let text): object += "\"\(text)\"".utf8
            case .integer(let number): object += "\(number)".utf8
            case .double(let number): object += "\(number)".utf8
            case .bool(let flag): object += (flag ? "true" : "false").utf8
            }
        }
        object.append(UInt8(ascii: "}"))
        bytes += object
    }
}
