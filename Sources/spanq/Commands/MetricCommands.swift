// Questions about the metrics of runs.

import ArgumentParser

/// `spanq metrics`.
struct Metrics: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Metrics of a run.", subcommands: [Names.self, Series.self, Stats.self])

    /// `spanq metrics names`.
    struct Names: QuestionCommand {
        static let question = "metrics/names"
        static let configuration = CommandConfiguration(abstract: "The metrics of a run.")

        @OptionGroup var filter: FilterOptions
        @OptionGroup var store: StoreOptions
        @OptionGroup var output: FormatOptions

        @Option(help: ArgumentHelp("The run.", valueName: "id"))
        var run: String

        var parameters: [String: String?] { filter.parameters(["run": run]) }
    }

    /// `spanq metrics series`.
    struct Series: QuestionCommand {
        static let question = "metrics/series"
        static let configuration = CommandConfiguration(abstract: "The points of a metric.")

        @OptionGroup var filter: FilterOptions
        @OptionGroup var store: StoreOptions
        @OptionGroup var output: FormatOptions

        @Option(help: ArgumentHelp("The run.", valueName: "id"))
        var run: String

        @Option(help: ArgumentHelp("The metric.", valueName: "metric"))
        var name: String

        @Option(help: ArgumentHelp("The first step.", valueName: "step"))
        var stepMin: Int?

        @Option(help: ArgumentHelp("The last step.", valueName: "step"))
        var stepMax: Int?

        @Option(help: ArgumentHelp("Thin out to this many steps.", valueName: "count"))
        var buckets: Int?

        var parameters: [String: String?] {
            filter.parameters([
                "run": run, "name": name, "step_min": stepMin.map { "\($0)" },
                "step_max": stepMax.map { "\($0)" }, "buckets": buckets.map { "\($0)" },
            ])
        }
    }

    /// `spanq metrics stats`.
    struct Stats: QuestionCommand {
        static let question = "metrics/stats"
        static let configuration = CommandConfiguration(
            abstract: "Count, range, mean and last value of a run's metrics.")

        @OptionGroup var filter: FilterOptions
        @OptionGroup var store: StoreOptions
        @OptionGroup var output: FormatOptions

        @Option(help: ArgumentHelp("The run.", valueName: "id"))
        var run: String

        @Option(help: ArgumentHelp("Only this metric.", valueName: "metric"))
        var name: String?

        var parameters: [String: String?] { filter.parameters(["run": run, "name": name]) }
    }
}
