// Commands about the store itself, and what a program needs to find it.

import ArgumentParser
import SpanClient
import SpanPlatform

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
        let client = store.client(timeoutSeconds: 0)
        let format = output.effective.wireName
        let reply = try client.post(
            "/api/v1/compact?format=\(format)&recompress=\(recompress)",
            contentType: "application/json", body: [])
        try Terminal.write(try client.checked(reply).body)
    }
}

/// `spanq env`.
struct Environment: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "env",
        abstract: "Print export lines for programs that send spans.",
        discussion: "Example: eval \"$(spanq env)\"")

    @OptionGroup var store: StoreOptions

    @Option(
        help: ArgumentHelp(
            "Where the daemon listens on TCP (default: SPAND_LISTEN).", valueName: "host:port"))
    var listen: String?

    func run() throws {
        var lines = [
            "export SPAND_SOCKET=\(Self.quote(store.socketPath))",
            "export SPAND_WORKSPACE=\(Self.quote(store.workspaceName))",
        ]
        if let listen = listen ?? DefaultPaths.environment("SPAND_LISTEN") {
            lines.append("export OTEL_EXPORTER_OTLP_ENDPOINT=\(Self.quote("http://\(listen)"))")
            lines.append("export OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf")
            lines.append(
                "export OTEL_EXPORTER_OTLP_HEADERS="
                    + Self.quote("x-workspace=\(store.workspaceName)"))
        }
        try Terminal.write(Array((lines.joined(separator: "\n") + "\n").utf8))
    }

    /// A word of a POSIX shell.
    private static func quote(_ text: String) -> String {
        "'"
            + text.split(separator: "'", omittingEmptySubsequences: false)
            .joined(separator: "'\\''") + "'"
    }
}
