// How the answer to a question is encoded: the `format` parameter, else the Accept header, else
// the object `{"rows":[…],"truncated":…}`. `table` and `plot` are for terminals, `width` characters
// wide: spans of a session or trace are drawn as a tree, points of metrics as lines.

import SpanAnalytics
import SpanColumns
import SpanModel
import SpanWire

extension HeaderFields.Name {
    /// `true` on an answer whose encoding cannot say that a limit cut rows off.
    static let truncated = Self("X-Truncated")
    /// The `cursor` of the page behind such an answer, for questions that page by cursor.
    static let nextCursor = Self("X-Next-Cursor")
    /// On an answer of findings: how many are errors.
    static let errorFindings = Self("X-Error-Findings")
}

/// An encoding of answers.
struct AnswerFormat: Sendable {
    /// Parameters that are about the encoding, not the question.
    static let parameters: Set<String> = ["format", "width"]

    private static let widthStandard = 120
    private static let widthMax = 1_000

    private enum Encoding {
        case object
        case rows(ResultFormat)
        case plot
    }

    private let encoding: Encoding
    private let width: Int

    /// Throws `invalidArgument` for an unknown format or width.
    init(_ request: RouteRequest) throws(RequestFailure) {
        encoding = try Self.encoding(
            request.parameters["format"], accept: request.headers[.accept] ?? "")
        guard let text = request.parameters["width"] else {
            width = Self.widthStandard
            return
        }
        guard let width = Int(text), (1...Self.widthMax).contains(width) else {
            throw RequestFailure(
                .invalidArgument, "width: must be an integer from 1 to \(Self.widthMax)")
        }
        self.width = width
    }

    /// Whether rows are encoded one after the other.
    var isStreamed: Bool {
        switch encoding {
        case .object: true
        case .rows(let format): format.isStreamed
        case .plot: false
        }
    }

    private static func encoding(
        _ name: String?, accept: String
    ) throws(RequestFailure) -> Encoding {
        switch name {
        case "json": return .object
        case "array": return .rows(.json)
        case "ndjson": return .rows(.ndjson)
        case "csv": return .rows(.csv)
        case "arrow": return .rows(.arrow)
        case "table": return .rows(.table)
        case "plot": return .plot
        case .some:
            throw RequestFailure(
                .invalidArgument,
                "format: must be json, array, ndjson, csv, arrow, table or plot")
        case nil where accept.hasPrefix("application/x-ndjson"): return .rows(.ndjson)
        case nil where accept.hasPrefix("text/csv"): return .rows(.csv)
        case nil where accept.hasPrefix("application/vnd.apache.arrow.stream"):
            return .rows(.arrow)
        case nil: return .object
        }
    }

    /// The encoded answer. `drawsTree`: the rows are the spans of a session or trace; the object then
    /// tells what they used, plainly summed and effectively. `nextCursor` is digits and dots.
    func encode(
        _ table: ResultTable, drawsTree: Bool = false, explain: [UInt8]? = nil,
        nextCursor: String? = nil
    ) throws(StoreError) -> RouteAnswer {
        if case .plot = encoding {
            let lines = try PlotRenderer.lines(table, width: width)
            return RouteAnswer(
                contentType: Self.contentType(.table), text: lines.map { $0 + "\n" }.joined())
        }
        guard case .rows(let format) = encoding else {
            var extra: [(name: String, json: [UInt8])] = []
            if let nextCursor { extra.append(("next_cursor", Array("\"\(nextCursor)\"".utf8))) }
            if drawsTree {
                let usage = EffectiveUsage(try UsageSpans(table).spans)
                extra.append(("usage", usage.json))
            }
            if let explain { extra.append(("explain", explain)) }
            return try RouteAnswer(pieces: ResultPieces(objectOf: table, extra: extra))
        }
        let contentType = Self.contentType(format)
        var answer: RouteAnswer
        if format == .table, drawsTree {
            let lines = try WaterfallRenderer.lines(table, width: width)
            answer = RouteAnswer(
                contentType: contentType, text: lines.map { $0 + "\n" }.joined())
        } else {
            answer = try RouteAnswer(
                contentType: contentType, pieces: ResultPieces(table, as: format))
        }
        if table.isTruncated { answer.headers[.truncated] = "true" }
        if let nextCursor { answer.headers[.nextCursor] = nextCursor }
        return answer
    }

    private static func contentType(_ format: ResultFormat) -> String {
        switch format {
        case .json: "application/json"
        case .ndjson: "application/x-ndjson"
        case .csv: "text/csv; charset=utf-8"
        case .arrow: "application/vnd.apache.arrow.stream"
        case .table: "text/plain; charset=utf-8"
        }
    }
}
