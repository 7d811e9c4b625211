// `spanbench codec`: what the page encodings make of generated columns: which is chosen, bytes a
// row, nanoseconds a row to encode and to decode; the text blocks by compressor; and how many spans a
// second one core decodes from request bodies.

import ArgumentParser
import CPlatform
import SpanColumns
import SpanModel
import SpanWire

/// `spanbench codec`.
struct Codec: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Encode and decode generated columns and measure.")

    @Option(help: "The same seed gives the same columns.")
    var seed: UInt64 = 1

    @Option(help: "Repetitions; the fastest counts.")
    var rounds = 15

    @Flag(help: "Measure the decoding of request bodies alone.")
    var bodies = false

    @Option(help: ArgumentHelp("Write the results here.", valueName: "file"))
    var json: String?

    private static let rowCount = 32_768

    func run() throws {
        // As the daemon does: memory that is given back at once comes back as page faults.
        cplatform_limit_allocator()
        var report = Report()
        if !bodies { try measureColumns(&report) }
        let decoding = DecodeRun(seed: seed, rounds: max(1, rounds / 3))
        report.add("bodies", .object(try decoding.report()))
        try report.write(to: json)
    }

    private func measureColumns(_ report: inout Report) throws {
        report.add("rows", Self.rowCount)
        for (kind, table) in [(RecordKind.spans, Tables.spans), (.metrics, Tables.metrics)] {
            let batch = try batch(kind, table)
            var columns = Report()
            for (schema, vector) in zip(table.columns, batch.columns) {
                guard let entry = try measure(vector, schema) else { continue }
                columns.add(schema.name, .object(entry))
            }
            report.add(kind.rawValue, .object(columns))
        }
        report.add("text_blocks", .object(try textBlocks()))
    }

    private func batch(_ kind: RecordKind, _ table: TableSchema) throws -> ColumnBatch {
        var source = BodySource(
            kind: kind, form: .ndjson, count: Self.rowCount, batchRows: Self.rowCount, seed: seed)
        guard let body = source.next(batches: 1).first,
            let batch = try NDJSONDecoder.decode(body.bytes, table: table).batches.first
        else { throw StoreError.unknown(what: "batch", name: kind.rawValue) }
        return batch
    }

    /// One column as a page; nil for one without values.
    private func measure(_ vector: ColumnVector, _ schema: ColumnSchema) throws -> Report? {
        var page = PageEncoder.encode(vector)
        if page.encoding == .null { return nil }
        let encode = fastest { page = PageEncoder.encode(vector) }
        var dictionary: StringDictionary?
        if case .string(let strings) = vector { dictionary = strings.dictionary }
        var blocks: (any TextBlockSource)?
        if case .text(let texts) = vector { blocks = texts.blocks }
        var failure: StoreError?
        let decode = fastest {
            page.bytes.withUnsafeBytes { bytes in
                do throws(StoreError) {
                    let reader = try PageReader(
                        bytes: bytes, encoding: page.encoding, form: schema.type.form,
                        rowCount: vector.count)
                    _ = try reader.decode(dictionary: dictionary, blocks: blocks)
                } catch {
                    failure = error
                }
            }
        }
        if let failure { throw failure }
        var report = Report()
        report.add("encoding", "\(page.encoding)")
        report.add("bytes_per_row", Double(page.bytes.count) / Double(vector.count))
        report.add("encode_ns_per_row", encode / Double(vector.count))
        report.add("decode_ns_per_row", decode / Double(vector.count))
        return report
    }

    /// Outputs of spans in blocks of the usual size.
    private func textBlocks() throws -> Report {
        let vocabulary = Vocabulary()
        var raw: [UInt8] = []
        var random = BenchRandom(seed: seed)
        while raw.count < Limits.textBlockBytes {
            vocabulary.appendText(seed: random.next(), isOutput: true, to: &raw)
        }
        var report = Report()
        for (name, codec, level) in [
            ("lz4", BlockCodec.lz4, Int32(1)), ("zstd-1", .zstd, 1), ("zstd-3", .zstd, 3),
        ] {
            var block = BlockCompressor.compress(raw, codec: codec, level: level)
            let compress = fastest {
                block = BlockCompressor.compress(raw, codec: codec, level: level)
            }
            var failure: StoreError?
            let decompress = fastest {
                do throws(StoreError) {
                    _ = try BlockCompressor.decompress(block)
                } catch {
                    failure = error
                }
            }
            if let failure { throw failure }
            var entry = Report()
            entry.add("ratio", Double(raw.count) / Double(block.bytes.count))
            entry.add("compress_megabytes_per_second", Double(raw.count) / compress * 1e3)
            entry.add("decompress_megabytes_per_second", Double(raw.count) / decompress * 1e3)
            report.add(name, .object(entry))
        }
        return report
    }

    /// Nanoseconds of the fastest of `rounds` runs.
    private func fastest(_ body: () -> Void) -> Double {
        var least = UInt64.max
        for _ in 0..<max(1, rounds) {
            let start = Stopwatch.now()
            body()
            least = min(least, Stopwatch.now() - start)
        }
        return Double(least)
    }
}
