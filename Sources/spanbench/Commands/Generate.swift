// `spanbench generate`: the data as files. NDJSON and CSV are one file; OTLP requests, which cannot
// be cut from one another, are numbered files in a directory.

import ArgumentParser
import Glibc
import SpanModel

/// `spanbench generate`.
struct Generate: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Write generated records to files.",
        discussion: "Example: spanbench generate --form csv --count 1000000 -o spans.csv")

    @OptionGroup var data: DataOptions

    @Option(help: "ndjson, csv or otlp.")
    var form: BodyForm = .ndjson

    @Option(
        name: .shortAndLong,
        help: ArgumentHelp("The file, or for otlp the directory; - is standard output."))
    var output = "-"

    func validate() throws {
        if form == .otlp, data.kind != .spans || output == "-" {
            throw ValidationError("otlp is for spans and needs a directory")
        }
    }

    func run() throws {
        var source = data.source(form)
        if form == .otlp { return try writeDirectory(&source) }
        let file = try OutputFile(path: output)
        if form == .csv { try file.write(header) }
        while true {
            let bodies = source.next(batches: 64)
            if bodies.isEmpty { break }
            for body in bodies { try file.write(body.bytes) }
        }
        try file.finish()
    }

    private var header: [UInt8] {
        switch data.kind {
        case .spans: SpanLines.header
        case .metrics: PointLines.metricHeader
        case .scores: PointLines.scoreHeader
        }
    }

    private func writeDirectory(_ source: inout BodySource) throws {
        guard mkdir(output, 0o777) == 0 || errno == EEXIST else {
            throw StoreError.io(operation: "mkdir", path: output, errno: errno)
        }
        var number = 0
        while true {
            let bodies = source.next(batches: 64)
            if bodies.isEmpty { return }
            for body in bodies {
                let digits = String(number)
                let padding = String(repeating: "0", count: max(0, 6 - digits.utf8.count))
                let file = try OutputFile(path: "\(output)/traces-\(padding)\(digits).pb")
                try file.write(body.bytes)
                try file.finish()
                number += 1
            }
        }
    }
}
