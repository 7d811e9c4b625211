// A store that is read in this process, because no daemon holds it. The answers are those of the
// daemon: the same questions, the same encoders.

import SpanAnalytics
import SpanClient
import SpanColumns
import SpanModel
import SpanPlatform
import SpanStorage
import SpanWire

/// What a command asks, wherever it is answered.
struct Question {
    /// The words of the command divided by `/`, for example `metrics/series`.
    let name: String
    /// Values by parameter name; absent ones are left out.
    let parameters: [String: String]
    /// The statement of `sql`, else nil.
    let statement: String?
    let workspace: String
    let format: OutputFormat
    /// Columns of the terminal, if the answer is drawn on one.
    let width: Int?
    /// Whether points are drawn as lines.
    var drawsPlot = false
}

/// A store opened read-only.
struct LocalStore {
    /// A snapshot of a workspace's tables.
    let tables: (_ workspace: String) throws(StoreError) -> any TableProvider
    /// How the store is, a finding per row.
    let status: () throws(StoreError) -> ResultTable
    /// What is damaged, a finding per row.
    let verify: () throws(StoreError) -> ResultTable

    /// The encoded answer and how many of its findings are errors. What can be streamed goes to `sink`.
    func reply(
        _ question: Question, to sink: HTTPClient.Sink? = nil
    ) throws(StoreError) -> QuestionReply {
        switch question.name {
        case "status": return try reply(try status(), question)
        // Nothing but damage can be wrong with a store that no daemon holds.
        case "verify", "doctor": return try reply(try verify(), question)
        default: return QuestionReply(body: try answer(question, to: sink))
        }
    }

    private func reply(
        _ findings: ResultTable, _ question: Question
    ) throws(StoreError) -> QuestionReply {
        QuestionReply(
            body: try ResultEncoder.encode(findings, as: question.format.encoding),
            errorCount: findings.errorCount)
    }

    private func answer(
        _ question: Question, to sink: HTTPClient.Sink?
    ) throws(StoreError) -> [UInt8] {
        if question.name == ATIFExport.name {
            return try ATIFExport.trajectory(
                session: question.parameters["id"] ?? "",
                tables: try tables(question.workspace))
        }
        let answer = try answerTable(question, streams: sink != nil)
        if let cursor = answer.nextCursor {
            Terminal.message("spanq: more with --cursor \(cursor)")
        }
        if question.drawsPlot {
            let lines = try PlotRenderer.lines(answer.table, width: question.width ?? 80)
            return Array(lines.map { $0 + "\n" }.joined().utf8)
        }
        if question.parameters["explain"] != nil {
            return try ResultEncoder.encodeObject(
                answer.table, extra: [(name: "explain", json: answer.explainJSON)])
        }
        let isTree = question.name == "session" || question.name == "trace"
        if question.format == .table, isTree {
            let lines = try WaterfallRenderer.lines(answer.table, width: question.width ?? 120)
            return Array(lines.map { $0 + "\n" }.joined().utf8)
        }
        guard let sink else {
            return try ResultEncoder.encode(answer.table, as: question.format.encoding)
        }
        try ResultEncoder.write(answer.table, as: question.format.encoding, to: sink)
        return []
    }
}

extension LocalStore {
    private func answerTable(
        _ question: Question, streams: Bool
    ) throws(StoreError) -> Answer {
        let now = SystemClock().wallNanoseconds()
        let tables = try tables(question.workspace)
        if let statement = question.statement {
            let explains = question.parameters["explain"] != nil
            return try SQLQuestion.answer(
                statement, tables: tables, now: now,
                streams: streams && question.format.encoding.isStreamed && !explains)
        }
        return try Questions.answer(
            question.name, parameters: question.parameters, tables: tables, now: now)
    }
}

/// Opens the store of a directory read-only under a shared lock. Throws `locked` when a daemon
/// holds it; its `holder` then contains `socket=<path>`.
func openLocal(directory: String) throws(StoreError) -> LocalStore {
    let store = try ReadOnlyStore(directory: directory, fileSystem: PosixFileSystem())
    return LocalStore(
        tables: { workspace in store.snapshot.tables(workspace: workspace) },
        status: { () throws(StoreError) in try store.snapshot.status() },
        verify: { () throws(StoreError) in store.verify() })
}
