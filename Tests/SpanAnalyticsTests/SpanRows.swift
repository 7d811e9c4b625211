// Spans written by name, for tests that need exact figures.

import SpanColumns
import SpanModel
import SpanTesting

/// A span; times are milliseconds.
struct SpanRow {
    var trace = "t1"
    var id: String
    var parent: String?
    var source = "native"
    var session: String?
    var project = "p"
    var start: Int64 = 0
    var end: Int64?
    var status: String?
    var kind: String?
    var model: String?
    var agent: String?
    var experiment: String?
    var testCase: String?
    var input: Int64?
    var output: Int64?
    var cached: Int64?
    var total: Int64?
    var cost: String?
    var attributes: String?
    var name: String?
    var asked: String?
    var answered: String?
}

/// A table of spans, cut into row groups of `groupSizes`.
func spanTable(_ spans: [SpanRow], groupSizes: [Int] = [2, 1, 3]) -> MemoryTable {
    var builder = BatchBuilder(schema: Tables.spans)
    for span in spans {
        for (column, text) in [
            (SpanColumn.traceID, span.trace), (SpanColumn.spanID, span.id),
            (SpanColumn.parentSpanID, span.parent),
        ] {
            guard var text else { continue }
            _ = text.withUTF8 {
                builder.setIdentifier(column, text: UnsafeRawBufferPointer($0))
            }
        }
        for (column, text) in [
            (SpanColumn.source, span.source), (SpanColumn.sessionID, span.session),
            (SpanColumn.project, span.project), (SpanColumn.status, span.status),
            (SpanColumn.kind, span.kind), (SpanColumn.model, span.model),
            (SpanColumn.agentName, span.agent), (SpanColumn.experiment, span.experiment),
            (SpanColumn.testCaseID, span.testCase), (SpanColumn.name, span.name),
        ] {
            if let text { builder.setString(column, text) }
        }
        for (column, value) in [
            (SpanColumn.startTime, span.start * 1_000_000),
            (SpanColumn.endTime, span.end.map { $0 * 1_000_000 }),
            (SpanColumn.inputTokens, span.input), (SpanColumn.outputTokens, span.output),
            (SpanColumn.cachedTokens, span.cached), (SpanColumn.totalTokens, span.total),
            (SpanColumn.cost, span.cost.flatMap { Money.parse($0.utf8) }),
        ] {
            if let value { builder.setInteger(column, value) }
        }
        for (column, text) in [
            (SpanColumn.attributes, span.attributes), (SpanColumn.input, span.asked),
            (SpanColumn.output, span.answered),
        ] {
            if let text { Array(text.utf8).withUnsafeBytes { builder.setText(column, $0) } }
        }
        builder.endRow()
    }
    return MemoryTable(builder.finish(), groupSizes: groupSizes)
}

/// A score; one of the values is given.
struct ScoreRow {
    var name: String
    var session: String?
    var trace: String?
    var span: String?
    var value: Double?
    var flag: Bool?
    var text: String?
    var source = "native"
}

/// A table of scores.
func scoreTable(_ scores: [ScoreRow]) -> MemoryTable {
    var builder = BatchBuilder(schema: Tables.scores)
    for score in scores {
        builder.setString(ScoreColumn.name, score.name)
        builder.setString(ScoreColumn.source, score.source)
        if let session = score.session { builder.setString(ScoreColumn.sessionID, session) }
        for (column, text) in [
            (ScoreColumn.traceID, score.trace), (ScoreColumn.spanID, score.span),
        ] {
            guard var text else { continue }
            _ = text.withUTF8 {
                builder.setIdentifier(column, text: UnsafeRawBufferPointer($0))
            }
        }
        if let value = score.value { builder.setFloat(ScoreColumn.value, value) }
        if let flag = score.flag { builder.setInteger(ScoreColumn.booleanValue, flag ? 1 : 0) }
        if let text = score.text { builder.setString(ScoreColumn.stringValue, text) }
        builder.endRow()
    }
    return MemoryTable(builder.finish())
}
