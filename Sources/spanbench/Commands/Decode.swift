// `spanbench bodies` writes the request bodies that decoding is promised for to a file, and `spanbench
// decode` decodes those of a file on one core: other decoders are given the same bytes.

import ArgumentParser
import CPlatform
import SpanColumns
import SpanModel
import SpanWire

/// `spanbench bodies`.
struct Bodies: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Write OTLP trace requests to a file, each behind its length in four bytes.")

    @Option(help: "The same seed gives the same bytes.")
    var seed: UInt64 = 1

    @Argument(help: "The file; - is standard output.")
    var file: String

    func run() throws {
        try BodyFile.write(DecodeRun(seed: seed, rounds: 1).promisedBodies(), to: file)
    }
}

/// `spanbench decode`.
struct Decode: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Decode the OTLP trace requests of a file to columns and measure.")

    @Option(help: "Passes over all bodies; the fastest counts.")
    var rounds = 5

    @Option(help: ArgumentHelp("Write the results here.", valueName: "file"))
    var json: String?

    @Argument(help: "A file of `spanbench bodies`.")
    var file: String

    func run() throws {
        cplatform_limit_allocator()
        let bodies = try BodyFile.read(file)
        let rows = try Self.spanCount(bodies)
        let seconds = try DecodeRun.fastest(bodies, rows: rows, rounds: rounds) {
            body throws(StoreError) in
            try OTLPTraceDecoder.decodeProtobuf(body, ingestTime: 1, textCodec: .stored)
        }
        var report = Report()
        report.add("spans", rows)
        report.add("bytes", bodies.reduce(0) { $0 + $1.count })
        report.add("seconds", seconds)
        report.add("spans_per_second", Double(rows) / seconds)
        try report.write(to: json)
    }

    /// Spans in the bodies that are taken.
    private static func spanCount(_ bodies: [[UInt8]]) throws -> Int {
        try bodies.reduce(0) { count, body in
            let decoded = try body.withUnsafeBytes { bytes in
                Result { () throws(StoreError) in
                    try OTLPTraceDecoder.decodeProtobuf(bytes, ingestTime: 1, textCodec: .stored)
                }
            }.get()
            return count + decoded.acceptedCount
        }
    }
}
