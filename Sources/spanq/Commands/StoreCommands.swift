// Commands about the store itself.

import ArgumentParser
import SpanClient

/// `spanq status`.
struct Status: QuestionCommand {
    static let question = "status"
    static let configuration = CommandConfiguration(abstract: "How the store is.")

    @OptionGroup var store: StoreOptions
    @OptionGroup var output: FormatOptions

    var parameters: [String: String?] { [:] }
}

/// `spanq compact`.
struct Compact: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Seal what is in memory and merge what is due; returns when done.")

    @OptionGroup var store: StoreOptions
    @OptionGroup var output: FormatOptions

    func run() throws {
        let client = store.client(timeoutSeconds: 0)
        let format = output.effective.wireName
        let reply = try client.post(
            "/api/v1/compact?format=\(format)", contentType: "application/json", body: [])
        try Terminal.write(try client.checked(reply).body)
    }
}
