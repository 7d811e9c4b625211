// `spanq ingest`: sends files in pieces. Records go in batches of whole lines; good lines are
// stored, bad ones are listed with file and line on standard error.

import ArgumentParser
import Glibc
import SpanClient
import SpanModel

/// What a file holds.
enum IngestKind: String, ExpressibleByArgument, CaseIterable {
    case spans, metrics, scores, entities, atif, otlp

    /// Where its pieces are sent.
    var target: String {
        switch self {
        case .spans, .metrics, .scores, .entities: "/api/v1/\(rawValue)?partial=true"
        case .atif: "/api/v1/atif"
        case .otlp: "/v1/traces"
        }
    }

    /// Whether a file is sent in batches of lines, line by line, or whole.
    func pieces(path: String) -> PieceReader.Cut {
        switch self {
        case .spans, .metrics, .scores, .entities: .lines
        case .atif: .whole
        case .otlp: path.hasSuffix(".jsonl") || path.hasSuffix(".ndjson") ? .line : .whole
        }
    }

    /// The Content-Type of a piece. What is compressed is known by its file's name alone.
    func contentType(_ piece: Piece, path: String) -> String {
        switch self {
        case .spans, .metrics, .scores, .entities: return "application/x-ndjson"
        case .atif: return "application/json"
        case .otlp:
            if piece.coding != nil {
                let isJSON = path.hasSuffix(".json.gz") || path.hasSuffix(".json.zst")
                return isJSON ? "application/json" : "application/x-protobuf"
            }
            let first = piece.bytes.first { ![0x20, 0x09, 0x0A, 0x0D].contains($0) }
            return first == UInt8(ascii: "{") ? "application/json" : "application/x-protobuf"
        }
    }
}

/// `spanq ingest`.
struct Ingest: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Send files to the store.",
        discussion: """
            Records are NDJSON, one a line. OTLP files are protobuf or JSON requests; a .jsonl \
            file holds a JSON request a line. Files may be compressed with gzip or zstd.
            Example: spanq ingest spans day1.ndjson day2.ndjson
            """)

    @OptionGroup var store: StoreOptions

    @Argument(help: "spans, metrics, scores, entities, atif or otlp.")
    var kind: IngestKind

    @Argument(help: "Files; - is standard input.")
    var files: [String]

    func run() throws {
        var sender = PieceSender(kind: kind, client: store.client())
        var progress = Progress(totalBytes: PieceReader.totalBytes(files))
        defer {
            progress.clear()
            Terminal.message("accepted=\(sender.accepted) rejected=\(sender.rejected)")
        }
        for file in files {
            let reader = try PieceReader(path: file, cut: kind.pieces(path: file))
            while let piece = try reader.next() {
                try sender.send(piece, of: file)
                progress.advance(by: piece.bytes.count)
            }
        }
        if sender.rejected > 0 { throw ExitCode(ErrorCode.invalidRecord.exitCode) }
    }
}
