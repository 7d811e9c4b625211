// Summaries of metrics that have one entry of the rollup each: nothing is added up, so that the figures are
// the entry's own. That is so for all that one segment holds, and a compacted store has most runs in one.
// Cost: reading the columns of the entries; adding them up took three times that.

import SpanColumns
import SpanModel
import SpanQuery
import SpanSketch

/// Entries as summaries.
enum LoneEntries {
    /// What `plan`, made by `MetricRollup.plan` for `figures`, would answer; nil when entries may have to
    /// be added up, or do not lie in the order of its keys.
    static func table(
        _ plan: Plan, _ figures: [MetricSummary], over entries: RollupEntries,
        _ inquiry: inout Inquiry
    ) throws(StoreError) -> ResultTable? {
        guard entries.areOneRun else { return nil }
        let names = figures.flatMap(\.entryColumns)
        var rows = Plan(table: plan.table, filter: plan.filter, outputs: plan.outputs)
        // Counts come last: deviations are of so many values.
        rows.outputs += (names.map(\.entry) + ["count"]).map {
            Plan.Output($0, .column(Rollups.metrics.column($0)))
        }
        var statistics = QueryStatistics()
        let found = try Executor.run(rows, tables: entries, statistics: &statistics)
        let keys = Array(found.columns[..<plan.outputs.count])
        guard areAscending(keys, found.rowCount) else { return nil }
        inquiry.statistics.add(statistics)
        let counts = found.columns[found.columns.count - 1].values.integers()
        let results = zip(names, found.columns[keys.count...]).map { name, column in
            name.entry == "stddev"
                ? deviations(column, counts) : column.named(name.result)
        }
        return ResultTable(columns: keys + results, rowCount: found.rowCount)
    }

    /// Deviations as they come of summaries of which there is one.
    private static func deviations(_ column: ResultColumn, _ counts: [Int64?]) -> ResultColumn {
        ResultColumn(
            column.name,
            zip(column.values.floats(), counts).map { deviation, count in
                deviation.flatMap {
                    Moments(count: Int(count ?? 0), mean: 0, standardDeviation: $0)
                        .standardDeviation
                }
            })
    }

    /// Whether each row comes behind the one before by the bytes of its keys; then no two are of one
    /// group, and they lie as groups do.
    private static func areAscending(_ keys: [ResultColumn], _ rowCount: Int) -> Bool {
        var columns: [StringVector] = []
        for key in keys {
            guard case .string(let strings) = key.values,
                !strings.codes.contains(StringVector.nullCode)
            else { return rowCount == 0 }
            columns.append(strings)
        }
        return (0..<rowCount).dropFirst().allSatisfy { row in
            for column in columns where column.codes[row - 1] != column.codes[row] {
                return column.dictionary.withBytes(column.codes[row - 1]) { left in
                    column.dictionary.withBytes(column.codes[row]) {
                        left.lexicographicallyPrecedes($0)
                    }
                }
            }
            return false
        }
    }
}

extension MetricSummary {
    /// The figure's result columns, and those of an entry that hold them.
    fileprivate var entryColumns: [(result: String, entry: String)] {
        switch self {
        case .count: [("count", "count")]
        case .minimum: [("min", "min")]
        case .maximum: [("max", "max")]
        case .mean: [("mean", "mean")]
        case .deviation: [("stddev", "stddev")]
        case .last: [("last_step", "last_step"), ("last_value", "last_value")]
        case .nonFiniteCount: [("non_finite_count", "non_finite_count")]
        case .firstStep: [("min_step", "min_step")]
        case .lastStep: [("max_step", "max_step")]
        case .firstTime: [("min_time", "min_time")]
        case .lastTime: [("max_time", "max_time")]
        case .leastStep: [("arg_min_step", "arg_min_step")]
        case .greatestStep: [("arg_max_step", "arg_max_step")]
        case .points: [("count", "points")]
        }
    }
}
