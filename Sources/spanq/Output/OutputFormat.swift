// The formats of --format.

import ArgumentParser
import SpanWire

/// How an answer is printed.
enum OutputFormat: String, ExpressibleByArgument, CaseIterable {
    case table, json, ndjson, csv, arrow

    /// The daemon's name of the format: its own `json` is an object around the rows.
    var wireName: String { self == .json ? "array" : rawValue }

    /// The encoder's name of the format.
    var encoding: ResultFormat {
        switch self {
        case .table: .table
        case .json: .json
        case .ndjson: .ndjson
        case .csv: .csv
        case .arrow: .arrow
        }
    }
}

/// The option that chooses one.
struct FormatOptions: ParsableArguments {
    @Option(help: "table, json, ndjson, csv or arrow (default: table on a terminal, else json).")
    var format: OutputFormat?

    /// The format to print.
    var effective: OutputFormat { format ?? (Terminal.isOutputInteractive ? .table : .json) }

    /// A terminal can do nothing with a binary stream.
    func validate() throws {
        guard format == .arrow, Terminal.isOutputInteractive else { return }
        throw ValidationError("--format arrow is binary; send standard output to a file or a pipe")
    }
}
