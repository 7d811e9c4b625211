// What sessions' traces that lie in several segments change about the sums of the sessions' entries: each
// entry has counted such a trace, and what it effectively used, as if its spans in the segment were all.
// Cost: that of `EffectiveSessions` for the spans of these traces, whose columns are read once.

import SpanColumns
import SpanModel
import SpanQuery

enum SharedTraces {
    static let effectiveFields = [
        "effective_input_tokens", "effective_output_tokens", "effective_cost_usd",
    ]

    /// By session, what all spans of the traces say less what those of each source say: `trace_count` and
    /// the effective fields, in several rows. All spans of the traces are in `sources`.
    static func differences(
        _ sources: [any ColumnSource], statistics: inout QueryStatistics
    ) throws(StoreError) -> ResultTable {
        var all = EffectiveSessions(countsTraces: true)
        var parts: [ResultTable] = []
        for source in sources {
            let some = try Executor.fold(
                EffectiveSessions.plan(view: .dedup), into: EffectiveSessions(countsTraces: true),
                tables: OneSource(source: source), statistics: &statistics)
            parts.append(figures(some, sign: -1))
            all.merge([some])
        }
        return try ResultTable.concatenated([figures(all, sign: 1)] + parts)
    }

    private static func figures(_ spans: EffectiveSessions, sign: Int64) -> ResultTable {
        var spans = spans
        let (sessions, counts) = spans.traceCounts()
        let figures = [counts] + spans.columns(of: sessions)
        return ResultTable(
            columns: [sessions] + figures.map { $0.multiplied(by: sign) },
            rowCount: sessions.values.count)
    }
}

extension ResultColumn {
    /// The column with its integers multiplied.
    fileprivate func multiplied(by factor: Int64) -> ResultColumn {
        guard case .integer(let vector) = values, factor != 1 else { return self }
        return ResultColumn(
            name: name, type: type,
            values: .integer(
                IntegerVector(
                    values: vector.values.map { $0 &* factor }, validity: vector.validity)))
    }
}
