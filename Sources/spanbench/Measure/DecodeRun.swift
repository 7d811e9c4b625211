// Request bodies → columns on one core. All bodies differ and together they are larger than a cache,
// as a daemon sees them. Decoding is measured apart from the compression of texts and with it.

import SpanColumns
import SpanModel
import SpanWire

/// Measures the decoders of request bodies.
struct DecodeRun {
    private static let bodyRows = 500
    private static let bodyCount = 128
    /// The spans that decoding is promised for: 14 attributes in about 700 bytes.
    private static let promised = (attributes: 14, textBytesMax: 65)

    let seed: UInt64
    /// Passes over all bodies; the fastest counts.
    let rounds: Int

    func report() throws -> Report {
        var report = Report()
        for (name, attributes, textBytesMax) in [
            ("otlp", Self.promised.attributes, Self.promised.textBytesMax),
            ("otlp_long_texts", nil, Int.max),
        ] {
            let bodies = otlpBodies(attributes, textBytesMax: textBytesMax)
            var entry = Report()
            entry.add("span_bytes", Double(bodies.reduce(0) { $0 + $1.count }) / Self.spanCount)
            for (codec, figure) in [
                (BlockCodec.stored, "spans_per_second"), (.zstd, "spans_per_second_compressed"),
            ] {
                let seconds = try Self.fastest(bodies, rows: Self.rowCount, rounds: rounds) {
                    body throws(StoreError) in
                    try OTLPTraceDecoder.decodeProtobuf(body, ingestTime: 1, textCodec: codec)
                }
                entry.add(figure, Self.spanCount / seconds)
            }
            report.add(name, .object(entry))
        }
        var source = BodySource(
            kind: .spans, form: .ndjson, count: Self.bodyRows * Self.bodyCount,
            batchRows: Self.bodyRows, seed: seed)
        let lines = source.next(batches: Self.bodyCount).map(\.bytes)
        let seconds = try Self.fastest(lines, rows: Self.rowCount, rounds: rounds) {
            body throws(StoreError) in
            try NDJSONDecoder.decode(body, table: Tables.spans)
        }
        var entry = Report()
        entry.add("span_bytes", Double(lines.reduce(0) { $0 + $1.count }) / Self.spanCount)
        entry.add("spans_per_second_compressed", Self.spanCount / seconds)
        report.add("ndjson", .object(entry))
        return report
    }

    private static var rowCount: Int { bodyRows * bodyCount }
    private static var spanCount: Double { Double(rowCount) }

    /// The requests that decoding is promised for.
    func promisedBodies() -> [[UInt8]] {
        otlpBodies(Self.promised.attributes, textBytesMax: Self.promised.textBytesMax)
    }

    private func otlpBodies(_ attributeCount: Int?, textBytesMax: Int) -> [[UInt8]] {
        var source = SpanSource(count: Self.bodyRows * Self.bodyCount, seed: seed)
        var writer = OTLPBody(
            vocabulary: Vocabulary(), catalog: source.catalog, textBytesMax: textBytesMax,
            attributeCount: attributeCount)
        return (0..<Self.bodyCount).map { _ in
            writer.request((0..<Self.bodyRows).map { _ in source.next() })
        }
    }

    /// Seconds of the fastest of `rounds` passes that decode every body, `rows` rows in all.
    static func fastest(
        _ bodies: [[UInt8]], rows: Int, rounds: Int,
        _ decode: (UnsafeRawBufferPointer) throws(StoreError) -> DecodedBody
    ) throws -> Double {
        var least = UInt64.max
        for _ in 0..<max(1, rounds) {
            var accepted = 0
            let start = Stopwatch.now()
            for body in bodies {
                accepted += try body.withUnsafeBytes { bytes in
                    Result { () throws(StoreError) in try decode(bytes).acceptedCount }
                }.get()
            }
            least = min(least, Stopwatch.now() - start)
            guard accepted == rows else {
                throw StoreError.unknown(what: "span", name: "decoded body")
            }
        }
        return Double(least) / 1e9
    }
}
