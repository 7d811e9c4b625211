// The spans of a session as a trajectory tells of them. Order of calls: `plan` once, `read` its result.

import SpanColumns
import SpanModel
import SpanQuery

/// A span as far as a trajectory tells of it.
struct TrajectorySpan {
    let source: String
    let trace: String
    let id: String
    let parent: String?
    let name: String?
    let kind: String
    let status: String?
    let statusMessage: String?
    let start: Int64
    let end: Int64?
    let agent: String?
    let agentVersion: String?
    let model: String?
    let tool: String?
    let callID: String?
    let experiment: String?
    let testCase: String?
    let usage: SubtreeUsage
    let cachedTokens: Int64?
    var input: String?
    var output: String?

    /// Tells traces of different sources apart.
    var traceKey: String { source + "\u{0}" + trace }

    var isModelCall: Bool { kind.lowercased() == "llm" }

    var isToolCall: Bool { ["tool", "retriever"].contains(kind.lowercased()) }

    var isError: Bool { status == "error" || status == "timeout" }

    /// A step that only holds calls says nothing itself.
    var withoutTexts: TrajectorySpan {
        var copy = self
        (copy.input, copy.output) = (nil, nil)
        return copy
    }
}

extension TrajectorySpan {
    /// The spans of a session, oldest first.
    static func plan(session: String) -> Plan {
        let columns =
            UsageSpans.columns + [
                SpanColumn.name, SpanColumn.kind, SpanColumn.status, SpanColumn.statusMessage,
                SpanColumn.agentName, SpanColumn.model, SpanColumn.toolName, SpanColumn.experiment,
                SpanColumn.testCaseID, SpanColumn.input, SpanColumn.output, SpanColumn.startTime,
                SpanColumn.endTime,
            ]
        func attribute(_ key: String) -> Plan.Output {
            Plan.Output(key, .attribute(column: SpanColumn.attributes, key: key))
        }
        var plan = Plan(
            table: Tables.spans,
            filter: .compare(.column(SpanColumn.sessionID), .equal, .string(session)),
            outputs: columns.map { Plan.Output(Tables.spans.columns[$0].name, .column($0)) } + [
                attribute("agent.version"), attribute("gen_ai.agent.version"),
                attribute("gen_ai.tool.call.id"),
            ])
        plan.tieBreak = [
            .column(SpanColumn.startTime), .column(SpanColumn.spanID),
            .column(SpanColumn.traceID), .column(SpanColumn.source),
        ]
        return plan
    }

    /// The spans of such a result.
    static func read(_ table: ResultTable) throws(StoreError) -> [TrajectorySpan] {
        var texts: [String: [String?]] = [:]
        var numbers: [String: [Int64?]] = [:]
        for column in table.columns {
            if column.type.form == .integer {
                numbers[column.name] = column.values.integers()
            } else {
                texts[column.name] = try column.values.strings()
            }
        }
        let usages = try UsageSpans(table).spans.map(\.own)
        return (0..<table.rowCount).map { row in
            func text(_ name: String) -> String? { texts[name]?[row] ?? nil }
            func number(_ name: String) -> Int64? { numbers[name]?[row] ?? nil }
            return TrajectorySpan(
                source: text("source") ?? "", trace: text("trace_id") ?? "",
                id: text("span_id") ?? "", parent: text("parent_span_id"), name: text("name"),
                kind: text("kind") ?? "", status: text("status"),
                statusMessage: text("status_message"), start: number("start_time") ?? 0,
                end: number("end_time"), agent: text("agent_name"),
                agentVersion: text("gen_ai.agent.version") ?? text("agent.version"),
                model: text("model"), tool: text("tool_name"), callID: text("gen_ai.tool.call.id"),
                experiment: text("experiment"), testCase: text("test_case_id"),
                usage: usages[row], cachedTokens: number("cached_tokens"), input: text("input"),
                output: text("output"))
        }
    }
}
