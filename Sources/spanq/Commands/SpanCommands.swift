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
        discussion: "Example: spanq sessions --experiment baseline --status error --page 1")

    @OptionGroup var filter: FilterOptions
    @OptionGroup var store: StoreOptions
    @OptionGroup var output: FormatOptions

    @Option(help: ArgumentHelp("Only this experiment.", valueName: "name"))
    var experiment: String?

    @Option(help: ArgumentHelp("Only this status.", valueName: "status"))
    var status: String?

    @Option(help: ArgumentHelp("Only this test case.", valueName: "id"))
    var testCase: String?

    @Option(help: ArgumentHelp("A page, from 1.", valueName: "number"))
    var page: Int?

    @Option(help: ArgumentHelp("Sessions of a page.", valueName: "rows"))
    var pageSize: Int?

    var parameters: [String: String?] {
        filter.parameters([
            "experiment": experiment, "status": status, "test_case": testCase,
            "page": page.map { "\($0)" }, "page_size": pageSize.map { "\($0)" },
        ])
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
