// `spanq prices`: what models cost, new tables, and what they would change.

import ArgumentParser
import SpanClient
import SpanModel

/// `spanq prices`.
struct Prices: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Prices of models, from which missing costs are derived.",
        subcommands: [PriceList.self, PriceImport.self, PriceDiff.self])
}

/// `spanq prices list`.
struct PriceList: QuestionCommand {
    static let question = "prices"
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Prices in dollars a million tokens.",
        discussion: "Example: spanq prices list --model gpt-4o-2024-08-06")

    @OptionGroup var store: StoreOptions
    @OptionGroup var output: FormatOptions

    @Option(help: ArgumentHelp("Only this model, as spans name it.", valueName: "name"))
    var model: String?

    @Option(help: ArgumentHelp("The provider that goes with it.", valueName: "name"))
    var provider: String?

    @Option(name: .customLong("where"), help: ArgumentHelp("A condition.", valueName: "expression"))
    var condition: String?

    @Option(help: ArgumentHelp("Order of the rows.", valueName: "column[:desc]"))
    var order: String?

    @Option(help: ArgumentHelp("At most this many rows.", valueName: "rows"))
    var limit: Int?

    var parameters: [String: String?] {
        [
            "model": model, "provider": provider, "where": condition, "order": order,
            "limit": limit.map { "\($0)" },
        ]
    }
}

/// A file of prices.
struct PriceFile: ParsableArguments {
    @Argument(help: "A JSON file in the shape of LiteLLM's model prices; - is standard input.")
    var file: String

    @Option(help: ArgumentHelp("The time it holds from (default: always).", valueName: "time"))
    var from: String?

    /// The daemon's answer to the file.
    func post(
        _ path: String, _ parameters: [String: String], _ client: DaemonClient
    ) throws(CommandFailure) -> [UInt8] {
        let reader = try PieceReader(path: file, cut: .whole)
        guard let piece = try reader.next() else {
            throw CommandFailure(.invalidRecord, "the file is empty", place: file)
        }
        var parameters = parameters
        if let from { parameters["from"] = from }
        let reply = try client.post(
            path + QueryString.encode(parameters), contentType: "application/json",
            contentEncoding: piece.coding, body: piece.bytes)
        guard reply.isSuccess else { throw CommandFailure(reply, place: file) }
        return reply.body
    }
}

/// `spanq prices import FILE`.
struct PriceImport: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import", abstract: "Import a table; costs of history follow at once.",
        discussion: "Example: spanq prices import prices.json --from 2026-01-01")

    @OptionGroup var prices: PriceFile
    @OptionGroup var store: StoreOptions

    func run() throws {
        try Terminal.write(try prices.post("/api/v1/prices", [:], store.client()))
    }
}

/// `spanq prices diff FILE`.
struct PriceDiff: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "diff", abstract: "What a table would change, in dollars a token.")

    @OptionGroup var prices: PriceFile
    @OptionGroup var store: StoreOptions
    @OptionGroup var output: FormatOptions

    func run() throws {
        let format = output.effective.wireName
        try Terminal.write(
            try prices.post("/api/v1/prices/diff", ["format": format], store.client()))
    }
}
