// Writes that disagree about the same thing.

import ArgumentParser

/// `spanq conflicts`.
struct Conflicts: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Identities whose writes disagree, and in which fields.",
        subcommands: [Spans.self, Points.self])

    /// `spanq conflicts spans`.
    struct Spans: QuestionCommand {
        static let question = "conflicts/spans"
        static let configuration = CommandConfiguration(
            commandName: "spans", abstract: "Spans that were sent with different content.")

        @OptionGroup var filter: FilterOptions
        @OptionGroup var store: StoreOptions
        @OptionGroup var output: FormatOptions

        var parameters: [String: String?] { filter.parameters() }
    }

    /// `spanq conflicts metrics`.
    struct Points: QuestionCommand {
        static let question = "conflicts/metrics"
        static let configuration = CommandConfiguration(
            commandName: "metrics", abstract: "Steps that were logged with different values.")

        @OptionGroup var filter: FilterOptions
        @OptionGroup var store: StoreOptions
        @OptionGroup var output: FormatOptions

        @Option(help: ArgumentHelp("Only this run.", valueName: "id"))
        var run: String?

        @Option(help: ArgumentHelp("Only this metric.", valueName: "metric"))
        var name: String?

        var parameters: [String: String?] { filter.parameters(["run": run, "name": name]) }
    }
}
