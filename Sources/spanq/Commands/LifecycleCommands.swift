// Commands that end the life of rows, and those that make it longer. They go to the daemon: nothing else
// may change a store.

import ArgumentParser
import SpanClient
import SpanPlatform

/// `spanq erase`.
struct Erase: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Erase rows and their bytes for good; a row of the receipt per place.",
        discussion: """
            What is named holds together. All writes of a span or step go as soon as one of them fits, \
            and scores with the spans they are about. Example: spanq erase --session s-17 --dry-run
            """)

    @OptionGroup var store: StoreOptions
    @OptionGroup var output: FormatOptions

    @Option(help: ArgumentHelp("Spans and scores of a session.", valueName: "id"))
    var session: String?

    @Option(help: ArgumentHelp("Spans and scores of a trace.", valueName: "id"))
    var trace: String?

    @Option(help: ArgumentHelp("Spans of a user.", valueName: "id"))
    var user: String?

    @Option(
        name: .customLong("run"),
        help: ArgumentHelp(
            "Metrics and entities of a run, and spans whose attribute run_id names it.",
            valueName: "id"))
    var runID: String?

    @Option(help: ArgumentHelp("Spans of an experiment, and its document.", valueName: "name"))
    var experiment: String?

    @Option(help: ArgumentHelp("Spans, metrics and entities of a project.", valueName: "name"))
    var project: String?

    @Option(
        help: ArgumentHelp(
            "Only what is older; entities, which have no time, stay.", valueName: "time"))
    var before: String?

    @Flag(help: "Count what would be erased, and erase nothing.")
    var dryRun = false

    func run() throws {
        let selected = [
            "session": session, "trace": trace, "user": user, "run": runID,
            "experiment": experiment, "project": project, "before": before,
            "dry_run": dryRun ? "true" : nil,
        ].compactMapValues { $0 }
        try store.command("erase", selected, output)
    }
}

/// `spanq retain`.
struct Retain: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "How long rows are kept: list, set, or erase now what is past.",
        discussion: """
            Rows are kept for whole days from the day of their start or time; a project's own days go \
            before those of the table. Example: spanq retain --days 90 --project shop
            """)

    @OptionGroup var store: StoreOptions
    @OptionGroup var output: FormatOptions

    @Option(help: ArgumentHelp("Keep rows for so many days.", valueName: "days"))
    var days: Int?

    @Option(help: ArgumentHelp("Only rows of this project.", valueName: "name"))
    var project: String?

    @Option(help: "spans (default), metrics or scores.")
    var table: String?

    @Flag(help: "End the policy: rows are kept for ever.")
    var forever = false

    @Flag(help: "Erase what is past now, and return when that is done.")
    var now = false

    func run() throws {
        let parameters = [
            "days": days.map { "\($0)" }, "project": project, "table": table,
            "forever": forever ? "true" : nil, "now": now ? "true" : nil,
        ].compactMapValues { $0 }
        if parameters.isEmpty {
            let target = "/api/v1/retain?format=\(output.effective.wireName)"
            return try Terminal.write(try store.client().get(target).body)
        }
        try store.command("retain", parameters, output)
    }
}

/// `spanq backup`.
struct Backup: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Make a checked backup while the daemon works on; returns when it is durable.",
        discussion: "The directory is a store: start it with spand --data-dir DIR.")

    @Argument(help: "A directory that is new or empty, where the daemon runs.")
    var directory: String

    @OptionGroup var store: StoreOptions
    @OptionGroup var output: FormatOptions

    func run() throws {
        try store.command(
            "backup", ["directory": DefaultPaths.absolute(directory)], output)
    }
}
