// Questions about spans.

import ArgumentParser

/// `spanq latency`.
struct Latency: QuestionCommand {
    static let question = "latency"
    static let configuration = CommandConfiguration(
        abstract: "Counts, error rates and exact latency percentiles.",
        discussion: "Example: spanq latency --by model --since 24h --bucket 1h")

    @OptionGroup var filter: FilterOptions
    @OptionGroup var store: StoreOptions
    @OptionGroup var output: FormatOptions

    @Option(
        help: ArgumentHelp(
            "Columns or attributes.KEY to group by (default: agent_name).", valueName: "columns"))
    var by: String?

    @Option(help: ArgumentHelp("Also group by time: 1m, 1h, 1d …", valueName: "duration"))
    var bucket: String?

    @Option(help: ArgumentHelp("Time zone of the buckets.", valueName: "zone"))
    var tz: String?

    @Option(help: "Percentile method: interpolated (default) or index.")
    var method: String?

    var parameters: [String: String?] {
        filter.parameters(["by": by, "bucket": bucket, "tz": tz, "method": method])
    }
}

/// `spanq sessions`.
struct Sessions: QuestionCommand {
    static let question = "sessions"
    static let configuration = CommandConfiguration(
        abstract: "Sessions with status, tokens, cost and scores.",
        discussion: """
            Examples: spanq sessions --experiment baseline --status error --page 1
                      spanq sessions --by experiment,status --bucket 1d
            """)

    @OptionGroup var filter: FilterOptions
    @OptionGroup var store: StoreOptions
    @OptionGroup var output: FormatOptions

    @Option(help: ArgumentHelp("Only this experiment.", valueName: "name"))
    var experiment: String?

    @Option(help: ArgumentHelp("Only this status.", valueName: "status"))
    var status: String?

    @Option(help: ArgumentHelp("Only this test case.", valueName: "id"))
    var testCase: String?

    @Option(
        help: ArgumentHelp(
            "Groups of sessions by these columns, not single ones.", valueName: "columns"))
    var by: String?

    @Option(
        help: ArgumentHelp("Also group by when sessions started: 1h, 1d …", valueName: "duration"))
    var bucket: String?

    @Option(help: ArgumentHelp("Time zone of the buckets.", valueName: "zone"))
    var tz: String?

    @Option(help: "Percentile method of groups: interpolated (default) or index.")
    var method: String?

    @OptionGroup var pages: PageOptions

    var parameters: [String: String?] {
        filter.parameters(
            pages.parameters([
                "experiment": experiment, "status": status, "test_case": testCase, "by": by,
                "bucket": bucket, "tz": tz, "method": method,
            ]))
    }
}

/// `spanq traces`.
struct Traces: QuestionCommand {
    static let question = "traces"
    static let configuration = CommandConfiguration(
        abstract: "Traces with status, tokens, cost and the beginnings of input and output.",
        discussion: "Example: spanq traces --since 1h --order started_at:desc --limit 20")

    @OptionGroup var filter: FilterOptions
    @OptionGroup var store: StoreOptions
    @OptionGroup var output: FormatOptions

    @Option(help: ArgumentHelp("Only this session.", valueName: "id"))
    var session: String?

    @Option(help: ArgumentHelp("Only this status.", valueName: "status"))
    var status: String?

    @OptionGroup var pages: PageOptions

    var parameters: [String: String?] {
        filter.parameters(pages.parameters(["session": session, "status": status]))
    }
}

/// `spanq costs`.
struct Costs: QuestionCommand {
    static let question = "costs"
    static let configuration = CommandConfiguration(
        abstract: "Tokens and cost, and what has no price.",
        discussion: "Example: spanq costs --by model --bucket 1d")

    @OptionGroup var filter: FilterOptions
    @OptionGroup var store: StoreOptions
    @OptionGroup var output: FormatOptions

    @Option(
        help: ArgumentHelp(
            "Columns or attributes.KEY to group by (default: model).", valueName: "columns"))
    var by: String?

    @Option(help: ArgumentHelp("Also group by time: 1h, 1d …", valueName: "duration"))
    var bucket: String?

    @Option(help: ArgumentHelp("Time zone of the buckets.", valueName: "zone"))
    var tz: String?

    var parameters: [String: String?] {
        filter.parameters(["by": by, "bucket": bucket, "tz": tz])
    }
}

/// `spanq session ID`.
struct Session: QuestionCommand {
    static let question = "session"
    static let configuration = CommandConfiguration(
        abstract: "The spans of a session; as a tree in table format.")

    @OptionGroup var filter: FilterOptions
    @OptionGroup var store: StoreOptions
    @OptionGroup var output: FormatOptions

    @Argument(help: "The session's id.")
    var id: String

    var parameters: [String: String?] { filter.parameters(["id": id]) }
}

/// `spanq trace ID`.
struct Trace: QuestionCommand {
    static let question = "trace"
    static let configuration = CommandConfiguration(
        abstract: "The spans of a trace; as a tree in table format.")

    @OptionGroup var filter: FilterOptions
    @OptionGroup var store: StoreOptions
    @OptionGroup var output: FormatOptions

    @Argument(help: "The trace's id.")
    var id: String

    var parameters: [String: String?] { filter.parameters(["id": id]) }
}
