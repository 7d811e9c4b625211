// What questions about spans share: which spans they look at.

import SpanModel
import SpanQuery

enum SpanFilters {
    /// The condition of `project`, `where` and the time window (by start).
    static func predicate(_ parameters: Parameters) throws(StoreError) -> Predicate {
        let window = try parameters.window()
        var parts = [
            try parameters.condition(Tables.spans),
            Predicate.window(.column(SpanColumn.startTime), from: window.from, to: window.to),
        ]
        if let project = parameters.text("project") {
            parts.append(.compare(.column(SpanColumn.project), .equal, .string(project)))
        }
        return .and(parts)
    }

    /// end − start in nanoseconds.
    static let duration = Operand.difference(
        .column(SpanColumn.endTime), .column(SpanColumn.startTime))

    /// The tokens of a span: `total_tokens` where given, else input + output where either is.
    static let totalTokens = Operand.coalesce([
        .column(SpanColumn.totalTokens),
        .sumOfPresent([.column(SpanColumn.inputTokens), .column(SpanColumn.outputTokens)]),
    ])

    static let by = ParameterSpec("by", "columns to group by, such as model or attributes.KEY")
    static let bucket = ParameterSpec("bucket", "width of time buckets: 30s, 1m, 1h, 1d, 1w, 1mo")
    static let zone = ParameterSpec("tz", "time zone of the buckets (IANA name; UTC)")

    /// The group keys of `by`, `bucket` and `tz`: columns of a table, buckets of its `time`.
    static func keys(
        _ parameters: Parameters, default column: String?, of table: TableSchema = Tables.spans,
        time: Int = SpanColumn.startTime
    ) throws(StoreError) -> [Plan.Output] {
        var keys: [Plan.Output] = []
        let types = table.columns.map(\.type)
        for name in try parameters.list("by") ?? column.map({ [$0] }) ?? [] {
            let operand = try ColumnNames.operand(name, in: table)
            let form = operand.type(in: types).form
            guard form != .text, form != .float else {
                throw .invalidArgument(name: "by", reason: "'\(name)' cannot be grouped by")
            }
            keys.append(Plan.Output(name, operand))
        }
        let zone = try TimeZoneRules.named(parameters.text("tz") ?? "UTC")
        if let text = parameters.text("bucket") {
            guard let width = TimeBucket.width(text) else {
                throw .invalidArgument(
                    name: "bucket", reason: "must be like 30s, 1m, 1h, 1d, 1w or 1mo")
            }
            let bucket = TimeBucket(width: width, zone: zone)
            keys.append(
                Plan.Output("bucket_start", .timeBucket(.column(time), bucket)))
        }
        return keys
    }
}
