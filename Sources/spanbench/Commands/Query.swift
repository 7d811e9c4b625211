// `spanbench query` and `spanbench mixed`: answers of a daemon that holds generated data, measured
// alone and while it takes more.

import ArgumentParser
import Dispatch
import SpanModel
import Synchronization

/// Which questions are asked.
struct QuestionOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Spans that the daemon was filled with.", valueName: "n"))
    var count = 100_000

    @Option(help: "The seed that it was filled with.")
    var seed: UInt64 = 1

    @Option(help: ArgumentHelp("Only these, such as Q1,Q4.", valueName: "names"))
    var only: String?

    @Option(help: ArgumentHelp("Accept header of the requests.", valueName: "type"))
    var accept: String?

    /// The questions. Throws for a name that none has.
    func questions() throws -> [BenchQuestion] {
        let all = QuestionSet.questions(count: count, seed: seed)
        guard let only else { return all }
        return try only.split(separator: ",").map { name in
            guard let question = all.first(where: { $0.name == name }) else {
                throw ValidationError("there is no question \(name)")
            }
            return question
        }
    }
}

/// `spanbench query`.
struct Query: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Ask a filled daemon the benchmark's questions and measure.",
        discussion: "Example: spanbench query --data-dir store --count 1000000 --rounds 20")

    @OptionGroup var daemon: DaemonOptions
    @OptionGroup var options: QuestionOptions

    @Option(help: "How often each question is asked, after two times unmeasured.")
    var rounds = 20

    @Option(help: ArgumentHelp("Write the results here.", valueName: "file"))
    var json: String?

    func run() throws {
        let probe = try daemon.probe()
        let questions = try options.questions()
        var run = QueryRun(socket: daemon.socketPath, accept: options.accept)
        try run.run(questions, rounds: 2)
        run.reset()
        let before = probe?.processorSeconds ?? .nan
        try run.run(questions, rounds: rounds)
        var report = Report()
        report.add("count", options.count)
        report.add("rounds", rounds)
        report.add("questions", .object(run.report(questions)))
        if let probe {
            report.add("processor_seconds", probe.processorSeconds - before)
            report.add("daemon", .object(probe.report))
        }
        try report.write(to: json)
    }
}

/// `spanbench mixed`.
struct Mixed: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Ask while more data is taken, and measure both.",
        discussion: "New spans come from another seed, as OTLP.")

    @OptionGroup var daemon: DaemonOptions
    @OptionGroup var options: QuestionOptions

    @Option(help: ArgumentHelp("Spans to send meanwhile.", valueName: "n"))
    var ingest = 100_000

    @Option(help: "Connections that send.")
    var clients = 2

    @Option(help: ArgumentHelp("Write the results here.", valueName: "file"))
    var json: String?

    func run() throws {
        let questions = try options.questions()
        let writing = IngestRun(
            socket: daemon.socketPath, target: BodyForm.otlp.target(.spans),
            contentType: BodyForm.otlp.contentType, clientCount: clients,
            probe: try daemon.probe())
        let isOver = Atomic<Bool>(false)
        let written = Mutex<Result<IngestFigures, any Error>?>(nil)
        let group = DispatchGroup()
        let (count, seed) = (ingest, ~options.seed)
        DispatchQueue(label: "ingest").async(group: group) {
            var source = BodySource(
                kind: .spans, form: .otlp, count: count, batchRows: 500, seed: seed)
            let result = Result { try writing.run(&source) { _ in } }
            written.withLock { $0 = result }
            isOver.store(true, ordering: .releasing)
        }
        var asking = QueryRun(socket: daemon.socketPath, accept: options.accept)
        try asking.run(questions, rounds: .max) { isOver.load(ordering: .acquiring) }
        group.wait()
        var report = Report()
        if let figures = try written.withLock({ $0 })?.get() {
            report.add("ingest", .object(figures.report))
        }
        report.add("questions", .object(asking.report(questions)))
        try report.write(to: json)
    }
}
