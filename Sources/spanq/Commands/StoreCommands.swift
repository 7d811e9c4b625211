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

/// `spanq doctor`.
struct Doctor: FindingCommand {
    static let question = "doctor"
    static let configuration = CommandConfiguration(
        abstract: "What is wrong with the store, or will soon be.")

    @OptionGroup var store: StoreOptions
    @OptionGroup var output: FormatOptions
}

/// `spanq verify`.
struct Verify: FindingCommand {
    static let question = "verify"
    static let configuration = CommandConfiguration(
        abstract: "Read every byte of the store; a row per damage.")

    @OptionGroup var store: StoreOptions
    @OptionGroup var output: FormatOptions
}

/// A command whose answer is findings: it fails when one of them is an error.
protocol FindingCommand: QuestionCommand {}

extension FindingCommand {
    var parameters: [String: String?] { [:] }

    func run() throws {
        let reply = try store.reply(Question(command: self))
        try Terminal.write(reply.body)
        if reply.errorCount > 0 { throw ExitCode(1) }
    }
}

/// `spanq compact`.
struct Compact: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Seal what is in memory and merge what is due; returns when done.")

    @OptionGroup var store: StoreOptions
    @OptionGroup var output: FormatOptions

    @Flag(help: "Also pack texts anew, which idle time would do later; takes long.")
    var recompress = false

    func run() throws {
        try store.command("compact", ["recompress": "\(recompress)"], output)
    }
}
