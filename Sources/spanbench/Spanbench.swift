// The command line of the benchmark harness. Results are JSON on standard output or in a file;
// progress goes to standard error. Exit codes are those of spanq.

import ArgumentParser

@main
struct Spanbench: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "spanbench",
        abstract: "Generate agent-shaped data and measure a span store with it.",
        version: "0.1.0",
        subcommands: [
            Generate.self, Ingest.self, Query.self, Mixed.self, Codec.self,
            Bodies.self, Decode.self, IdentityLookups.self,
        ])
}

/// What is generated.
struct DataOptions: ParsableArguments {
    @Option(help: "spans, metrics or scores.")
    var kind: RecordKind = .spans

    @Option(
        help: ArgumentHelp(
            "Records; for scores, the spans whose sessions have them.", valueName: "n"))
    var count = 100_000

    @Option(help: "The same seed gives the same bytes.")
    var seed: UInt64 = 1

    @Option(help: ArgumentHelp("Records in a body.", valueName: "n"))
    var batch = 1_000

    func source(_ form: BodyForm) -> BodySource {
        BodySource(kind: kind, form: form, count: count, batchRows: batch, seed: seed)
    }

    func validate() throws {
        guard count > 0, batch > 0 else { throw ValidationError("--count and --batch are above 0") }
    }
}
