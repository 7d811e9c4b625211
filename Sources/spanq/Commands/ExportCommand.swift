// `spanq export`: stored data in the format of another system.

import ArgumentParser
import SpanAnalytics
import SpanModel

/// What can be exported.
enum ExportKind: String, ExpressibleByArgument, CaseIterable {
    case atif
}

/// `spanq export atif SESSION`.
struct Export: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Print a session in the format of another system.",
        discussion: "Example: spanq export atif SESSION > trajectory.json")

    @OptionGroup var store: StoreOptions

    @Argument(help: "atif: the trajectory that the session came as, else one of its spans.")
    var kind: ExportKind

    @Argument(help: "The session's id.")
    var session: String

    func run() throws {
        let question = Question(
            name: ATIFExport.name, parameters: ["id": session], statement: nil,
            workspace: store.workspaceName, format: .json, width: nil)
        do throws(CommandFailure) {
            try Terminal.write(try store.answer(question))
        } catch  where error.exitCode == ErrorCode.unknownName.exitCode {
            throw CommandFailure(
                what: error.what, place: error.place, hint: "see spanq sessions", exitCode: 1)
        }
    }
}
