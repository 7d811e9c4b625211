// What `--explain` adds to an answer, as JSON for the wire and for local output.

import SpanModel
import SpanQuery

extension Answer {
    /// One JSON object: counts of rows and row groups, times in milliseconds.
    package var explainJSON: [UInt8] {
        let counts = [
            ("row_groups_considered", explain.rowGroupsConsidered),
            ("row_groups_pruned", explain.rowGroupsPruned),
            ("rows_scanned", explain.rowsScanned), ("rows_matched", explain.rowsMatched),
            ("rows_produced", explain.rowsProduced),
        ]
        let times = [
            ("scan_ms", explain.scanNanoseconds), ("finish_ms", explain.finishNanoseconds),
        ]
        let members =
            counts.map { name, count in "\"\(name)\":\(count)" }
            + times.map { name, nanoseconds in "\"\(name)\":\(Double(nanoseconds) / 1e6)" }
        return Array("{\(members.joined(separator: ","))}".utf8)
    }
}
