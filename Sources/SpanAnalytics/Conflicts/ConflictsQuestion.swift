// `conflicts spans` and `conflicts metrics`: identities whose writes disagree, how many writes there
// are, and the fields that differ. Two writes differ in a field when both carry it, with different
// values: a patch that adds one disagrees with nobody. Equal deliveries are no conflict.
//
// First it is found out where there are superseded writes at all, and only there every field is
// compared. Bounds: `Limits.groupsMax` spans, or steps of one metric of a run; beyond it a narrower
// question is needed.

import SpanColumns
import SpanModel
import SpanQuery

enum ConflictsQuestion {
    private static let parameters = ParameterSpec.common.filter {
        ![.view, .order].contains($0)
    }
    static let spans = QuestionSpec(
        name: "conflicts/spans", summary: "Spans whose writes disagree", argument: nil,
        parameters: parameters)
    static let metrics = QuestionSpec(
        name: "conflicts/metrics", summary: "Metric points whose writes disagree", argument: nil,
        parameters: [
            ParameterSpec("run", "only this run"), ParameterSpec("name", "only this metric"),
        ] + parameters)

    /// The columns of the identity, `versions`, and `fields`, a JSON list; ordered by identity.
    static func answerSpans(_ inquiry: inout Inquiry) throws(StoreError) -> ResultTable {
        let filter = try SpanFilters.predicate(inquiry.parameters)
        var plan = writes(Tables.spans, filter, by: identity(Tables.spans))
        plan.having = .compare(.column(plan.outputs.count), .greater, .integer(1))
        let repeated = try inquiry.run(plan)
        let traces = try repeated.column("trace_id").values.strings()
        let places = Array(Set(traces.compactMap { $0 })).sorted().map(Literal.string)
        let found = try conflicts(
            Tables.spans, .and([filter, .isIn(.column(SpanColumn.traceID), places)]), &inquiry)
        return try inquiry.arrange(found, ties: identity(Tables.spans).map(\.name))
    }

    /// The same for points.
    static func answerMetrics(_ inquiry: inout Inquiry) throws(StoreError) -> ResultTable {
        let filter = try MetricSelection(inquiry.parameters).predicate
        let keys: [Plan.Output] = [.project, .runID, .metricName]
        var plan = writes(Tables.metrics, filter, by: keys)
        let every = try inquiry.run(plan)
        plan.view = .dedup
        let live = try inquiry.run(plan)
        // Both are ordered by the keys, and a metric that has writes has points.
        let counts = zip(
            try every.column("versions").values.integers(),
            try live.column("versions").values.integers())
        var texts: [[String?]] = []
        for column in every.columns[..<keys.count] { texts.append(try column.values.strings()) }
        var parts = [try conflicts(Tables.metrics, .not(.always), &inquiry)]
        for (row, (writes, points)) in counts.enumerated() where writes != points {
            let isOfMetric = zip(keys, texts).map { key, texts in
                Predicate.compare(key.operand, .equal, .string(texts[row] ?? ""))
            }
            parts.append(try conflicts(Tables.metrics, .and([filter] + isOfMetric), &inquiry))
        }
        let found = try ResultTable.concatenated(parts)
        return try inquiry.arrange(found, ties: identity(Tables.metrics).map(\.name))
    }

    private static func identity(_ table: TableSchema) -> [Plan.Output] {
        table.identity.map { Plan.Output(table.columns[$0].name, .column($0)) }
    }

    private static func writes(
        _ table: TableSchema, _ filter: Predicate, by keys: [Plan.Output]
    ) -> Plan {
        Plan(
            table: table, view: .raw, filter: filter, outputs: keys,
            aggregates: [Aggregate("versions", .count)])
    }

    /// A column's values as something that can be told apart: long texts and JSON as strings.
    private static func value(_ column: Int, of table: TableSchema) -> Operand {
        guard table.columns[column].type.form == .text else { return .column(column) }
        return .computed(ScalarExpression(.coalesce, [.column(column)], type: .string))
    }

    /// The conflicts among the writes that meet a condition.
    private static func conflicts(
        _ table: TableSchema, _ filter: Predicate, _ inquiry: inout Inquiry
    ) throws(StoreError) -> ResultTable {
        let keys = identity(table)
        let fields = table.columns.indices.filter {
            $0 >= SystemColumn.count && !table.identity.contains($0)
        }
        var plan = writes(table, filter, by: keys)
        plan.aggregates? += fields.map {
            Aggregate(table.columns[$0].name, .countDistinct([value($0, of: table)]))
        }
        // The columns of the result: keys, versions, then the fields.
        plan.having = .or(
            fields.indices.map {
                .compare(.column(keys.count + 1 + $0), .greater, .integer(1))
            })
        let groups = try inquiry.run(plan)
        let counts = groups.columns.dropFirst(keys.count + 1).map { $0.values.integers() }
        let names = (0..<groups.rowCount).map { row -> [UInt8] in
            let differing = zip(fields, counts).filter { ($0.1[row] ?? 0) > 1 }
            let quoted = differing.map { "\"\(table.columns[$0.0].name)\"" }
            return Array("[\(quoted.joined(separator: ","))]".utf8)
        }
        return ResultTable(
            columns: Array(groups.columns[...keys.count]) + [ResultColumn("fields", json: names)],
            rowCount: groups.rowCount)
    }
}
