// The daemon's command line. Exit codes are those of contract §1; errors are one line on standard
// error.

import ArgumentParser
import Glibc
import SpanModel
import SpanPlatform
import SpanServer

/// The root command.
struct Spand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "spand",
        abstract: "An append-only columnar store for spans and run metrics.",
        version: "0.1.0",
        subcommands: [Serve.self, Config.self],
        defaultSubcommand: Serve.self)
}

/// Flags that every command takes.
struct SettingsOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The store's directory.", valueName: "dir"))
    var dataDir: String?

    @Option(help: ArgumentHelp("The Unix socket to serve.", valueName: "path"))
    var socket: String?

    @Option(
        help: ArgumentHelp(
            "Also serve TCP; loopback only without --listen-public.",
            valueName: "host:port"))
    var listen: String?

    @Option(
        help: ArgumentHelp(
            "Also serve OTLP over gRPC, on a Unix socket or TCP.", valueName: "path|host:port"))
    var grpcListen: String?

    @Flag(help: "Allow --listen on other addresses; needs --token-file.")
    var listenPublic = false

    @Option(
        help: ArgumentHelp("Bearer tokens for TCP, one a line, mode 0600.", valueName: "path"))
    var tokenFile: String?

    @Option(help: ArgumentHelp("Settings file (YAML).", valueName: "path"))
    var config: String?

    @Option(
        help: ArgumentHelp(
            "Rows in memory before they become a segment; fewer take less memory, and more work.",
            valueName: "MiB"))
    var memtableMib: String?

    @Option(help: "Log level: debug, info, warning or error.")
    var logLevel: String?

    /// The effective settings.
    func resolve() throws(StoreError) -> Settings {
        var flags: [Setting: String] = [:]
        flags[.dataDir] = dataDir
        flags[.socket] = socket
        flags[.listen] = listen
        flags[.grpcListen] = grpcListen
        flags[.listenPublic] = listenPublic ? "true" : nil
        flags[.tokenFile] = tokenFile
        flags[.memtableMiB] = memtableMib
        flags[.logLevel] = logLevel
        return try Settings(
            flags: flags, configPath: config ?? DefaultPaths.environment("SPAND_CONFIG"))
    }
}

/// `spand config`.
struct Config: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Settings.", subcommands: [Show.self])

    /// `spand config show`.
    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Print the effective settings and where each came from.")

        @OptionGroup var options: SettingsOptions

        func run() throws {
            let settings = try options.resolve()
            for setting in Setting.allCases {
                let (value, origin) = settings.values[setting] ?? ("", .standard)
                print("\(setting.key): \(value.isEmpty ? "\"\"" : value)  # \(origin)")
            }
        }
    }
}

@main
enum Program {
    static func main() async {
        do {
            var command = try Spand.parseAsRoot()
            if var async = command as? any AsyncParsableCommand {
                try await async.run()
            } else {
                try command.run()
            }
        } catch let error as StoreError {
            LineLogHandler.write("spand: \(error.description)")
            exit(error.code.exitCode)
        } catch let error as ServeFailure {
            LineLogHandler.write("spand: \(error.message)")
            exit(error.exitCode)
        } catch {
            guard Spand.exitCode(for: error) != .success else { Spand.exit(withError: error) }
            LineLogHandler.write("spand: \(Spand.message(for: error)): see spand --help")
            exit(2)
        }
    }
}
