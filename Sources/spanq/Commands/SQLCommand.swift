// `spanq sql`: a statement as an argument, from a file, or from standard input.

import ArgumentParser
import SpanModel

/// `spanq sql`.
struct SQLCommand: QuestionCommand {
    static let question = "sql"
    static let configuration = CommandConfiguration(
        commandName: "sql",
        abstract: "Any question in SQL.",
        discussion: """
            Example: spanq sql "SELECT model, sum(cost_usd) FROM spans GROUP BY model"
            SHOW TABLES lists the tables, DESCRIBE TABLE its columns. With -i statements are read \
            from a prompt, or from standard input when it is no terminal, each ending with a \
            semicolon.
            """)

    @OptionGroup var store: StoreOptions
    @OptionGroup var output: FormatOptions

    @Argument(help: "The statement; - reads standard input.")
    var query: String?

    @Option(
        name: .shortAndLong,
        help: ArgumentHelp("Read the statement from a file.", valueName: "path"))
    var file: String?

    @Flag(name: .shortAndLong, help: "Read statements from a prompt.")
    var interactive = false

    @Flag(help: "Also tell what was read and how long it took.")
    var explain = false

    var parameters: [String: String?] { ["explain": explain ? "true" : nil] }

    func validate() throws {
        let sources = [query != nil, file != nil, interactive].count { $0 }
        guard sources == 1 else {
            throw ValidationError("give either a statement, --file or --interactive")
        }
    }

    func run() throws {
        guard interactive else { return try ask() }
        var prompt = SQLPrompt(store: store, format: output.effective, explains: explain)
        try prompt.run()
    }

    func statement() throws(CommandFailure) -> String? {
        if let query, query != "-" { return query }
        let path = file ?? "-"
        var bytes: [UInt8] = []
        let reader = try PieceReader(path: path, cut: .whole)
        while let piece = try reader.next() { bytes += piece.bytes }
        guard let statement = String(validating: bytes, as: UTF8.self) else {
            throw CommandFailure(.invalidArgument, "the statement is not UTF-8", place: path)
        }
        return statement
    }
}
