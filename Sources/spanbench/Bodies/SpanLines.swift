// Spans as NDJSON records (contract §2) and as CSV rows (RFC 4180, absent fields empty), with the
// same fields and values in both.
// Cost: 3 to 5 µs a span, most of it the texts.

/// Writes spans line by line.
struct SpanLines {
    private let vocabulary: Vocabulary
    private let fields: SpanFields
    private var text: [UInt8] = []
    private let keys: [[UInt8]]

    init(vocabulary: Vocabulary, catalog: DataCatalog) {
        self.vocabulary = vocabulary
        fields = SpanFields(catalog: catalog)
        keys = SpanFields.names.map { Array(",\"\($0)\":".utf8) }
    }

    /// The CSV header.
    static var header: [UInt8] {
        Array((SpanFields.names + ["input", "output", "attributes"]).joined(separator: ",").utf8)
            + [UInt8(ascii: "\n")]
    }

    /// One JSON object and a line end.
    mutating func appendJSON(_ span: BenchSpan, to bytes: inout [UInt8]) {
        let start = bytes.count
        for (key, value) in zip(keys, fields.values(span)) {
            switch value {
            case .absent: continue
            case .text(let string):
                bytes += key
                bytes.append(UInt8(ascii: "\""))
                bytes += string.utf8
                bytes.append(UInt8(ascii: "\""))
            case .integer(let number):
                bytes += key
                bytes += String(number).utf8
            case .money(let picodollars):
                bytes += key
                RecordText.appendMoney(picodollars, to: &bytes)
            }
        }
        bytes[start] = UInt8(ascii: "{")
        for isOutput in [false, true] {
            render(span, isOutput)
            bytes += (isOutput ? ",\"output\":" : ",\"input\":").utf8
            RecordText.appendJSONString(text, to: &bytes)
        }
        bytes += ",\"attributes\":".utf8
        RecordText.appendAttributes(span.contentSeed, to: &bytes)
        bytes += "}\n".utf8
    }

    /// One CSV row.
    mutating func appendCSV(_ span: BenchSpan, to bytes: inout [UInt8]) {
        for value in fields.values(span) {
            switch value {
            case .absent: break
            case .text(let string): bytes += string.utf8
            case .integer(let number): bytes += String(number).utf8
            case .money(let picodollars): RecordText.appendMoney(picodollars, to: &bytes)
            }
            bytes.append(UInt8(ascii: ","))
        }
        for isOutput in [false, true] {
            render(span, isOutput)
            Self.appendQuoted(text, to: &bytes)
            bytes.append(UInt8(ascii: ","))
        }
        text.removeAll(keepingCapacity: true)
        RecordText.appendAttributes(span.contentSeed, to: &text)
        Self.appendQuoted(text, to: &bytes)
        bytes.append(UInt8(ascii: "\n"))
    }

    private mutating func render(_ span: BenchSpan, _ isOutput: Bool) {
        text.removeAll(keepingCapacity: true)
        vocabulary.appendText(
            seed: isOutput ? span.contentSeed : BenchRandom.mix(span.contentSeed),
            isOutput: isOutput, to: &text)
    }

    private static func appendQuoted(_ text: [UInt8], to bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: "\""))
        var start = 0
        for (index, byte) in text.enumerated() where byte == UInt8(ascii: "\"") {
            bytes += text[start...index]
            start = index
        }
        bytes += text[start...]
        bytes.append(UInt8(ascii: "\""))
    }
}
