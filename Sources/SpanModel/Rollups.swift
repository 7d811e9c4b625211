// The rollups of the tables: what a segment keeps per group beside its rows, so that questions about
// groups need not read them. Numbers, versions and columns are on disk: a change of columns or of
// their meaning is a new version, and entries of another version are not used.

/// Results per group over the live rows of a segment.
package struct RollupSchema: Sendable {
    /// On disk; never reused, not even by another table.
    package let number: UInt8
    /// On disk.
    package let version: UInt8
    package let name: String
    /// The columns of an entry. JSON columns are short lists of strings.
    package let columns: [ColumnSchema]
    /// The table's string column whose values are the groups; the first column of an entry is that
    /// value, and an entry counts when it holds all rows of its group, or `addition` allows it. Nil: a
    /// reader adds the entries of segments up.
    package let wholeKey: Int?
    /// When whole entries of one group, of several segments, are added up; nil: never.
    package let addition: GroupAddition?
    /// How many columns entries of former versions have, the first ones of these, by version.
    package let formerColumns: [UInt8: Int]

    package init(
        number: UInt8, version: UInt8, name: String, columns: [ColumnSchema], wholeKey: Int?,
        addition: GroupAddition? = nil, formerColumns: [UInt8: Int] = [:]
    ) {
        self.number = number
        self.version = version
        self.name = name
        self.columns = columns
        self.wholeKey = wholeKey
        self.addition = addition
        self.formerColumns = formerColumns
    }

    /// The entries as a table that plans read.
    package var table: TableSchema { .derived(name: name, columns: columns) }

    /// The number of the column called `name` in `table`. The name must be one of `columns`.
    package func column(_ name: String) -> Int {
        guard let index = columns.firstIndex(where: { $0.name == name }) else {
            preconditionFailure("rollup \(self.name) has no column \(name)")
        }
        return SystemColumn.count + index
    }
}

/// When entries of one group say together what all rows of the group would.
package struct GroupAddition: Sendable {
    /// The table's columns whose values part a group. Of a part that has rows in two of the entries a reader
    /// has to know the rows too.
    package let parts: [Int]
    /// The columns of an entry, of integer form, in which the entries must differ, nulls aside.
    package let distinct: [String]
}

/// What segments keep of the lengths of their table's interval, so that percentiles by group need not
/// read rows: the lengths of the live rows by the values of a column, and rows by those of another.
package struct LengthRollup: Sendable {
    /// As `--explain` has it.
    package let name: String
    /// The string column whose values are the groups.
    package let key: Int
    /// The string column by whose values the rows of a group are counted.
    package let condition: Int
}

/// All rollups.
package enum Rollups {
    /// Durations of spans by agent, and how many of them failed.
    package static let latencies = LengthRollup(
        name: "latencies", key: SpanColumn.agentName, condition: SpanColumn.status)

    /// A session: the fields of `sessions` but scores. Those that lie in several segments are added up while
    /// it is clear which root is the earliest. Version 2 had no start of that root.
    package static let sessions = RollupSchema(
        number: 1, version: 3, name: "sessions",
        columns: [
            ColumnSchema("session_id", .string, required: true), ColumnSchema("project", .string),
            ColumnSchema("started_at", .instant), ColumnSchema("ended_at", .instant),
            ColumnSchema("duration_ms", .float64), ColumnSchema("status", .string),
            ColumnSchema("worst_status", .string), ColumnSchema("span_count", .int64),
            ColumnSchema("trace_count", .int64),
        ] + usage + [
            ColumnSchema("test_case_id", .string), ColumnSchema("experiment", .string),
            // The sums with what spans repeat of their children counted once.
            ColumnSchema("effective_input_tokens", .int64),
            ColumnSchema("effective_output_tokens", .int64),
            ColumnSchema("effective_cost_usd", .money),
            // Whether its roots differ in their experiment, one without any included.
            ColumnSchema("is_mixed", .bool),
            // When its earliest root started; null without any.
            ColumnSchema("root_started_at", .instant),
        ], wholeKey: SpanColumn.sessionID,
        addition: GroupAddition(
            parts: [SpanColumn.source, SpanColumn.traceID],
            distinct: ["started_at", "root_started_at"]),
        formerColumns: [2: 24])

    /// Tokens and costs by UTC day, project, provider, model and usage class, over the spans that
    /// carry any: sums, null where no span carries the field. The class is negative for spans whose
    /// cost is given or cannot be derived; else its bits say that cache tokens (1) and reasoning
    /// tokens (2) are counted beside the others. The context is of spans of the other classes.
    /// Version 1 had neither class nor context.
    package static let costs = RollupSchema(
        number: 2, version: 2, name: "costs",
        columns: [
            ColumnSchema("day", .instant, required: true), ColumnSchema("project", .string),
            ColumnSchema("provider", .string), ColumnSchema("model", .string),
            ColumnSchema("usage_class", .int64),
            ColumnSchema("input_tokens", .int64), ColumnSchema("output_tokens", .int64),
            ColumnSchema("cached_tokens", .int64), ColumnSchema("cache_write_tokens", .int64),
            ColumnSchema("reasoning_tokens", .int64), ColumnSchema("total_tokens", .int64),
            ColumnSchema("cost_usd", .money), ColumnSchema("priced_count", .int64),
            ColumnSchema("unpriced_count", .int64), ColumnSchema("unpriced_tokens", .int64),
            ColumnSchema("context_min", .int64), ColumnSchema("context_max", .int64),
        ], wholeKey: nil)

    /// The points of a metric of a run; statistics are of finite values. `last` is the point of the
    /// greatest step, then time, then arrival.
    package static let metrics = RollupSchema(
        number: 3, version: 1, name: "metrics",
        columns: [
            ColumnSchema("project", .string, required: true),
            ColumnSchema("run_id", .string, required: true),
            ColumnSchema("name", .string, required: true),
            ColumnSchema("points", .int64), ColumnSchema("count", .int64),
            ColumnSchema("non_finite_count", .int64), ColumnSchema("min", .float64),
            ColumnSchema("max", .float64), ColumnSchema("mean", .float64),
            ColumnSchema("stddev", .float64), ColumnSchema("last_step", .int64),
            ColumnSchema("last_time", .instant), ColumnSchema("last_sequence", .int64),
            ColumnSchema("last_value", .float64), ColumnSchema("min_step", .int64),
            ColumnSchema("max_step", .int64), ColumnSchema("min_time", .instant),
            ColumnSchema("max_time", .instant), ColumnSchema("arg_min_step", .int64),
            ColumnSchema("arg_max_step", .int64),
        ], wholeKey: nil)

    /// What sessions and traces count alike.
    package static let usage = [
        ColumnSchema("error_count", .int64), ColumnSchema("llm_count", .int64),
        ColumnSchema("input_tokens", .int64), ColumnSchema("output_tokens", .int64),
        ColumnSchema("cached_tokens", .int64), ColumnSchema("reasoning_tokens", .int64),
        ColumnSchema("total_tokens", .int64), ColumnSchema("cost_usd", .money),
        ColumnSchema("models", .json),
    ]
}
