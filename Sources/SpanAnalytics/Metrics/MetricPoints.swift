// The points of one line in order of step, and the ways to show fewer of them.

import SpanColumns
import SpanModel
import SpanSketch

/// How a line is thinned out.
enum MetricSampling: String, CaseIterable {
    /// Averages of equal ranges of steps.
    case average
    /// Every so-manieth point, and the last.
    case stride
    /// The points that keep the line's shape, finite ones only.
    case lttb
}

/// Steps, times and values of a line, ascending by step.
struct MetricPoints {
    /// Of `step`, `time`, `value`, `non_finite_flags`: a value that is not finite is null and flagged.
    let table: ResultTable
    private let steps: [Int64]
    private let values: [Double]

    /// From a table that begins with the columns `step`, `time` and `value`.
    init(_ points: ResultTable) {
        if case .integer(let vector) = points.columns[0].values {
            steps = vector.values
        } else {
            steps = Array(repeating: 0, count: points.rowCount)
        }
        if case .float(let vector) = points.columns[2].values {
            values = vector.values
        } else {
            values = Array(repeating: .nan, count: points.rowCount)
        }
        let finite = FloatVector(
            values: values.map { $0.isFinite ? $0 : 0 },
            validity: values.map { $0.isFinite ? 1 : 0 })
        let flags = IntegerVector(values: values.map(FiniteValues.flags))
        table = ResultTable(
            columns: Array(points.columns[..<2]) + [
                ResultColumn(name: "value", type: .float64, values: .float(finite)),
                ResultColumn(name: "non_finite_flags", type: .int64, values: .integer(flags)),
            ], rowCount: points.rowCount, isTruncated: points.isTruncated)
    }

    /// No points.
    static let none = MetricPoints(
        ResultTable(
            columns: [
                ResultColumn("step", .int64, []), ResultColumn("time", .instant, []),
                ResultColumn("value", [Double?]()),
            ], rowCount: 0))

    /// The numbers of the points that `sampling` keeps of a line, about `wanted` of them.
    func picks(_ sampling: MetricSampling, wanted: Int) -> [UInt32] {
        guard sampling == .lttb else { return Self.strided(count: steps.count, wanted: wanted) }
        let finite = values.indices.filter { values[$0].isFinite }
        let chosen = LargestTriangle.picks(
            x: finite.map { steps[$0] }, y: finite.map { values[$0] }, wanted: wanted)
        return chosen.map { UInt32(finite[Int($0)]) }
    }

    /// All numbers when there are no more than wanted; else every s-th from 0 on, s = ⌈n ÷ wanted⌉,
    /// and the last: at most one more than wanted.
    static func strided(count: Int, wanted: Int) -> [UInt32] {
        if count <= wanted { return Array(0..<UInt32(count)) }
        let width = (count + wanted - 1) / wanted
        var picks = stride(from: 0, to: count, by: width).map { UInt32($0) }
        if picks[picks.count - 1] != UInt32(count - 1) { picks.append(UInt32(count - 1)) }
        return picks
    }
}
