// Options that commands about metrics share.

import ArgumentParser

/// Asking again and again.
struct WatchOptions: ParsableArguments {
    @Option(
        name: .customLong("watch"),
        help: ArgumentHelp("Ask again after so many seconds.", valueName: "seconds"))
    var seconds: Double?

    func validate() throws {
        if let seconds, !(0.1...86_400).contains(seconds) {
            throw ValidationError("--watch must be from 0.1 to 86400 seconds")
        }
    }
}

/// Which points of lines are shown, and how.
struct LineOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The first step.", valueName: "step"))
    var stepMin: Int?

    @Option(help: ArgumentHelp("The last step.", valueName: "step"))
    var stepMax: Int?

    @Option(help: ArgumentHelp("Thin out to about this many points a line.", valueName: "count"))
    var buckets: Int?

    @Option(help: "With --buckets: average (default), stride or lttb.")
    var sampling: String?

    @Flag(help: "Also the points of the runs that a run was forked from.")
    var lineage = false

    @Flag(help: "Draw the points.")
    var plot = false

    /// The options by parameter name, and those of the command itself. A plot shows no more points
    /// than it has dots.
    func parameters(_ own: [String: String?]) -> [String: String?] {
        let dots = plot ? 2 * (Terminal.width ?? 80) : nil
        let shared: [String: String?] = [
            "step_min": stepMin.map { "\($0)" }, "step_max": stepMax.map { "\($0)" },
            "buckets": (buckets ?? dots).map { "\($0)" }, "sampling": sampling,
            "lineage": lineage ? "true" : nil,
        ]
        return shared.merging(own) { $1 }
    }
}
