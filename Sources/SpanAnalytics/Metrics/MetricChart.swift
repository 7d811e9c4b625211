// Lines thinned out to about as many points as a screen shows: averages of buckets, whose bounds are found
// first, in one scan over all lines together; or points chosen line by line.
// Cost: for averages about 4 ns a point where no block sums are kept or a block straddles buckets, next to
// nothing elsewhere; memory for the buckets alone. Chosen points need the points of one line in memory,
// about 50 bytes each.

import SpanColumns
import SpanModel
import SpanQuery

/// Thins out the lines of a selection.
struct MetricChart {
    /// What tells the lines apart, of project, run and name; none: all points are one line.
    let keys: [Plan.Output]
    let sampling: MetricSampling
    /// Buckets or points of each line.
    let buckets: Int64

    /// The columns of `keys`, then `step`, `time`, `value`, `non_finite_flags`, and for averages
    /// `count`, `min`, `max`; in order of the keys and steps.
    func table(
        _ selection: MetricSelection, _ inquiry: inout Inquiry
    ) throws(StoreError) -> ResultTable {
        guard sampling == .average else { return try chosen(selection, &inquiry) }
        let series: [Plan.Output] = [.project, .runID, .metricName]
        let told = keys.compactMap { key in series.firstIndex { $0.name == key.name } }
        let bounds = try LineBounds.of(selection, toldBy: told, &inquiry)
        let grid = try BucketGrid(bounds.steps, buckets: buckets)
        let filled = try inquiry.fold(
            selection.plan([.step, .time, .value] + series), into: MetricBuckets(bounds, grid))
        return filled.table(keys: keys.map(\.name))
    }

    private func chosen(
        _ selection: MetricSelection, _ inquiry: inout Inquiry
    ) throws(StoreError) -> ResultTable {
        let lines = try inquiry.run(selection.plan(keys, aggregates: []))
        var texts: [[String?]] = []
        for column in lines.columns { texts.append(try column.values.strings()) }
        var parts: [ResultTable] = []
        var places: [UInt32] = []
        for line in 0..<lines.rowCount {
            var plan = selection.plan([.step, .time, .value])
            let keyed = zip(keys, texts).map { key, texts in
                Predicate.compare(key.operand, .equal, texts[line].map(Literal.string) ?? .null)
            }
            plan.filter = .and([plan.filter] + keyed)
            plan.order = [Plan.Order("step"), Plan.Order("time")]
            let points = MetricPoints(try inquiry.run(plan))
            let picks = points.picks(sampling, wanted: Int(buckets))
            parts.append(points.table.rows(picks))
            places += repeatElement(UInt32(line), count: picks.count)
            guard places.count <= MetricLimits.chartBucketsMax else {
                throw .limitExceeded(
                    limit: "points of all lines", value: places.count,
                    maximum: MetricLimits.chartBucketsMax)
            }
        }
        if parts.isEmpty { parts.append(MetricPoints.none.table) }
        let points = try ResultTable.concatenated(parts)
        return ResultTable(
            columns: lines.rows(places).columns + points.columns, rowCount: points.rowCount)
    }
}

extension MetricSampling {
    static let parameter = ParameterSpec(
        "sampling", "with buckets: average (default), stride or lttb")
}
