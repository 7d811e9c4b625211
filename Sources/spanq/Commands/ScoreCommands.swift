// Questions about scores and experiments.

import ArgumentParser

/// Which scores a question is about.
struct ScoreOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Only scores that name this session.", valueName: "id"))
    var session: String?

    @Option(help: ArgumentHelp("Only scores that name this trace.", valueName: "id"))
    var trace: String?

    @Option(help: ArgumentHelp("Only scores that name this span.", valueName: "id"))
    var span: String?

    @Option(help: ArgumentHelp("Only scores of this name.", valueName: "name"))
    var name: String?

    @Option(help: ArgumentHelp("Only scores from this source.", valueName: "name"))
    var source: String?

    var parameters: [String: String?] {
        ["session": session, "trace": trace, "span": span, "name": name, "source": source]
    }
}

/// `spanq scores`.
struct Scores: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Scores of sessions, traces and spans.",
        subcommands: [ScoreList.self, ScoreStats.self], defaultSubcommand: ScoreList.self)
}

/// `spanq scores list`, which is also plain `spanq scores`.
struct ScoreList: QuestionCommand {
    static let question = "scores"
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "The scores one by one.",
        discussion: "Example: spanq scores --session trip-1")

    @OptionGroup var scores: ScoreOptions
    @OptionGroup var filter: FilterOptions
    @OptionGroup var store: StoreOptions
    @OptionGroup var output: FormatOptions

    var parameters: [String: String?] { filter.parameters(scores.parameters) }
}

/// `spanq scores stats`.
struct ScoreStats: QuestionCommand {
    static let question = "scores/stats"
    static let configuration = CommandConfiguration(
        commandName: "stats", abstract: "How the scores of each name are spread.",
        discussion: "Quantiles are by the method index: each is one of the values.")

    @OptionGroup var scores: ScoreOptions
    @OptionGroup var filter: FilterOptions
    @OptionGroup var store: StoreOptions
    @OptionGroup var output: FormatOptions

    var parameters: [String: String?] { filter.parameters(scores.parameters) }
}

/// `spanq experiments`.
struct Experiments: QuestionCommand {
    static let question = "experiments"
    static let configuration = CommandConfiguration(
        abstract: "Experiments with cost, latency and scores of their runs.",
        discussion: "Example: spanq experiments --order run_count:desc --limit 10")

    @OptionGroup var filter: FilterOptions
    @OptionGroup var store: StoreOptions
    @OptionGroup var output: FormatOptions

    @Argument(help: "Only this experiment.")
    var name: String?

    var parameters: [String: String?] { filter.parameters(["name": name]) }
}
