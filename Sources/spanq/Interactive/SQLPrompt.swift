// `spanq sql -i`: statements from a prompt, each ending with a semicolon, and a few commands. Answers
// go to standard output, everything else to standard error. When standard input is no terminal,
// statements are read from it, and the first one that fails ends the program.
// While a statement runs the terminal is as usual: ctrl-C ends the program.

import Glibc
import SpanModel
import SpanPlatform
import SpanWire

/// Asks statements one after the other.
struct SQLPrompt {
    private static let help = """
        Statements end with a semicolon and may have several lines.
          \\d [table]      the tables, or the columns of one
          \\format [name]  table, json, ndjson or csv
          \\timing         say how long answers take, or stop saying it
          \\q              leave (or ctrl-D)
        Tab completes words, ctrl-R searches the history, ctrl-C drops the statement.

        """

    private let store: StoreOptions
    private var format: OutputFormat
    private let explains: Bool
    private var showsTiming = true
    private var editor = LineEditor()
    private var history = PromptHistory()
    private var completion = Completion()

    init(store: StoreOptions, format: OutputFormat, explains: Bool) {
        self.store = store
        self.format = format
        self.explains = explains
    }

    /// Runs until the input ends. Throws when standard output breaks, and without a terminal what
    /// a statement throws.
    mutating func run() throws(CommandFailure) {
        guard Terminal.isPromptInteractive else { return try runInput() }
        Terminal.show("\\? for help, \\q to leave\n")
        var pending = ""
        while true {
            let isFirst = pending.isEmpty
            switch readLine(isFirst: isFirst, pending) {
            case .ended: return
            case .cancelled: pending = ""
            case .line(let line) where isFirst && line.hasPrefix("\\"):
                history.add(line)
                if try command(line) == .leave { return }
            case .line(let line) where isFirst && ["exit", "quit"].contains(line): return
            case .line(let line):
                pending += isFirst ? line : "\n" + line
                pending = try runComplete(pending)
            }
        }
    }

    private mutating func readLine(isFirst: Bool, _ pending: String) -> LineEditor.Outcome {
        var completion = completion
        defer { self.completion = completion }
        let (store, format) = (store, OutputFormat.csv)
        return editor.read(
            prompt: isFirst ? "spanq> " : "   ..> ", history: history.entries
        ) { text in
            completion.candidates(pending + (isFirst ? "" : "\n") + text) { statement in
                let question = Question.sql(statement, store, format)
                guard let answer = try? store.answer(question) else { return nil }
                return String(decoding: answer, as: UTF8.self).split(separator: "\r\n").dropFirst()
                    .map { String($0.prefix { $0 != "," }) }
            }
        }
    }

    // MARK: - Statements

    /// Runs the statements that ended; what is left of the text.
    private mutating func runComplete(_ text: String) throws(CommandFailure) -> String {
        let (statements, rest) = StatementSplitter.split(text)
        guard !statements.isEmpty || StatementSplitter.isBlank(rest) else { return text }
        if !statements.isEmpty { remember(text) }
        for statement in statements { try show(statement) }
        return StatementSplitter.isBlank(rest) ? "" : rest
    }

    /// Keeps statements as one line; a comment would then run to its end, so lines that may have
    /// one are kept apart.
    private mutating func remember(_ text: String) {
        if text.contains("--") {
            for line in text.split(separator: "\n") { history.add(String(line)) }
        } else {
            history.add(text.split(separator: "\n").joined(separator: " "))
        }
    }

    /// Asks, and prints the answer or why there is none.
    private func show(_ statement: String) throws(CommandFailure) {
        let clock = ContinuousClock()
        let start = clock.now
        let answer: [UInt8]
        do throws(CommandFailure) {
            answer = try store.answer(question(statement))
        } catch {
            return show(error, statement)
        }
        let elapsed = clock.now - start
        try Terminal.write(answer)
        guard showsTiming else { return }
        say(Self.timing(elapsed, rowCount: rowCount(answer)))
    }

    private func question(_ statement: String) -> Question {
        Question.sql(statement, store, format, explains: explains)
    }

    /// Rows of an answer whose form shows them line by line.
    private func rowCount(_ answer: [UInt8]) -> Int? {
        let lines = answer.count { $0 == 0x0A }
        switch format {
        case .table where !explains: return max(0, lines - 2)
        case .ndjson where !explains: return lines
        default: return nil
        }
    }

    private static func timing(_ elapsed: Duration, rowCount: Int?) -> String {
        let microseconds = elapsed / .microseconds(1)
        let time =
            microseconds < 1_000_000
            ? "\(Double(Int(microseconds / 10)) / 100) ms"
            : "\(Double(Int(microseconds / 10_000)) / 100) s"
        guard let rowCount else { return "(\(time))" }
        return "(\(rowCount) \(rowCount == 1 ? "row" : "rows"), \(time))"
    }

    /// The failure, and under the line it is about a mark at its place.
    private func show(_ failure: CommandFailure, _ statement: String) {
        if let place = ErrorPlace(failure.what) {
            let lines = statement.split(separator: "\n", omittingEmptySubsequences: false)
            if place.line <= lines.count {
                let line = String(lines[place.line - 1].map { $0 == "\t" ? " " : $0 })
                let before = DisplayWidth.of(String(line.prefix(place.column - 1)))
                say("\(line)\n\(String(repeating: " ", count: before))^")
            }
        }
        failure.report()
    }

    private func say(_ text: String) {
        Terminal.show(Terminal.isColoured ? "\u{1B}[2m\(text)\u{1B}[0m\n" : text + "\n")
    }

    // MARK: - Commands

    private enum Next {
        case stay, leave
    }

    private mutating func command(_ line: String) throws(CommandFailure) -> Next {
        let words = line.split(whereSeparator: { $0.isWhitespace || $0 == ";" }).map(String.init)
        switch (words[0], words.dropFirst().first) {
        case ("\\q", nil): return .leave
        case ("\\?", nil): Terminal.show(Self.help)
        case ("\\d", nil): try show("SHOW TABLES")
        case ("\\d", let table?): try show("DESCRIBE \(table)")
        case ("\\timing", nil):
            showsTiming.toggle()
            say("timing is \(showsTiming ? "on" : "off")")
        case ("\\format", nil): say("format is \(format.rawValue)")
        case ("\\format", let name?):
            guard let format = OutputFormat(rawValue: name), format != .arrow else {
                say("format: must be table, json, ndjson or csv")
                break
            }
            self.format = format
        default: say("unknown command \(words[0]); \\? for help")
        }
        return .stay
    }

    // MARK: - Without a terminal

    private func runInput() throws(CommandFailure) {
        var bytes: [UInt8] = []
        let reader = try PieceReader(path: "-", cut: .whole)
        while let piece = try reader.next() { bytes += piece.bytes }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw CommandFailure(.invalidArgument, "it is not UTF-8", place: "standard input")
        }
        let (statements, rest) = StatementSplitter.split(text)
        for statement in statements + (StatementSplitter.isBlank(rest) ? [] : [rest]) {
            try Terminal.write(try store.answer(question(statement)))
        }
    }
}

extension Question {
    /// A statement.
    fileprivate static func sql(
        _ statement: String, _ store: StoreOptions, _ format: OutputFormat, explains: Bool = false
    ) -> Question {
        Question(
            name: SQLCommand.question, parameters: explains ? ["explain": "true"] : [:],
            statement: statement, workspace: store.workspaceName, format: format,
            width: Terminal.width)
    }
}
