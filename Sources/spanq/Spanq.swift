// The command line of the store. Standard output carries data only; everything said to people goes
// to standard error. Exit codes are those of contract §1.
// No Foundation here: a start costs about 3 ms, most of it the argument parser.

import ArgumentParser
import Glibc
import SpanModel

/// The root command.
struct Spanq: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "spanq",
        abstract: "Ask a span store, fill it and look after it.",
        version: "0.1.0",
        subcommands: [
            Latency.self, Sessions.self, Session.self, Traces.self, Trace.self, Costs.self,
            Experiments.self,
            Scores.self, Prices.self, Usage.self, Metrics.self, Conflicts.self,
            SQLCommand.self,
            Status.self, Doctor.self, Verify.self, Compact.self, Backup.self, Erase.self,
            Retain.self,
            Ingest.self, Export.self,
            Environment.self,
        ])
}

@main
enum Program {
    static func main() {
        do {
            var command = try Spanq.parseAsRoot()
            try command.run()
        } catch let failure as CommandFailure {
            failure.report()
            exit(failure.exitCode)
        } catch let code as ExitCode {
            exit(code.rawValue)
        } catch {
            guard Spanq.exitCode(for: error) != .success else { Spanq.exit(withError: error) }
            CommandFailure(
                what: Spanq.message(for: error), place: "arguments", hint: "see spanq --help",
                exitCode: 2
            ).report()
            exit(2)
        }
    }
}
