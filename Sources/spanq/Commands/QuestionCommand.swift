// What all questions share: turn options into parameters, ask, print. The daemon checks the
// parameters and encodes the answer, so that a question is known in one place only.

import ArgumentParser
import SpanClient
import SpanModel
import SpanPlatform

/// A command that asks one question.
protocol QuestionCommand: ParsableCommand {
    /// The question's name in the catalogue, for example `metrics/series`.
    static var question: String { get }
    var store: StoreOptions { get }
    var output: FormatOptions { get }
    /// The command's options by parameter name; nil ones are not sent.
    var parameters: [String: String?] { get }
    /// What is asked in words: the statement of `sql`; nil for the named questions.
    func statement() throws(CommandFailure) -> String?
    /// Whether the points of the answer are drawn as lines.
    var drawsPlot: Bool { get }
    /// Asks again after so many seconds, until it is interrupted; nil: asks once.
    var watchSeconds: Double? { get }
}

extension QuestionCommand {
    func statement() throws(CommandFailure) -> String? { nil }
    var drawsPlot: Bool { false }
    var watchSeconds: Double? { nil }

    func run() throws {
        guard let watchSeconds else { return try ask() }
        while true {
            try Terminal.beginFrame()
            try ask()
            Terminal.pause(seconds: watchSeconds)
        }
    }

    /// Asks and prints the answer, a long one as it comes.
    func ask() throws {
        try Terminal.write(try store.reply(Question(command: self), to: Terminal.pass).body)
    }
}

extension Question {
    /// What a command asks.
    init(command: some QuestionCommand) throws(CommandFailure) {
        self.init(
            name: type(of: command).question,
            parameters: command.parameters.compactMapValues { $0 },
            statement: try command.statement(), workspace: command.store.workspaceName,
            format: command.output.effective, width: Terminal.width,
            drawsPlot: command.drawsPlot)
    }
}

/// An encoded answer.
struct QuestionReply {
    let body: [UInt8]
    /// Findings in it that are errors.
    var errorCount = 0
}

extension StoreOptions {
    /// The encoded answer.
    func answer(_ question: Question) throws(CommandFailure) -> [UInt8] {
        try reply(question).body
    }

    /// The answer: from this process when `--data-dir` names a store that no daemon holds, else from
    /// the daemon. What comes in pieces goes to `sink`, if there is one, and is not part of the reply.
    func reply(
        _ question: Question, to sink: HTTPClient.Sink? = nil
    ) throws(CommandFailure) -> QuestionReply {
        let seconds = question.name == "verify" ? 0 : 120
        guard let dataDir, socket == nil else {
            return try client(timeoutSeconds: seconds).reply(question, to: sink)
        }
        do throws(StoreError) {
            return try openLocal(directory: DefaultPaths.absolute(dataDir))
                .reply(question, to: sink)
        } catch {
            if case .unknown(what: "store", _) = error {
                throw CommandFailure(.unavailable, "there is no store", place: dataDir)
            }
            guard case .locked(_, let holder) = error else {
                throw CommandFailure(error, place: dataDir)
            }
            let path = holder.split(separator: " ").first { $0.hasPrefix("socket=") }
                .map { String($0.dropFirst("socket=".count)) }
            return try DaemonClient(
                path: path ?? socketPath, workspace: workspaceName, timeoutSeconds: seconds
            ).reply(question, to: sink)
        }
    }
}

extension DaemonClient {
    /// Asks a question. An answer that a limit cut off is said so on standard error.
    func reply(
        _ question: Question, to sink: HTTPClient.Sink? = nil
    ) throws(CommandFailure) -> QuestionReply {
        var parameters = question.parameters
        let explains = parameters["explain"] != nil
        parameters["format"] =
            question.drawsPlot ? "plot" : explains ? "json" : question.format.wireName
        parameters["width"] = question.width.map { "\($0)" }
        if question.drawsPlot, question.width == nil { parameters["width"] = "80" }
        let target = "/api/v1/\(question.name)" + QueryString.encode(parameters)
        let reply: HTTPReply
        if let statement = question.statement {
            reply = try checked(
                post(
                    target, contentType: "application/sql", body: Array(statement.utf8),
                    sink: sink))
        } else {
            reply = try get(target, sink: sink)
        }
        let hasLimit = parameters["limit"] != nil || question.statement != nil
        if reply.header("x-truncated") == "true", !hasLimit {
            Terminal.message("spanq: the answer was cut off at a limit")
        }
        if let cursor = reply.header("x-next-cursor") {
            Terminal.message("spanq: more with --cursor \(cursor)")
        }
        return QuestionReply(
            body: reply.body, errorCount: reply.header("x-error-findings").flatMap(Int.init) ?? 0)
    }
}

/// Query strings (RFC 3986).
enum QueryString {
    /// `?name=value&…` in the order of names; empty without parameters.
    static func encode(_ parameters: [String: String]) -> String {
        let pairs = parameters.sorted { $0.key < $1.key }.map { name, value in
            "\(escape(name))=\(escape(value))"
        }
        return pairs.isEmpty ? "" : "?" + pairs.joined(separator: "&")
    }

    private static func escape(_ text: String) -> String {
        var out = ""
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."),
                UInt8(ascii: "_"), UInt8(ascii: "~"):
                out.unicodeScalars.append(Unicode.Scalar(byte))
            default:
                let digits = String(byte, radix: 16, uppercase: true)
                out += byte < 16 ? "%0\(digits)" : "%\(digits)"
            }
        }
        return out
    }
}
