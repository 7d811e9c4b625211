// Pluto's console lines (`POST /ingest/logs`) and structured data (`POST /ingest/data`) → rows of
// entities, each line as it came: kind `run_log` or `run_data`, named by the run. All lines of a run
// are writes of one entity, so the raw view holds every one in order of arrival, and none is lost to
// another.

import SpanColumns
import SpanModel

/// A kind of raw line.
package enum PlutoRawLine: String, Sendable {
    /// {"time":ms,"message":text,"lineNumber":n,"logType":word}
    case log = "run_log"
    /// {"time":ms,"data":text,"step":n,"dataType":word,"logName":name}
    case data = "run_data"

    /// The lines of `body`, all of one run. Throws `limitExceeded` for a body beyond the limit,
    /// `malformedBody` when it is not UTF-8.
    package func decode(
        _ body: [UInt8], project: String, runID: String
    ) throws(StoreError) -> DecodedBody {
        var lines = BatchCollector(schema: Tables.entities)
        try PlutoLines.forEach(body) { number, line in
            do throws(RecordError) {
                try check(line)
                lines.builder.setString(EntityColumn.kind, rawValue)
                lines.builder.setString(EntityColumn.project, project)
                lines.builder.setString(EntityColumn.name, runID)
                lines.builder.setText(EntityColumn.body, line)
                lines.endRow()
            } catch {
                lines.reject(line: number, error.description)
            }
        }
        return lines.finish()
    }

    private func check(_ bytes: UnsafeRawBufferPointer) throws(RecordError) {
        var line = try PlutoLine(bytes)
        var missing: Set<String> =
            self == .log
            ? ["time", "message", "lineNumber", "logType"]
            : ["time", "data", "step", "dataType", "logName"]
        while let key = try line.nextKey() {
            guard missing.remove(key) != nil else {
                throw RecordError(key, "unknown field, or given twice")
            }
            switch key {
            case "time": _ = try line.milliseconds(key)
            case "lineNumber", "step": _ = try line.count(key)
            default:
                _ = try line.string(key, mayBeBlank: key == "message" || key == "data")
            }
        }
        if let name = missing.min() { throw RecordError(name, "is required") }
    }
}
