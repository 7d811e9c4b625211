// Column numbers are on disk and names are the contract: both are pinned here.

import SpanModel
import Testing

@Suite struct TablesTests {
    private static let system = ["sequence", "write_kind", "ingest_time"]

    @Test func spans() {
        #expect(Tables.spans.number == 1)
        #expect(
            Tables.spans.columns.map(\.name) == Self.system + [
                "trace_id", "span_id", "source", "parent_span_id", "start_time", "end_time", "name",
                "kind", "status", "status_message", "project", "service_name", "session_id",
                "user_id", "agent_name", "model", "provider", "tool_name", "experiment",
                "test_case_id", "input_tokens", "output_tokens", "cached_tokens",
                "cache_write_tokens", "reasoning_tokens", "total_tokens", "cost_usd", "version",
                "input", "output", "attributes", "events", "links", "resource", "scope",
                "trace_state", "flags",
            ])
        expect(
            Tables.spans,
            [
                (SpanColumn.traceID, "trace_id"), (SpanColumn.spanID, "span_id"),
                (SpanColumn.source, "source"), (SpanColumn.parentSpanID, "parent_span_id"),
                (SpanColumn.startTime, "start_time"), (SpanColumn.endTime, "end_time"),
                (SpanColumn.name, "name"), (SpanColumn.kind, "kind"), (SpanColumn.status, "status"),
                (SpanColumn.statusMessage, "status_message"), (SpanColumn.project, "project"),
                (SpanColumn.serviceName, "service_name"), (SpanColumn.sessionID, "session_id"),
                (SpanColumn.userID, "user_id"), (SpanColumn.agentName, "agent_name"),
                (SpanColumn.model, "model"), (SpanColumn.provider, "provider"),
                (SpanColumn.toolName, "tool_name"), (SpanColumn.experiment, "experiment"),
                (SpanColumn.testCaseID, "test_case_id"), (SpanColumn.inputTokens, "input_tokens"),
                (SpanColumn.outputTokens, "output_tokens"),
                (SpanColumn.cachedTokens, "cached_tokens"),
                (SpanColumn.cacheWriteTokens, "cache_write_tokens"),
                (SpanColumn.reasoningTokens, "reasoning_tokens"),
                (SpanColumn.totalTokens, "total_tokens"), (SpanColumn.cost, "cost_usd"),
                (SpanColumn.version, "version"), (SpanColumn.input, "input"),
                (SpanColumn.output, "output"), (SpanColumn.attributes, "attributes"),
                (SpanColumn.events, "events"), (SpanColumn.links, "links"),
                (SpanColumn.resource, "resource"), (SpanColumn.scope, "scope"),
                (SpanColumn.traceState, "trace_state"), (SpanColumn.flags, "flags"),
            ])
    }

    @Test func metrics() {
        #expect(Tables.metrics.number == 2)
        expect(
            Tables.metrics,
            [
                (MetricColumn.project, "project"), (MetricColumn.runID, "run_id"),
                (MetricColumn.name, "name"), (MetricColumn.step, "step"),
                (MetricColumn.time, "time"),
                (MetricColumn.value, "value"),
            ])
    }

    @Test func scores() {
        #expect(Tables.scores.number == 3)
        expect(
            Tables.scores,
            [
                (ScoreColumn.traceID, "trace_id"), (ScoreColumn.spanID, "span_id"),
                (ScoreColumn.sessionID, "session_id"), (ScoreColumn.name, "name"),
                (ScoreColumn.source, "source"), (ScoreColumn.value, "value"),
                (ScoreColumn.booleanValue, "boolean_value"),
                (ScoreColumn.stringValue, "string_value"), (ScoreColumn.comment, "comment"),
                (ScoreColumn.time, "time"),
            ])
    }

    @Test func entities() {
        #expect(Tables.entities.number == 4)
        expect(
            Tables.entities,
            [
                (EntityColumn.kind, "kind"), (EntityColumn.project, "project"),
                (EntityColumn.name, "name"), (EntityColumn.body, "body"),
            ])
    }

    @Test func allAreConsistent() {
        #expect(Tables.all.map(\.number) == [1, 2, 3, 4])
        for table in Tables.all {
            #expect(Tables.numbered(table.number)?.name == table.name)
            #expect(Tables.named(table.name)?.number == table.number)
            #expect(Set(table.columns.map(\.name)).count == table.columns.count)
            let numbers =
                table.identity + table.sortKey + [table.version, table.time].compactMap(\.self)
            #expect(numbers.allSatisfy(table.columns.indices.contains))
            #expect(table.identity.allSatisfy { $0 >= SystemColumn.count })
            if let version = table.version {
                #expect(table.columns[version].type.form == .integer)
            }
            if case .sorted = table.lookup {
                #expect(Array(table.sortKey.prefix(table.identity.count)) == table.identity)
            }
        }
    }

    /// Each named number is its column's, and together they are all columns.
    private func expect(_ table: TableSchema, _ numbers: [(Int, String)]) {
        for (number, name) in numbers { #expect(table.columns[number].name == name) }
        #expect(numbers.map(\.0) == Array(SystemColumn.count..<table.columns.count))
        #expect(table.columns.prefix(SystemColumn.count).map(\.name) == Self.system)
    }
}
