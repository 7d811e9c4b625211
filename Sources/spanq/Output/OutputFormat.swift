// The formats of --format.

import ArgumentParser
import SpanWire

/// How an answer is printed.
enum OutputFormat: String, ExpressibleByArgument, CaseIterable {
    case table, json, ndjson, csv

    /// The daemon's name of the format: its own `json` is an object around the rows.
    var wireName: String { self == .json ? "array" : rawValue }

    /// The encoder's name of the format.
    var encoding: ResultFormat {
        switch self {
        case .table: .table
        case .json: .json
        case .ndjson: .ndjson
        case .csv: .csv
        }
    }
}

/// The option that chooses one.
struct FormatOptions: ParsableArguments {
    @Option(help: "table, json, ndjson or csv (default: table on a terminal, else json).")
    var format: OutputFormat?

    /// The format to print.
    var effective: OutputFormat { format ?? (Terminal.isOutputInteractive ? .table : .json) }
}
