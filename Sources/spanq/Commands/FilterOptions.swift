// The flags that questions share (contract §3).

import ArgumentParser

/// Which rows a question is about.
struct FilterOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Only this project.", valueName: "name"))
    var project: String?

    @Option(help: ArgumentHelp("The last 1h, 24h, 7d, 2w …", valueName: "duration"))
    var since: String?

    @Option(help: ArgumentHelp("Start of the window, RFC 3339.", valueName: "time"))
    var from: String?

    @Option(help: ArgumentHelp("End of the window, not included.", valueName: "time"))
    var to: String?

    @Option(name: .customLong("where"), help: ArgumentHelp("A condition.", valueName: "expression"))
    var condition: String?

    @Option(help: "dedup (default) or raw.")
    var view: String?

    @Option(help: ArgumentHelp("Order of the rows.", valueName: "column[:desc]"))
    var order: String?

    @Option(help: ArgumentHelp("At most this many rows.", valueName: "rows"))
    var limit: Int?

    @Option(help: ArgumentHelp("Rows to leave out first.", valueName: "rows"))
    var offset: Int?

    @Flag(help: "Also tell what was read and how long it took.")
    var explain = false

    /// The options by parameter name, and those of the command itself.
    func parameters(_ own: [String: String?] = [:]) -> [String: String?] {
        let shared: [String: String?] = [
            "project": project, "since": since, "from": from, "to": to, "where": condition,
            "view": view, "order": order, "limit": limit.map { "\($0)" },
            "offset": offset.map { "\($0)" }, "explain": explain ? "true" : nil,
        ]
        return shared.merging(own) { $1 }
    }
}

/// Pages of a list, instead of limit and offset.
struct PageOptions: ParsableArguments {
    @Option(help: ArgumentHelp("A page, from 1.", valueName: "number"))
    var page: Int?

    @Option(help: ArgumentHelp("Rows of a page.", valueName: "rows"))
    var pageSize: Int?

    /// The options by parameter name, and others.
    func parameters(_ own: [String: String?]) -> [String: String?] {
        own.merging([
            "page": page.map { "\($0)" }, "page_size": pageSize.map { "\($0)" },
        ]) { $1 }
    }
}
