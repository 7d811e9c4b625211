// `spanq usage`: what sessions or traces used, plainly summed and with repetitions counted once.

import ArgumentParser

/// `spanq usage`.
struct Usage: QuestionCommand {
    static let question = "usage"
    static let configuration = CommandConfiguration(
        abstract: "Plain and effective tokens of sessions or traces.",
        discussion: """
            Agents often repeat what their calls used. The plain sum counts both; the effective \
            figure takes, in each subtree, the larger of the two.
            Example: spanq usage --by trace --where "project = 'shop'"
            """)

    @OptionGroup var filter: FilterOptions
    @OptionGroup var store: StoreOptions
    @OptionGroup var output: FormatOptions

    @Option(help: "session (default) or trace.")
    var by: String?

    @Option(help: ArgumentHelp("Only this session.", valueName: "id"))
    var session: String?

    @Option(help: ArgumentHelp("Only this trace.", valueName: "id"))
    var trace: String?

    var parameters: [String: String?] {
        filter.parameters(["by": by, "session": session, "trace": trace])
    }
}
