// Questions about the metrics of runs.

import ArgumentParser

/// `spanq metrics`.
struct Metrics: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Metrics of runs.",
        subcommands: [
            Names.self, Series.self, Chart.self, Stats.self, Compare.self, Leaderboard.self,
            Best.self, Heartbeat.self,
        ])

    /// `spanq metrics names`.
    struct Names: QuestionCommand {
        static let question = "metrics/names"
        static let configuration = CommandConfiguration(
            abstract: "The metrics of a run, of several, or of a project.")

        @OptionGroup var filter: FilterOptions
        @OptionGroup var store: StoreOptions
        @OptionGroup var output: FormatOptions

        @Option(help: ArgumentHelp("The run.", valueName: "id"))
        var run: String?

        @Option(help: ArgumentHelp("Several runs.", valueName: "id,…"))
        var runs: String?

        @Option(help: ArgumentHelp("Only names that contain this.", valueName: "text"))
        var search: String?

        var parameters: [String: String?] {
            filter.parameters(["run": run, "runs": runs, "search": search])
        }
    }

    /// `spanq metrics series`.
    struct Series: QuestionCommand {
        static let question = "metrics/series"
        static let configuration = CommandConfiguration(
            abstract: "The points of a metric.",
            discussion: "Example: spanq metrics series --run 7 --name train/loss --plot")

        @OptionGroup var filter: FilterOptions
        @OptionGroup var lines: LineOptions
        @OptionGroup var watch: WatchOptions
        @OptionGroup var store: StoreOptions
        @OptionGroup var output: FormatOptions

        @Option(help: ArgumentHelp("The run.", valueName: "id"))
        var run: String

        @Option(help: ArgumentHelp("The metric.", valueName: "metric"))
        var name: String

        @Option(help: ArgumentHelp("Go on where a page with --limit ended.", valueName: "place"))
        var cursor: String?

        var drawsPlot: Bool { lines.plot }
        var watchSeconds: Double? { watch.seconds }
        var parameters: [String: String?] {
            filter.parameters(
                lines.parameters(["run": run, "name": name, "cursor": cursor]))
        }
    }

    /// `spanq metrics chart`.
    struct Chart: QuestionCommand {
        static let question = "metrics/chart"
        static let configuration = CommandConfiguration(
            abstract: "Metrics of several runs, thinned out.",
            discussion: "Example: spanq metrics chart --runs 7,8 --names train/loss --plot")

        @OptionGroup var filter: FilterOptions
        @OptionGroup var lines: LineOptions
        @OptionGroup var watch: WatchOptions
        @OptionGroup var store: StoreOptions
        @OptionGroup var output: FormatOptions

        @Option(help: ArgumentHelp("The runs.", valueName: "id,…"))
        var runs: String

        @Option(help: ArgumentHelp("The metrics (default: all).", valueName: "metric,…"))
        var names: String?

        var drawsPlot: Bool { lines.plot }
        var watchSeconds: Double? { watch.seconds }
        var parameters: [String: String?] {
            filter.parameters(lines.parameters(["runs": runs, "names": names]))
        }
    }

    /// `spanq metrics stats`.
    struct Stats: QuestionCommand {
        static let question = "metrics/stats"
        static let configuration = CommandConfiguration(
            abstract: "Count, range, mean and last value of a run's metrics.")

        @OptionGroup var filter: FilterOptions
        @OptionGroup var watch: WatchOptions
        @OptionGroup var store: StoreOptions
        @OptionGroup var output: FormatOptions

        @Option(help: ArgumentHelp("The run.", valueName: "id"))
        var run: String

        @Option(help: ArgumentHelp("Only this metric.", valueName: "metric"))
        var name: String?

        var watchSeconds: Double? { watch.seconds }
        var parameters: [String: String?] { filter.parameters(["run": run, "name": name]) }
    }

    /// `spanq metrics compare`.
    struct Compare: QuestionCommand {
        static let question = "metrics/compare"
        static let configuration = CommandConfiguration(
            abstract: "Statistics of one metric in several runs.")

        @OptionGroup var filter: FilterOptions
        @OptionGroup var watch: WatchOptions
        @OptionGroup var store: StoreOptions
        @OptionGroup var output: FormatOptions

        @Option(help: ArgumentHelp("The runs.", valueName: "id,…"))
        var runs: String

        @Option(help: ArgumentHelp("The metric.", valueName: "metric"))
        var name: String

        var watchSeconds: Double? { watch.seconds }
        var parameters: [String: String?] { filter.parameters(["runs": runs, "name": name]) }
    }

    /// `spanq metrics leaderboard`.
    struct Leaderboard: QuestionCommand {
        static let question = "metrics/leaderboard"
        static let configuration = CommandConfiguration(abstract: "Runs ranked by a metric.")

        @OptionGroup var filter: FilterOptions
        @OptionGroup var watch: WatchOptions
        @OptionGroup var store: StoreOptions
        @OptionGroup var output: FormatOptions

        @Option(help: ArgumentHelp("The metric.", valueName: "metric"))
        var name: String

        @Option(help: "last (default), min, max, mean or variance.")
        var aggregation: String?

        @Option(help: "asc (default) or desc.")
        var direction: String?

        var watchSeconds: Double? { watch.seconds }
        var parameters: [String: String?] {
            filter.parameters([
                "name": name, "aggregation": aggregation, "direction": direction,
            ])
        }
    }

    /// `spanq metrics best`.
    struct Best: QuestionCommand {
        static let question = "metrics/best"
        static let configuration = CommandConfiguration(
            abstract: "The step where a metric is best in each run.")

        @OptionGroup var filter: FilterOptions
        @OptionGroup var store: StoreOptions
        @OptionGroup var output: FormatOptions

        @Option(help: ArgumentHelp("The metric.", valueName: "metric"))
        var name: String

        @Option(help: ArgumentHelp("Only these runs.", valueName: "id,…"))
        var runs: String?

        @Option(help: "min (default) or max.")
        var goal: String?

        @Option(
            help: ArgumentHelp("A metric that must have a point close by.", valueName: "metric"))
        var near: String?

        @Option(help: ArgumentHelp("How far away that point may be.", valueName: "steps"))
        var tolerance: Int?

        var parameters: [String: String?] {
            filter.parameters([
                "name": name, "runs": runs, "goal": goal, "near": near,
                "tolerance": tolerance.map { "\($0)" },
            ])
        }
    }

    /// `spanq metrics heartbeat`.
    struct Heartbeat: QuestionCommand {
        static let question = "metrics/heartbeat"
        static let configuration = CommandConfiguration(
            abstract: "The last time each run was heard of.")

        @OptionGroup var filter: FilterOptions
        @OptionGroup var store: StoreOptions
        @OptionGroup var output: FormatOptions

        @Option(help: ArgumentHelp("Only these runs.", valueName: "id,…"))
        var runs: String?

        var parameters: [String: String?] { filter.parameters(["runs": runs]) }
    }
}
