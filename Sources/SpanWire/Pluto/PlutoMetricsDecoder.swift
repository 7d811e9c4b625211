// Pluto's metric lines (`POST /ingest/metrics`) → rows of metrics. A line holds the values of one
// step: {"time":ms,"step":n,"data":{name: number, …}}. Bare and quoted NaN and Infinity are values, a
// null is none; unknown fields, a blank name and an empty `data` are refused, as Pluto does.

import SpanColumns
import SpanModel

/// Decodes Pluto's metric lines.
package enum PlutoMetricsDecoder {
    /// The points of `body`, all of one run; `acceptedCount` counts points, `rejectedCount` lines. If
    /// lines are refused, what was read of them must not be stored. Throws `limitExceeded` for a body
    /// beyond the limit, `malformedBody` when it is not UTF-8.
    package static func decode(
        _ body: [UInt8], project: String, runID: String
    ) throws(StoreError) -> DecodedBody {
        var points = BatchCollector(schema: Tables.metrics)
        try PlutoLines.forEach(body) { number, line in
            do throws(RecordError) {
                let step = try PlutoStep(line)
                for (name, value) in zip(step.names, step.values) {
                    points.builder.setString(MetricColumn.project, project)
                    points.builder.setString(MetricColumn.runID, runID)
                    points.builder.setString(MetricColumn.name, name)
                    points.builder.setInteger(MetricColumn.step, step.step)
                    points.builder.setInteger(MetricColumn.time, step.time)
                    points.builder.setFloat(MetricColumn.value, value)
                    points.endRow()
                }
            } catch {
                points.reject(line: number, error.description)
            }
        }
        return points.finish()
    }
}

/// One line. Its members come in any order.
private struct PlutoStep {
    let time: Int64
    let step: Int64
    private(set) var names: [String] = []
    private(set) var values: [Double] = []

    init(_ bytes: UnsafeRawBufferPointer) throws(RecordError) {
        var line = try PlutoLine(bytes)
        var time: Int64?
        var step: Int64?
        var names: [String] = []
        var values: [Double] = []
        var count = 0
        while let key = try line.nextKey() {
            switch key {
            case "time": time = try line.milliseconds(key)
            case "step": step = try line.count(key)
            case "data":
                count = try line.numbers(key) { name, value in
                    names.append(name)
                    values.append(value)
                }
            default: throw RecordError(key, "unknown field")
            }
        }
        guard let time else { throw RecordError("time", "is required") }
        guard let step else { throw RecordError("step", "is required") }
        guard count > 0 else { throw RecordError("data", "must have a member") }
        for name in names {
            if name.allSatisfy(\.isWhitespace) {
                throw RecordError("data", "a name must not be blank")
            }
            if name.utf8.count > Limits.stringBytesMax {
                throw RecordError("data", "a name is longer than \(Limits.stringBytesMax) bytes")
            }
        }
        (self.time, self.step, self.names, self.values) = (time, step, names, values)
    }
}
